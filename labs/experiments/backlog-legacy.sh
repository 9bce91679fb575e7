#!/usr/bin/env bash
# summary: client ESTABLISHED, server SYN_RECV, as on CentOS 7
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
b=1 recipe=both seconds=4
options "$@" <<'END'
b 0-200 the server's backlog; there is just one client too many, client b + 3
recipe both|defer|hold TCP_DEFER_ACCEPT needs no privilege; the socket filter needs CAP_NET_ADMIN
seconds 1-30 how long to watch before the next accept(): SYN-ACKs are repeated after 1, 3, 7.2, 15.4 s
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
END
[ "$somaxconn" -gt "$b" ] ||
	die "net.core.somaxconn = $somaxconn leaves no room for the recipes: give a --b below it"
case $seconds in
[12]) next_repeat=3000 ;;
[3-6]) next_repeat=7000 ;;
[7-9] | 1[0-4]) next_repeat=15000 ;;
*) next_repeat=31000 ;;
esac
n=$((b + 3)) last=c$((b + 3))
abort=$(cat /proc/sys/net/ipv4/tcp_abort_on_overflow)
syn_ack=$([ "$family" = 4 ] && echo 'tcp[13] = 18' || echo 'ip6[53] = 18')

# check PHASE OPTION... <<END
check() {
	expect --since-mark --cell ignored_by="${means[$now]}" --cell phase="$1" --let b="$b" --let n="$n" \
		--let abort="$abort" --let T="$seconds" "${@:2}"
}

# in_time WHAT: a miss tells nothing once the next SYN-ACK has gone out again meanwhile.
in_time() {
	[ "$missed" = 0 ] || ! late last "$next_repeat" ||
		too_slow "it took more than $next_repeat ms to look after $1"
}

# recovers: the last client gets in. Of an accept() that came after the SYN-ACK it was to precede,
# the next one may be half a minute away, or never come.
recovers() {
	local wanted="src port $port"
	[ "$accepted" = late ] || { wait_for "$wanted" SYN_RECV=0; return; }
	tcpstate wait --timeout 20 "$wanted" SYN_RECV=0 ||
		too_slow "accept() came more than $next_repeat ms after the last client"
}

# What lets the final ACKs be ignored at first: `defer` until data comes, `hold` by a filter.
# Afterwards the queue fills, and the last client's ACK, repeated in answer to each repeated
# SYN-ACK, finds it full.
prepare_defer() {
	tell server 'defer 1'
	stopwatch first
	clients 2 $((n - 1)) --linger 0
	# so that the timer of the last one expires after theirs: the kernel rounds it by up to
	# 80 ms
	sleep 0.2
	stopwatch last
	client "$last" --linger 0
}
let_go_defer() {
	tell server "listen $b"
	tell server 'defer 0'
}
prepare_hold() {
	tell server 'hold on'
	stopwatch first
	stopwatch last
	client "$last" --linger 0
}
let_go_hold() {
	tell server "listen $b"
	tell server 'hold off'          # accepted sockets would inherit the filter
	clients 2 $((n - 1)) --linger 0
}

declare -A means=([defer]=TCP_DEFER_ACCEPT [hold]='socket filter')
plan "11 * $([ "$recipe" = both ] && echo 2 || echo 1)"
for now in $([ "$recipe" = both ] && echo defer hold || echo "$recipe"); do
	server --backlog 128 --accept none
	join_clients 1 --linger 0
	"prepare_$now"
	mark "${means[$now]}: final ACKs are ignored"
	! late first 950 || too_slow 'the first SYN-ACK was repeated before that was looked at'
	"let_go_$now"
	late first 950 && filled=late || filled='in time'
	sleep "$seconds.5"      # the experiment's own clock: the SYN-ACK timer runs meanwhile
	of_the_last="src port $port and dst port $((40000 + n))"
	repeats='min(1, T) + min(1, max(0, T - 2)) + min(1, max(0, T - 6)) + min(1, max(0, T - 14))'
	check 'queue full' --let "repeats=$repeats" <<-END
	listen_recv_q | b_eff + 1 | recv_q LISTEN src port $port
	server_unaccepted | b_eff + 1 | count ESTABLISHED unaccepted src port $port
	server_syn_recv | (n - b_eff - 2) * (1 - abort) | count SYN_RECV src port $port
	last_client_established | 1 - abort | count ESTABLISHED src port $((40000 + n))
	client_established | n - (n - b_eff - 2) * abort | count ESTABLISHED dst port $port
	repeated_syn_acks | max(abort, repeats * (1 - abort)) | packets $of_the_last and $syn_ack
	listen_overflows | max(abort, repeats * (1 - abort)) | counter TcpExtListenOverflows
	END
	[ "$missed$filled" != 1late ] ||
		too_slow 'the first SYN-ACK was repeated before the queue was full'
	in_time "$seconds s"
	mark "${means[$now]}: accept queue full, client :$((40000 + n)) kept out"
	tell server 'accept 1'
	late last "$next_repeat" && accepted=late || accepted='in time'
	check 'just accepted' <<-END
	listen_recv_q | b_eff | recv_q LISTEN src port $port
	server_syn_recv | (n - b_eff - 2) * (1 - abort) | count SYN_RECV src port $port
	END
	in_time 'accept()'
	recovers        # at the next repeated SYN-ACK, not before
	check 'recovered' <<-END
	listen_recv_q | b_eff + (n - b_eff - 2) * (1 - abort) | recv_q LISTEN src port $port
	server_established | n - (n - b_eff - 2) * abort | count ESTABLISHED src port $port
	END
	[ "$missed$accepted" != 1late ] ||
		too_slow "accept() came more than $next_repeat ms after the last client"
	mark "${means[$now]}: client :$((40000 + n)) let into the queue"
	stop_all
done
