#!/usr/bin/env bash
# summary: backlog b, n clients: who is served, queued, left out
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
b=0,1,2,3,5,8 n=1..8 unp=0..14
options "$@" <<'END'
b 0-65535, backlogs
n 1-200, numbers of clients
unp none|0-200, backlogs of the row "actual number of queued connections"
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
rule probe|current|old predict by this rule instead of the one found by probing
server .+ your own server instead, a command line: './mine {port} {backlog}'
client .+ with --server: your own client, './mine {host} {port}'
END
backlogs=$b clients=$n
[ "$server" ] && { predict_by "${rule/probe/current}"; own_backlog; exit; }
plan "8 * $(list "$backlogs" | wc -l) * $(list "$clients" | wc -l)"
find_rule
predict_by "$rule"

for b in $(list "$backlogs"); do
	for n in $(list "$clients"); do
		server --backlog "$b" --accept none
		join_clients "$n" --linger 0
		expect --since-mark --cell b="$b" --cell n="$n" \
			--let "unanswered=unanswered tcp dst port $port" <<-END
		listen_recv_q | min(n - 1, b_eff + 1) | recv_q LISTEN src port $port
		listen_send_q | b_eff | send_q LISTEN src port $port
		server_syn_recv | $syn_recv | count SYN_RECV src port $port
		server_unaccepted | min(n - 1, b_eff + 1) | count ESTABLISHED unaccepted src port $port
		client_syn_sent | $syn_sent | count SYN_SENT dst port $port
		client_established | $established | count ESTABLISHED dst port $port
		listen_overflows | $overflows | counter TcpExtListenOverflows
		listen_drops | $overflows | counter TcpExtListenDrops
		END
		tcpstate mark "backlog $b, n = $n"
		stop_all
	done
done

# The table of UNIX Network Programming: nobody is accepted, three clients more than the backlog.
[ "$unp" != none ] || exit 0
plan "$(list "$unp" | wc -l)"
for b in $(list "$unp"); do
	n=$((b + 3))
	server --backlog "$b" --accept none
	for i in $(seq "$n"); do
		client "c$i" --linger 0
	done
	wait_for "dst port $port" "ESTABLISHED,SYN_SENT=$n"
	expect --cell backlog="$b" --let "b=$b" --let "n=$n" <<-END
	actual_number_of_queued_connections | $connected_unaccepted | count ESTABLISHED dst port $port
	END
	stop_all
done
