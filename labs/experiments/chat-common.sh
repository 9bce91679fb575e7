# shellcheck shell=bash disable=SC2034,SC2154  # variables are shared with the experiments
# What the experiments with the chat room share. Sourced after common.sh, not run.

# room: start the server. member NAME PORT ARGUMENT...: a client bound to that port, which sends
# nothing unasked.
room() { start server chat_server "-$family" --port "$port"; }
member() {
	start "$1" chat_client "-$family" --port "$port" --nick "$1" --keepalive 0 --bind "$2" \
		"${@:3}"
}
# all_hear PATTERN NAME...: each of them has printed it. join NAME PORT "NAMES" ARGUMENT...: a
# member comes, and NAMES and itself welcome it.
all_hear() {
	local name
	for name in "${@:2}"; do
		hear "$name" "$1"
	done
}
join() {
	member "$1" "$2" "${@:4}"
	all_hear "^\* welcome $1" $3 "$1"          # $3: names
}
# check PHASE OPTION... <<END: checks of what has happened since the last phase's mark, then this
# phase's mark.
check() { expect --since-mark --let b=0 "${@:2}" && mark "$1"; }
# What the kernel sends back for a datagram to a port that nobody has bound.
port_unreachable() {
	[ "$family" = 4 ] && echo 'icmp[0] = 3 and icmp[1] = 3' ||
		echo 'icmp6 and ip6[40] = 1 and ip6[41] = 4'
}
