#!/usr/bin/env bash
# summary: backlog 1 and four clients in five phases, after a trial
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
b=1 n=4 close_first=client
options "$@" <<'END'
b 0-65535 the server's backlog
n 1-200 number of clients
close_first client|server who sends the first FIN after bye, and so keeps the TIME_WAIT
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
rule probe|current|old predict by this rule instead of the one found by probing
END
plan 21
find_rule
predict_by "$rule"
case $close_first in
client) server_first=0 server_options=() client_options=(--close-first) ;;
server) server_first=1 server_options=(--close-first) client_options=() ;;
esac

# phase NAME OPTION... <<END: picture the phase that has been reached, and check it.
phase() {
	expect --cell phase="$1" --let b="$b" --let n="$n" --let server_first="$server_first" \
		"${@:2}"
	mark "$1"
}

phase 'no server' <<END
sockets | 0 | count LISTEN,SYN_SENT,SYN_RECV,ESTABLISHED tcp port $port
END

server --backlog "$b" "${server_options[@]}"
phase 'server up' <<END
listeners | 1 | count LISTEN src port $port
listen_recv_q | 0 | recv_q LISTEN src port $port
listen_send_q | b_eff | send_q LISTEN src port $port
END

join_clients "$n" "${client_options[@]}"
who_is_where="listen_recv_q | min(n - 1, b_eff + 1) | recv_q LISTEN src port $port
server_accepted | 1 | count ESTABLISHED src port $port and dst port 40001
server_unaccepted | min(n - 1, b_eff + 1) | count ESTABLISHED unaccepted src port $port
server_syn_recv | $syn_recv | count SYN_RECV src port $port
client_established | $established | count ESTABLISHED dst port $port
client_syn_sent | $syn_sent | count SYN_SENT dst port $port"
phase 'each connects' --since-mark --let "unanswered=unanswered tcp dst port $port" <<END
$who_is_where
listen_overflows | $overflows | counter TcpExtListenOverflows
END

# Client 1 is answered. The queued ones are not: their messages wait in the server's sockets.
# Whoever is SYN_SENT has nobody to send to: its connect() has not returned.
for i in $(seq "$n" -1 1); do
	say "c$i" hi
done
hear c1 "^ready "
hear c1 .                # the line after that: the answer
phase 'each sends hi' <<END
answer_to_client_1 | ih | text $line
$who_is_where
END

for i in $(seq "$n"); do
	say "c$i" bye
done
wait_for "tcp port $port" \
	SYN_SENT,SYN_RECV,ESTABLISHED,FIN_WAIT1,FIN_WAIT2,CLOSING,CLOSE_WAIT,LAST_ACK=0
phase 'each sends bye' <<END
listen_recv_q | 0 | recv_q LISTEN src port $port
client_time_wait | n * (1 - server_first) | count TIME_WAIT dst port $port
server_time_wait | n * server_first | count TIME_WAIT src port $port
END
