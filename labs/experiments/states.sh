#!/usr/bin/env bash
# summary: each of the eleven states held, every edge on Linux taken
# report: --edges
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
slow='' seconds=0.25 address=127.0.0.1
options "$@" <<'END'
family 4|6 IPv4 or IPv6
address 127(\.[0-9]{1,3}){3} the address of all sockets (IPv4), 127.0.0.1 to 127.255.255.254
seconds 0\.[2-9][0-9]*|[1-9][0-9]? for how many seconds to hold each state, 0.2 to 99
slow flag wait for the end of a TIME_WAIT, a minute; else a new connection takes its place
END
tour="CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT
	SYN_RECV-simultaneous SYN_RECV-closed FIN_WAIT1-orphan FIN_WAIT2-mini"
under_way=SYN_SENT,SYN_RECV,ESTABLISHED,FIN_WAIT1,FIN_WAIT2,CLOSING,CLOSE_WAIT,LAST_ACK
plan '2 * 15 + 10 + 20'
start hold hold --address "$([ "$family" = 4 ] && echo "$address" || echo ::1)"

for recipe in $tour; do
	tell hold "hold $recipe"
	where=${line##* }               # the local port of the socket that is in this state
	for moment in 'at once' "after $seconds s"; do
		expect --let b=0 --cell held="$recipe" --cell moment="$moment" \
			sockets_in_sock_diag 1 "count ${recipe%%-*} src port $where"
		[ "$moment" != 'at once' ] || { mark "$recipe held by port $where"; sleep "$seconds"; }
	done
	[ "$slow$recipe" != yesTIME_WAIT ] ||
		tcpstate wait --timeout 70 "src port $where" TIME_WAIT=0 || die "TIME_WAIT has not ended"
	tell hold 'go on'
	mark "$recipe goes on"
	# its listener repeats the SYN-ACK to nobody: RST
	[ "$recipe" != SYN_SENT ] || wait_for tcp SYN_RECV=0
	tell hold 'end'
	wait_for 'tcp' "$under_way=0"
done
mark 'the end of the tour'

for state in ${under_way//,/ } LISTEN TIME_WAIT; do
	expect --let b=0 --cell state="$state" longest_held_ms 200..600000 "held_ms $state"
done

# The edges of RFC 9293, figure 5. The last two Linux does not have: a listening socket cannot
# connect(), and a RST ends the request while its listener has been LISTEN all the time (SYN_RECV to
# CLOSED here).
while read -r from to taken; do
	expect --let b=0 --cell from="$from" --cell to="$to" edge_taken "$taken" "transitions $from $to"
done <<'END'
CLOSED LISTEN 1..999
CLOSED SYN_SENT 1..999
LISTEN CLOSED 1..999
LISTEN SYN_RECV 1..999
SYN_SENT CLOSED 1..999
SYN_SENT SYN_RECV 1..999
SYN_SENT ESTABLISHED 1..999
SYN_RECV ESTABLISHED 1..999
SYN_RECV FIN_WAIT1 1..999
ESTABLISHED FIN_WAIT1 1..999
ESTABLISHED CLOSE_WAIT 1..999
FIN_WAIT1 FIN_WAIT2 1..999
FIN_WAIT1 CLOSING 1..999
FIN_WAIT2 TIME_WAIT 1..999
CLOSING TIME_WAIT 1..999
CLOSE_WAIT LAST_ACK 1..999
LAST_ACK CLOSED 1..999
TIME_WAIT CLOSED 1..999
LISTEN SYN_SENT 0
SYN_RECV LISTEN 0
END
