#!/bin/bash
# How full-queue/ was made: tcpstate record -o full-queue -- ./full-queue.sh (then the build name of
# the kernel was taken out of its manifest). Backlog 0, one client accepted, one queued, one left
# out; then client 1 says bye and is closed.
set -eu
mkfifo s
echo_server --port 12345 --backlog 0 --accept 1 <>s >served &
tcpstate wait --timeout 5 src port 12345 LISTEN
mkfifo c1 c2
echo_client --port 12345 --bind 40001 --close-first <>c1 >/dev/null &
tcpstate wait --timeout 5 src port 40001 ESTABLISHED
echo_client --port 12345 --bind 40002 <>c2 >/dev/null & two=$!
tcpstate wait --timeout 5 src port 40002 ESTABLISHED
tcpstate mark 'two connected'
mkfifo c3
echo_client --port 12345 --bind 40003 <>c3 >/dev/null & three=$!
tcpstate wait --timeout 5 src port 40003 SYN_SENT
printf '%s\n' 'listen_recv_q | min(n - 1, b + 1) | recv_q LISTEN src port 12345' 'client_syn_sent | n - b - 2 | count SYN_SENT' |
	tcpstate expect --cell b=0 --cell n=3 --let b=0 --let n=3
tcpstate expect wrong_on_purpose 7 'count ESTABLISHED unaccepted' || true
tcpstate mark 'one left out'
echo bye >c1
tcpstate wait --timeout 5 src port 40001 TIME_WAIT
tcpstate mark 'bye'
kill $three $two
