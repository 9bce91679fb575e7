# shellcheck shell=bash disable=SC2154  # common.sh and half-open.sh set them
# Part of half-open: ghosts, connections that only one end knows of. A filter on the listening
# socket withholds the final ACKs from the server. Who has a request there is asked for its ACK
# again, by a repeated SYN-ACK; who got a cookie is not: ESTABLISHED, and no socket at the server,
# until it says something, and the accept queue has room.
# The clients of the surplus are the ghosts, numbers `one` and `two`.
check_ghosts() {
	check --cell phase="$1" --let "n=$two" --let "spoken=packets src port $((40000 + one))"
}

ghosts() {
	local i one=$((in_force + 2)) two=$((in_force + 3)) held_by_ghosts released
	held_by_ghosts="sockets_of_ghosts | 0 | count SYN_RECV,ESTABLISHED src port $port"
	held_by_ghosts+=" and (dst port $((40000 + one)) or dst port $((40000 + two)))"
	plan '5 + 5 + 4 + 2'
	kernel tcp_syncookies 1
	kernel tcp_synack_retries 5
	server --backlog "$b" --accept none --linger 0
	tell server 'hold on'
	stopwatch first
	for i in $(seq "$two"); do client "c$i"; done
	wait_for "dst port $port" "ESTABLISHED=$two"
	check_ghosts 'cookies given' <<-END
	client_established | n | count ESTABLISHED dst port $port
	server_syn_recv | b_eff + 1 | count SYN_RECV src port $port
	$held_by_ghosts
	cookies_sent | 2 | counter TcpExtSyncookiesSent
	syn_acks_to_a_ghost | 1 | packets dst port $((40000 + one)) and $flags = 18
	END
	mark 'two ghosts: ESTABLISHED at the client, no socket at the server'
	tell server 'hold off'
	late first 2900 && released=late || released='in time'
	wait_for "src port $port" SYN_RECV=0            # at the repeated SYN-ACKs
	say "c$one" hi
	check_ghosts 'the others are in' <<-END
	listen_recv_q | b_eff + 1 | recv_q LISTEN src port $port
	server_established | b_eff + 1 | count ESTABLISHED src port $port
	$held_by_ghosts
	not_taken | spoken | counter TcpExtListenOverflows
	valid_cookies | spoken | counter TcpExtSyncookiesRecv
	END
	# of requests that old, more than 4 are given up at 7 s instead (pruning)
	[ "$missed$released" != 1late ] ||
		too_slow 'the requests were repeated twice before the filter was off'
	mark 'accept queue full: what a ghost says is ignored, its cookie notwithstanding'
	tell server 'accept 1'
	wait_for "src port $port and dst port $((40000 + one))" ESTABLISHED=1
	check_ghosts 'one has spoken' <<-END
	valid_cookies | spoken | counter TcpExtSyncookiesRecv
	recv_q_of_its_socket | 3 | recv_q ESTABLISHED src port $port and dst port $((40000 + one))
	not_taken_before | spoken - 1 | counter TcpExtListenOverflows
	syn_acks | 0 | packets src port $port and $flags = 18
	END
	mark 'room in the accept queue: the first ghost has become a connection'
	stop server
	say "c$two" hi
	complaint "c$two"
	check_ghosts 'server gone' <<-END
	second_ghost | read: ECONNRESET | text $line
	resets | 1 | packets src port $port and dst port $((40000 + two)) and $flags = 4
	END
	mark 'the server is gone: the second ghost learns it when it speaks'
	stop_all
}
