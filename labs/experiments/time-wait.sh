#!/usr/bin/env bash
# summary: who closes first keeps the TIME_WAIT; what it forbids to whom (bind, connect, a server's restart), what avoids it, how it counts down
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/time-wait-reuse.sh"
. "$(dirname "$0")/time-wait-restart.sh"
. "$(dirname "$0")/time-wait-avoided.sh"
bind=22535 timestamps=$(sweep tcp_timestamps 1 0,1) tw_reuse=$(sweep tcp_tw_reuse 2 0,1,2) slow=no
options "$@" <<'END'
bind [0-9]{4,5} the client's port, the next 50 are used as well
timestamps [012]((,|\.\.)[012])* values of tcp_timestamps to go through
tw_reuse [012]((,|\.\.)[012])* values of tcp_tw_reuse to go through
slow flag wait until the TIME_WAIT has expired, 60 seconds
port [0-9]+ the server's port, the next 20 are used as well
family 4|6 IPv4 or IPv6
END
[ "$bind" -le 65485 ] || usage "--bind $bind: at most 65485"
[ "$port" -le 65515 ] || usage "--port $port: at most 65515"
flags=$([ "$family" = 4 ] && echo "tcp[13]" || echo "ip6[53]")               # 4 is RST, 20 RST with ACK
open=ESTABLISHED,FIN_WAIT1,FIN_WAIT2,CLOSING,CLOSE_WAIT,LAST_ACK
own=$bind                               # the client's port; each part of the experiment takes fresh ones
fresh() { own=$((own + 1)); }
# caller NAME PORT ARGUMENT...: a client that binds PORT, or none. rerun PORT ...: once more, and what came of it; RST at its end.
at() { [ "$1" = none ] || echo "--bind $1"; }
# shellcheck disable=SC2046  # no word or two
caller() { start "$1" echo_client "-$family" --port "$port" $(at "$2") "${@:3}"; }
rerun() {
	# shellcheck disable=SC2046
	outcome again echo_client "-$family" --port "$port" --linger 0 $(at "$1") "${@:2}"
	stop again
}
# served SERVER PORT ARGUMENT...: a client that SERVER has accepted.
served() {
	say "$1" 'accept 1'
	caller client "${@:2}"
	hear client '^ready '
	hear "$1" '^ok accept '
}
check() { expect --since-mark "$@"; }

surplus                                 # first, as it counts all TIME_WAIT sockets of the namespace

plan '5 + 1 + 1'
server
caller client "$bind" --close-first --send bye
wait_for "src port $bind" TIME_WAIT=1
expect --cell first=client --cell then=ended <<END
server_sockets | 0 | count $open,TIME_WAIT src port $port and dst port $bind
client_time_wait | 1 | count TIME_WAIT mini src port $bind
time_left_ms | 59000..60000 | timer_ms TIME_WAIT src port $bind
client_edges | 1 | transitions FIN_WAIT2 TIME_WAIT src port $bind
server_edges | 1 | transitions LAST_ACK CLOSED dst port $bind
END
mark 'the client closed first: its TIME_WAIT'
rerun "$bind"
check --cell first=client --cell then='client again' <<<"same_port | bind: EADDRINUSE | text $line"
rerun none
check --cell first=client --cell then='client again' <<<"another_port | ready | text $line"
stop client

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
plan '2 * (4 + 1)'
fresh
server_first "$own"
rerun "$own"
check --cell first=server --cell then='client again' <<<"same_port | ready | text $line"
fresh
server_first "$own"
stop server
rerun "$own"
check --cell first=server --cell then='client again, server gone' <<<"same_port | connect: ECONNREFUSED | text $line"

matrix
chosen_by_the_kernel
restart
resets

# The countdown is that of the first part's TIME_WAIT: 60 s, whatever tcp_fin_timeout says.
plan 1
expect --cell timer=countdown --let "age=held_ms TIME_WAIT src port $bind" <<END
time_left_ms | 60000 - age - 250..60000 - age + 250 | timer_ms TIME_WAIT src port $bind
END
[ "$slow" = yes ] || exit 0
plan '1 + 1'
tcpstate wait --timeout 70 "src port $bind" TIME_WAIT=0 || die 'a TIME_WAIT that does not expire'
expect --cell timer=expired <<<"lifetime_ms | 59900..64000 | held_ms TIME_WAIT src port $bind"
server
rerun "$bind"
check --cell timer=expired <<<"same_port | ready | text $line"
