# shellcheck shell=bash disable=SC2034,SC2154  # variables are shared with the experiments
# What the experiments with fork_server share. Sourced after common.sh, not run.
server_program=fork_server

# guest cN OPTION...: a client, ESTABLISHED and with a child of the server for itself, whose process id is added to `children`; `addresses`
# gets the client's port as the server prints it.
guest() {
	client "$@"
	hear server '^ok fork '
	children+=("$(cut -d ' ' -f 3 <<<"$line")")
	addresses+=" ${line##*:}"
	hear "$1" '^ready '
}
# serve OPTION...: a server with n guests, whose names are in `guests`. Each has a port of its own, not one that may still be in TIME_WAIT.
first=1
serve() {
	local name
	children=() addresses=''
	mapfile -t guests < <(seq -f 'c%.0f' "$first" $((first + n - 1)))
	server "$@"
	for name in "${guests[@]}"; do
		guest "$name"
	done
	first=$((first + n))
}
# ended PID...: wait until each of these processes is a zombie or gone.
ended() {
	local pid end=$((SECONDS + 15))
	for pid; do
		while [ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null || echo gone)" != Z ] && [ -e "/proc/$pid" ]; do
			[ $SECONDS -lt $end ] || die "process $pid goes on"
		done
	done
}
# timer_of FILTER: the timer of a socket, as `list` names it. begin OPTION...: a server, and how many descriptors it has before the first client.
timer_of() { tcpstate list --json "$1" | sed -n 's/.*"timer":"\([a-z]*\)".*/\1/p'; }
begin() { server "$@"; had=$(find "/proc/${pid[server]}/fd" -type l | wc -l); }
