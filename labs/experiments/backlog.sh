#!/usr/bin/env bash
# summary: backlog b, n clients: who is served, who is queued, who is left out; every cell predicted and measured
. "$(dirname "$0")/common.sh"
b=0,1,2,3,5,8 n=1..8 unp=0..14
options "$@" <<'END'
b [0-9]+((,|\.\.)[0-9]+)* backlogs, as 0,1,2 or 0..8
n [1-9][0-9]*((,|\.\.)[1-9][0-9]*)* numbers of clients
unp none|[0-9]+((,|\.\.)[0-9]+)* backlogs of the row "actual number of queued connections", or none
port [0-9]+ the server's port
family 4|6 IPv4 or IPv6
rule probe|current|old predict by this rule instead of the one found by probing
END
find_rule
case $rule in
current) # since 4.10: a SYN is dropped while the accept queue is full
	syn_recv='0'
	established='min(n, b_eff + 2)'
	syn_sent='max(0, n - b_eff - 2)'
	overflows='unanswered'
	queued_for_unp='min(n, b_eff + 1)' ;;
old)    # 3.10: the SYN is answered, the final ACK ignored while the accept queue is full
	syn_recv='max(0, n - b_eff - 2)'
	established='n'
	syn_sent='0'
	overflows='unanswered + max(0, n - b_eff - 2)'
	queued_for_unp='min(n, b_eff + 3)' ;;
esac

for b_now in $(list "$b"); do
	for n_now in $(list "$n"); do
		server --backlog "$b_now" --accept none
		join_clients "$n_now"
		expect --since-mark --cell b="$b_now" --cell n="$n_now" --let 'b_eff=min(b, somaxconn)' \
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
		tcpstate mark "backlog $b_now, $n_now clients"
		stop_all
	done
done

# UNIX Network Programming's table: nobody is accepted, three clients more than the backlog.
[ "$unp" != none ] || unp=
for b_now in $(list "$unp"); do
	n_now=$((b_now + 3))
	server --backlog "$b_now" --accept none
	for i in $(seq "$n_now"); do
		client "c$i"
	done
	wait_for "dst port $port" "ESTABLISHED,SYN_SENT=$n_now"
	expect --cell backlog="$b_now" --let "b=$b_now" --let "n=$n_now" --let 'b_eff=min(b, somaxconn)' <<-END
	queued_connections | $queued_for_unp | count ESTABLISHED dst port $port
	END
	stop_all
done
