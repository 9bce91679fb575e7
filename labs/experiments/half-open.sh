#!/usr/bin/env bash
# summary: SYNs that nobody follows up: SYN queue, cookies, ghosts
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/half-open-ghosts.sh"
. "$(dirname "$0")/half-open-expiry.sh"
b=3 n=1,3..5,8 syncookies=$(sweep tcp_syncookies 1 0,1,2) retries=auto slow=no part=all
options "$@" <<'END'
b 0-999 the server's backlog
n 1-99, numbers of silent SYNs
syncookies 0-2, values of tcp_syncookies to go through; the parts after that set their own
retries auto|0-6 tcp_synack_retries for the expiry, a request lives 2^(N+1) - 1 seconds; auto: 1, or what --sysctl has set
slow flag the kernel's own tcp_synack_retries, 5: a request lives 63 seconds
part all|queue|ghosts|expiry run this part only
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
END
[ "$retries" != auto ] ||
	retries=$(kernel tcp_synack_retries | sed "s/^5$/$([ "$slow" = yes ] && echo 5 || echo 1)/")
flags=$([ "$family" = 4 ] && echo 'tcp[13]' || echo 'ip6[53]')                # 18 is SYN-ACK, 4 RST
# a host that does not exist
[ "$family" = 4 ] && nobody=192.0.2.1 || nobody='[2001:db8::1]'
M=$(kernel tcp_max_syn_backlog) in_force=$((b < somaxconn ? b : somaxconn))
silent() { start silent syn_sender "-$family" --port "$port" --count "$@" && stop silent; }
check() { expect --since-mark --let b="$b" --let M="$M" "$@"; }

# The SYN queue holds backlog + 1 requests. tcp_max_syn_backlog counts only without cookies, and a
# quarter of it is kept for known hosts.
queue() {
	local cookies syns held sent dropped full
	for cookies in $(list "$syncookies"); do
		kernel tcp_syncookies "$cookies"
		case $cookies in
		0)      held='min(n, min(b_eff + 1, M - M / 4 + 1))' sent=0 dropped="n - $held"
			full='max(0, n - b_eff - 1) * min(1, max(0, M - M / 4 - b_eff + 1))' ;;
		1) held='min(n, b_eff + 1)' sent="n - $held" dropped=0 full=0 ;;
		2) held=0 sent=n dropped=0 full=0 ;;
		esac
		plan "8 * $(list "$n" | wc -l)"
		for syns in $(list "$n"); do
			server --backlog "$b" --accept none
			silent "$syns"
			check --cell syncookies="$cookies" --cell n="$syns" \
				--let 'again=counter TcpExtTCPSynRetrans' <<-END
			server_syn_recv | $held | count SYN_RECV src port $port
			listen_recv_q | 0 | recv_q LISTEN src port $port
			syn_acks | n - ($dropped) + again | packets src port $port and $flags = 18
			syns_unanswered | $dropped | unanswered dst port $port
			cookies_sent | $sent | counter TcpExtSyncookiesSent
			queue_full_cookies | $sent | counter TcpExtTCPReqQFullDoCookies
			queue_full_drops | $full | counter TcpExtTCPReqQFullDrop
			listen_drops | $dropped | counter TcpExtListenDrops
			END
			tcpstate mark "tcp_syncookies $cookies, $syns silent SYNs"
			stop_all
			# a request outlives its listener, until its timer fires
			wait_for "src port $port" SYN_RECV=0
		done
	done
}

for now in ${part/all/queue ghosts expiry pruning}; do
	"$now"
done
[ "$part" != expiry ] || pruning
