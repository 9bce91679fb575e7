# shellcheck shell=bash disable=SC2154  # common.sh and time-wait.sh set them
# Part of time-wait: who closes first has it, and for how long.

# The client closes first, and so has the TIME_WAIT; the port is its port for a minute.
client_first() {
	plan '5 + 1 + 1'
	server
	served server "$bind" --close-first
	mark 'connected: both ends have an owner'
	stopwatch time_wait
	say client bye
	wait_for "src port $bind" TIME_WAIT=1
	expect --cell first=client --cell then=ended --let "age=held_ms TIME_WAIT src port $bind" <<-END
	server_sockets | 0 | count $open,TIME_WAIT src port $port and dst port $bind
	client_time_wait | 1 | count TIME_WAIT mini src port $bind
	time_left_ms | 60000 - age - 250..60000 - age + 250 | timer_ms TIME_WAIT src port $bind
	client_edges | 1 | transitions FIN_WAIT2 TIME_WAIT src port $bind
	server_edges | 1 | transitions LAST_ACK CLOSED dst port $bind
	END
	mark 'the client closed first: its TIME_WAIT'
	rerun "$bind"
	check --cell first=client --cell then='client again' \
		<<<"same_port | bind: EADDRINUSE | text $line"
	rerun none
	check --cell first=client --cell then='client again' <<<"another_port | ready | text $line"
	stop client
}

# server_first PORT: after this the server has a TIME_WAIT towards PORT, the client is gone.
server_first() {
	served server "$1" --pause-before-close forever
	tell server close
	wait_for "src port $port and dst port $1" FIN_WAIT2=1
	check --cell first=server --cell then='client still there' <<-END
	server_fin_wait2 | 1 | count FIN_WAIT2 mini src port $port and dst port $1
	client_close_wait | 1 | count CLOSE_WAIT src port $1
	END
	mark 'the server closed first: FIN_WAIT2 there, CLOSE_WAIT at the client'
	stop client
	wait_for "src port $port and dst port $1" TIME_WAIT=1
	check --cell first=server --cell then='client gone' <<-END
	client_sockets | 0 | count $open,TIME_WAIT src port $1
	server_time_wait | 1 | count TIME_WAIT mini src port $port and dst port $1
	END
	mark "the client is gone: the TIME_WAIT is the server's"
}
# The server closes first: its TIME_WAIT, which hinders no client.
first() {
	client_first
	plan '2 * (4 + 1)'
	fresh
	server_first "$own"
	rerun "$own"
	check --cell first=server --cell then='client again' <<<"same_port | ready | text $line"
	fresh
	server_first "$own"
	stop server
	rerun "$own"
	check --cell first=server --cell then='client again, server gone' \
		<<<"same_port | connect: ECONNREFUSED | text $line"
	stop_all
}

# The countdown is that of the first part's TIME_WAIT: 60 s, whatever tcp_fin_timeout says.
countdown() {
	plan 1
	! late time_wait 58000 || too_slow "the first TIME_WAIT ran out before its countdown was read"
	expect --cell timer=countdown --let "age=held_ms TIME_WAIT src port $bind" <<-END
	time_left_ms | 60000 - age - 250..60000 - age + 250 | timer_ms TIME_WAIT src port $bind
	END
}
# Its end: a minute at most from now.
expiry() {
	plan '1 + 1'
	tcpstate wait --timeout 70 "src port $bind" TIME_WAIT=0 || die 'a TIME_WAIT that does not expire'
	expect --cell timer=expired \
		<<<"lifetime_ms | 59900..64000 | held_ms TIME_WAIT ended src port $bind"
	server
	rerun "$bind"
	check --cell timer=expired <<<"same_port | ready | text $line"
}
