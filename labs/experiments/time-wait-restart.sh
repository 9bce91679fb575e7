# shellcheck shell=bash disable=SC2154  # common.sh and time-wait.sh set them
# Part of time-wait: a server is started again while a connection of the one before remains, on its
# port or at a client.

# leave STATE OPTION...: a server of that port comes and goes, and leaves its end of a connection in
# STATE (or, `client`, the client's in TIME_WAIT).
leave() {
	case $1 in
	ESTABLISHED) start old echo_server "-$family" --port "$port" --serve-one "${@:2}" ;;
	*) start old echo_server "-$family" --port "$port" "${@:2}" ;;
	esac
	if [ "$1" = client ]; then
		caller client "$own" --close-first --send bye
		wait_for "src port $own" TIME_WAIT=1
	else
		served old "$own" --pause-before-close forever
	fi
	case $1 in
	FIN_WAIT2 | TIME_WAIT)
		tell old close
		# the ACK of its FIN must not come behind the client's FIN: with the client gone
		# an RST would answer what TIME_WAIT says to it, and end TIME_WAIT (RFC 1337)
		wait_for "src port $port and dst port $own" FIN_WAIT2=1 ;;
	ESTABLISHED) wait_for "src port $port" LISTEN=0 ESTABLISHED=1 ;;
	esac
	[ "$1" = FIN_WAIT2 ] || [ "$1" = ESTABLISHED ] || stop client
	[ "$1" = ESTABLISHED ] || stop old
	wait_for "src port $port" LISTEN=0
	[ "$1" = client ] || wait_for "src port $port and dst port $own" "$1=1"
}

# bind() succeeds if the old and the new socket have SO_REUSEADDR; what only the client has left,
# does not matter.
restart() {
	local addr state after port=$port
	plan '3 * 4 + 1'
	for state in TIME_WAIT FIN_WAIT2 ESTABLISHED client; do
		for addr in none old new both; do
			[ "$state" != client ] || [ "$addr" = none ] || continue
			fresh
			port=$((port + 1))
			after='bind: EADDRINUSE'
			[ "$addr" != both ] && [ "$state" != client ] || after=ready
			# shellcheck disable=SC2046  # no word or one
			leave "$state" $(by old "$addr")
			[ "$state" = client ] && left='TIME_WAIT of its client' || left="$state left"
			mark "server gone: $left, SO_REUSEADDR $addr"
			# shellcheck disable=SC2046
			outcome again echo_server "-$family" --port "$port" $(by new "$addr")
			check --cell left="$state" --cell reuseaddr="$addr" \
				<<<"server_again | $after | text $line"
			stop_all
		done
	done
}
