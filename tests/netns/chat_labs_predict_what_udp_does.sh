#!/usr/bin/env bash
# also: root
# The experiments with the chat room, over IPv4 and IPv6: every check as predicted, and UDP's
# sockets, memory, losses and ICMP errors in the report.
set -u
contains() { if grep -qE -- "$2" "$TMP/report"; then echo "ok - $1"; else echo "not ok - $1: no line matches $2"; fi; }
for family in 4 6; do
	[ $family = 4 ] && udp=Udp icmp=Icmp here='127\.0\.0\.1' || udp=Udp6 icmp=Icmp6 here='\[::1\]'
	for lab in chat chat-loss; do
		"$TCPSTATE" lab $lab --family $family -o "$TMP/$lab$family" >"$TMP/$lab.text" 2>&1
		status=$?
		[ $status = 0 ] && echo "ok - lab $lab, IPv$family" || { echo "not ok - lab $lab, IPv$family: exit $status"; grep -e FAILED -e 'chat' "$TMP/$lab.text" | tail -n 20; }
		tr -s ' \n' ' ' <"$TMP/$lab.text" | sed 's/ Phase /\nPhase /g' >"$TMP/$lab.flat"
	done
	cp "$TMP/chat.flat" "$TMP/report"
	contains "IPv$family: the report shows the server's socket, owner and memory" "$here:12345 \*:\* UNCONN chat_server\[[0-9]+\]; receive memory 0 of [0-9]+, 0 dropped"
	contains "IPv$family: and a connected client's" "$here:40001 $here:12345 ESTABLISHED chat_client"
	contains "IPv$family: the ICMP errors are counted" "${icmp}InDestUnreachs \+5"
	contains "IPv$family: and explained" '5 datagrams to UDP port 12345 were answered by ICMP port unreachable'
	cp "$TMP/chat-loss.flat" "$TMP/report"
	contains "IPv$family: the report shows who does not read" "$here:40002 $here:12345 ESTABLISHED chat_client\[[0-9]+\]; receive memory [1-9][0-9]* of"
	contains "IPv$family: and what a socket has dropped" "UNCONN chat_server\[[0-9]+\]; receive memory [1-9][0-9]* of [0-9]+, [1-9][0-9]* dropped"
	contains "IPv$family: so do the kernel's counters" "${udp}RcvbufErrors \+[1-9]"
done
