# shellcheck shell=bash disable=SC2034,SC2154  # variables are shared with the experiments
# What the experiments with fork_server share. Sourced after common.sh, not run.
server_program=fork_server

# guest cN OPTION...: a client, ESTABLISHED and with a child of the server for itself, whose process
# id is added to `children`; `addresses` gets the client's port as the server prints it.
guest() {
	client "$@"
	hear server '^ok fork '
	children+=("$(cut -d ' ' -f 3 <<<"$line")")
	addresses+=" ${line##*:}"
	hear "$1" '^ready '
	say "$1" hello
	hear "$1" '^olleh'              # so the child has closed what it does not need
}
# serve OPTION...: a server with n guests, whose names are in `guests`. Each has a port of its own,
# not one that may still be in TIME_WAIT.
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
# reaches STATES PID: wait until /proc shows the process in one of them. ended PID...: until each is
# a zombie or gone. frozen PID: stop it, and wait until it is stopped: T, or t for one that is traced
# (--calls).
reaches() {
	local state end=$((SECONDS + 15))
	until
		state=$(sed 's/.*) //; s/ .*//' "/proc/$2/stat" 2>/dev/null || echo gone)
		[[ $state =~ ^($1)$ ]]
	do
		[ $SECONDS -lt $end ] || die "process $2 is '$state', not '$1'"
	done
}
ended() { local pid; for pid; do reaches 'Z|X|gone' "$pid"; done; }
frozen() { kill -STOP "$1"; reaches 'T|t' "$1"; }
# begin OPTION...: a server, and how many descriptors it has before the first client.
begin() {
	server "$@"
	had=$(find "/proc/${pid[server]}/fd" -type l | wc -l)
}
