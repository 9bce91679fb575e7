# shellcheck shell=bash disable=SC2034
# Read by the tests that judge the report by the kernel's own tracepoint: a private trace instance
# around a recorded run, and the comparison. Recordings stay in ORACLE_DIR when the caller names one
# (for replaying them), else they are removed with $TMP.
TRACING=/sys/kernel/tracing
ORACLE_DIR=${ORACLE_DIR:-$TMP}
ORACLE_INSTANCE=

oracle_or_skip() {      # ends the test, visibly, where the kernel's truth cannot be had
	[ "$(id -u)" = 0 ] || { echo "skip - only root reads the kernel's tracepoint sock:inet_sock_set_state"; exit 0; }
	[ -d $TRACING/events ] || mount -t tracefs tracefs $TRACING 2>/dev/null
	[ -d $TRACING/instances ] || { echo "skip - no tracefs here: the kernel's tracepoint cannot be read"; exit 0; }
	[ -d $TRACING/events/sock/inet_sock_set_state ] || { echo "skip - this kernel has no tracepoint sock:inet_sock_set_state (Linux 4.16)"; exit 0; }
	grep -q '\<tai\>' $TRACING/trace_clock || { echo "skip - this kernel cannot trace by wall-clock time (trace_clock tai, Linux 5.18)"; exit 0; }
	local pids
	pids=$(readlink /proc/self/ns/pid | tr -cd 0-9) # whose numbers these are: containers share the instances
	for instance in "$TRACING"/instances/tcpstate-"$pids"-*; do       # left behind by a test that was killed
		[ -e "/proc/${instance##*-}" ] || rmdir "$instance" 2>/dev/null
	done
	ORACLE_INSTANCE=$TRACING/instances/tcpstate-$pids-$$
	mkdir "$ORACLE_INSTANCE" 2>/dev/null || { echo "skip - no trace instance can be made here"; exit 0; }
	trap 'rmdir "$ORACLE_INSTANCE"' EXIT
	echo tai >"$ORACLE_INSTANCE/trace_clock"
	echo 32768 >"$ORACLE_INSTANCE/buffer_size_kb"
	echo 'protocol == 6' >"$ORACLE_INSTANCE/events/sock/inet_sock_set_state/filter"
	echo 1 >"$ORACLE_INSTANCE/events/sock/inet_sock_set_state/enable"
}

# Addresses of this run's own, drawn by lot: the tracepoint does not tell namespaces apart.
oracle_addresses() {    # set v4, v6: prefixes to which a last part is added
	v4=$((RANDOM % 200 + 20)).$((RANDOM % 250 + 1)) v6=$(printf '%x:%x' $(($$ & 65535)) $RANDOM)
}

# What the kernel has traced since it was asked last is added to $TMP/traced: each event is told once,
# however many runs look. One at a time; dd ends where there is nothing more.
oracle_drain() {
	flock "$TMP/traced" dd if="$ORACLE_INSTANCE/trace_pipe" iflag=nonblock bs=64K >>"$TMP/traced" 2>/dev/null
}

# COMMAND... of what was traced, while nobody adds to it: half of what is being written is seen, and
# that ends within a line.
oracle_traced() { flock -s "$TMP/traced" "$@" "$TMP/traced"; }

oracle_record() {       # DIR COMMAND...: records it sealed, DIR/trace.txt beside the recording; the status of the command
	local dir=$1 status from
	shift
	touch "$TMP/traced"
	from=$(oracle_traced stat -c %s)
	"$TCPSTATE" record -o "$dir" -- "$@" >"$dir.log" 2>&1
	status=$?
	oracle_drain
	oracle_traced tail -c "+$((from + 1))" >"$dir/trace.txt"  # of everyone meanwhile: the addresses tell whose
	mv "$dir.log" "$dir/log.txt"
	return $status
}

oracle_agrees() {       # SENTENCE DIR [COMPARER'S ARGUMENTS...]: one result
	local sentence=$1 dir=$2
	shift 2
	printf '%s\n' "$@" >"$dir/arguments.txt"       # to compare again, with another program, what was recorded
	if ! "$TCPSTATE" report --format jsonl "$dir" >"$dir/report.jsonl"; then
		echo "not ok - $sentence: no report of $dir"
	elif "$BUILD/tests/netns/oracle_compare" --trace "$dir/trace.txt" --report "$dir/report.jsonl" "$@" >"$dir/differences.txt" 2>&1; then
		echo "ok - $sentence"
		tail -n 1 "$dir/differences.txt"
	else
		sed 's/^not ok - /#   /' "$dir/differences.txt"
		echo "not ok - $sentence"
		return 1
	fi
}
