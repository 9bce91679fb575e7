#!/usr/bin/env bash
# summary: who has the TIME_WAIT, what it forbids, how to avoid it
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/time-wait-first.sh"
. "$(dirname "$0")/time-wait-reuse.sh"
. "$(dirname "$0")/time-wait-restart.sh"
. "$(dirname "$0")/time-wait-avoided.sh"
bind=22535
# shellcheck disable=SC2034  # the parts use them
timestamps=$(sweep tcp_timestamps 1 0,1) tw_reuse=$(sweep tcp_tw_reuse 2 0,1,2) slow=no part=all
options "$@" <<'END'
bind 1000-65485 the client's port, the next 50 are used as well
timestamps 0-2, values of tcp_timestamps to go through
tw_reuse 0-2, values of tcp_tw_reuse to go through
slow flag wait until the TIME_WAIT has expired, 60 seconds
part all|first|matrix|restart|avoided run this part only
port 1-65515 the server's port, the next 20 are used as well
family 4|6 IPv4 or IPv6
server .+ your own server instead, a command line: './mine {port} {backlog}'
client .+ with --server: your own client, './mine {host} {port}'
END
[ "$server" ] && { own_time_wait; exit; }
# of these, 4 is RST, 20 RST with ACK
flags=$([ "$family" = 4 ] && echo "tcp[13]" || echo "ip6[53]")
open=ESTABLISHED,FIN_WAIT1,FIN_WAIT2,CLOSING,CLOSE_WAIT,LAST_ACK
own=$bind                       # the client's port; each part of the experiment takes fresh ones
fresh() { own=$((own + 1)); }
# caller NAME PORT ARGUMENT...: a client that binds PORT, or none. rerun PORT ...: once more, and
# what came of it; RST at its end.
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

# The surplus comes before all others, as every TIME_WAIT of the namespace counts.
parts=$part
[ "$part" != all ] || parts='avoided first matrix restart'
for part in $parts; do
	case $part in
	avoided) surplus; resets ;;
	first) first; countdown ;;
	matrix) matrix; chosen_by_the_kernel ;;
	restart) restart ;;
	esac
done
[[ $parts != *first* || $slow != yes ]] || expiry
