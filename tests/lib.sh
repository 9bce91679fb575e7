# shellcheck shell=bash
# What the scripts say of a result, one line each (README.md: "What a script prints"). Read by
# them: `. tests/lib.sh`, from the top folder where they are started.

. "${BASH_SOURCE[0]%/*}/../tools/lib.sh"
never=${TMP:-/tmp}/never.$$

good() { echo "ok - $1"; }
# bad SENTENCE [WHAT CAME]
bad() { echo "not ok - $1"; [ $# -lt 2 ] || printf '%s\n' "$2"; }

# long: is there time for more of the same? make check is to end soon, make check-long need not.
long() { [ -n "${LONG-}" ]; }

# verdict STATUS SENTENCE: good if the command before succeeded.
verdict() { if [ "$1" = 0 ]; then good "$2"; else bad "$2"; fi; }

# comes COMMAND...: until it holds, at most a minute; 1: it never did.
comes() {
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		nap
	done
	return 0
}

# may_seal WHAT: may a sealed namespace be made here? If not, WHAT is left out, with the reason.
may_seal() {
	[ -n "${sealing-}" ] || if "$TCPSTATE" record -o "$TMP/probe" -- true 2>"$TMP/probe.err"; then sealing=yes; else sealing=no; fi
	[ "$sealing" = no ] || return 0
	echo "skip - ${1-all of it}: no sealed namespace may be made here: $(cat "$TMP/probe.err")"
	return 1
}
# needs_sealing: the script is skipped, with the reason, where no sealed namespace may be made.
needs_sealing() { may_seal || exit 0; }

# is SENTENCE EXPECTED CAME: they are equal.
is() {
	if [ "$2" = "$3" ]; then good "$1"; return; fi
	bad "$1"
	if [[ $2$3 == *$'\n'* ]]; then diff <(echo "$2") <(echo "$3"); else
		printf '  expected: %q\n  came:     %q\n' "$2" "$3"
	fi
}

# like SENTENCE PATTERN CAME: an extended regular expression matches.
like() {
	if [[ $3 =~ $2 ]]; then good "$1"; else
		bad "$1"
		printf '  expected: %s\n  came:     %q\n' "$2" "$3"
	fi
}

# holds SENTENCE CONDITION: a command, and it succeeds; $output, where the script has set it, is
# shown when it does not.
holds() {
	if eval "$2"; then good "$1"; else
		bad "$1: $2"
		printf '%s\n' "${output-}"
	fi
}

# busy: more programs want a processor than there are.
busy() { awk -v processors="$(nproc)" '{ exit $1 <= processors }' /proc/loadavg; }

# lab_run DIR NAME OPTION...: `tcpstate lab NAME` into DIR; once more while it says that the machine
# was too slow to tell (3), five times at most. Where the machine really is busy (a load of more than
# two a processor, or a recorder that was late), that is no verdict on the lab: the rest of the test is
# skipped, visibly.
exec {results}>&1
lab_run() {
	local dir=$1 tries load
	shift
	for tries in 1 2 3 4 5; do
		rm -rf "$dir"
		"$TCPSTATE" lab "$@" -o "$dir"
		local status=$?
		[ $status = 3 ] || return $status
		echo "# try $tries: too slow to tell"
	done
	read -r load _ </proc/loadavg
	[ "${load%.*}" -gt $((2 * $(nproc))) ] || late "$dir" >/dev/null || return 3
	echo "skip - lab $1 was too slow to tell, five times (load $load): the rest of this test" >&"$results"
	exit 0
}

# same SENTENCE FILE FILE: they have the same content.
same() {
	if diff "$2" "$3" >"${TMP:-/tmp}/difference"; then good "$1"; else
		bad "$1"
		head -n 20 "${TMP:-/tmp}/difference"
	fi
}
