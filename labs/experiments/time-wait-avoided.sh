# shellcheck shell=bash disable=SC2154  # common.sh and time-wait.sh set them
# Part of time-wait: connections that end without TIME_WAIT.

# More of them than tcp_max_tw_buckets allows (2, unless --sysctl has set fewer than 5): the surplus
# is CLOSED at once. All of the namespace count.
surplus() {
	local i before
	before=$(kernel tcp_max_tw_buckets)
	[ "$before" -lt 5 ] || kernel tcp_max_tw_buckets 2
	plan 3
	server
	for i in 1 2 3 4 5; do
		client "c$i" --close-first --send bye
		wait "${pid[c$i]}"
		wait_for "tcp port $port" "$open=0"     # nor at the server
	done
	check --cell n=5 --let n=5 --let "buckets=$(kernel tcp_max_tw_buckets)" <<-END
	client_time_wait | min(n, buckets) | count TIME_WAIT dst port $port
	overflows | max(0, n - buckets) | counter TcpExtTCPTimeWaitOverflow
	resets | 0 | packets $flags = 4 or $flags = 20
	END
	mark "tcp_max_tw_buckets $(kernel tcp_max_tw_buckets): five clients have closed first"
	stop_all
	# the rest of the experiment needs more
	kernel tcp_max_tw_buckets $((before < 1000 ? 1000 : before))
}

# RST instead of FIN, by a server that has not read everything, by a client with SO_LINGER {1, 0}:
# nobody has a TIME_WAIT, nobody is hindered.
resets() {
	plan '2 + 5 + 4 + 1'
	server --pause-before-read forever
	fresh
	served server "$own" --send hi
	check --cell end='unread data' <<-END
	unread_bytes | 3 | recv_q ESTABLISHED src port $port and dst port $own
	client_established | 1 | count ESTABLISHED src port $own
	END
	mark 'unread data at the server'
	tell server close
	complaint client
	check --cell end='unread data' <<-END
	client_told | read: ECONNRESET | text $line
	resets | 1 | packets src port $port and ($flags = 4 or $flags = 20)
	fins | 0 | packets tcp port $own and ($flags = 1 or $flags = 17)
	client_sockets | 0 | count $open,TIME_WAIT src port $own
	server_sockets | 0 | count $open,TIME_WAIT src port $port and dst port $own
	END
	stop client
	fresh
	caller client "$own" --linger 0
	hear client '^ready '
	mark 'a client with linger 0'
	stop client
	check --cell end='linger 0' <<-END
	resets | 1 | packets src port $own and ($flags = 4 or $flags = 20)
	fins | 0 | packets tcp port $own and ($flags = 1 or $flags = 17)
	client_sockets | 0 | count $open,TIME_WAIT src port $own
	server_sockets | 0 | count $open,TIME_WAIT src port $port and dst port $own
	END
	rerun "$own"
	check --cell end='linger 0' <<<"same_port_again | ready | text $line"
	stop server
}
