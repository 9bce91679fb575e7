#!/usr/bin/env bash
# Captures as public archives have them, and as somebody with bad intent writes them (mkodd.c): each
# gives a report or one clear error, in time, and the sanitizers find nothing. A sample here, of
# twelve in make check; two_thousand_odd_captures.sh has more.
#   tests/golden/odd_captures_do_no_harm.sh [FIRST LAST]      with BUILD, TCPSTATE and TMP as tests/run sets them, SANITIZED: another build
# timeout: 960
set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1 UBSAN_OPTIONS=print_stacktrace=1
first=${1:-1} last=${2:-${LONG:+60}}
last=${last:-12}
program=$TCPSTATE
if [ -x "${SANITIZED:-}/tcpstate" ]; then program=$SANITIZED/tcpstate
else echo "skip - no build with sanitizers was given (make check makes one): the plain program reads the odd captures"; fi

formats=("--format jsonl" "--format html" "--format md" "--all")
half() {        # FIRST STEP: reports of these captures; a line for each that went wrong
	local seed=$1 file=$TMP/odd.$1 options status
	while [ "$seed" -le "$last" ]; do
		"$BUILD/tests/golden/mkodd" --seed "$seed" "$file.pcap" || echo "seed $seed: not written"
		for options in "" "${formats[seed % ${#formats[@]}]}"; do
			# shellcheck disable=SC2086
			timeout 20 "$program" report $options "$file.pcap" >"$file.out" 2>"$file.err" </dev/null
			status=$?
			if grep -qE 'Sanitizer|runtime error' "$file.err" || [ $status -gt 1 ] || { [ $status = 1 ] && [ "$(wc -l <"$file.err")" != 1 ]; }; then
				echo "seed $seed: report $options: exit $status"
				head -n 30 "$file.err"
			fi
			[ $status != 0 ] || echo reported >>"$file.count"
		done
		seed=$((seed + $2))
	done
}
half "$first" 2 >"$TMP/wrong.1" &
half $((first + 1)) 2 >"$TMP/wrong.2" &
wait
cat "$TMP"/wrong.*
reported=$(cat "$TMP"/odd.*.count | wc -l)
echo "# $((last - first + 1)) captures, $reported reports of them, the rest are of link types that are not supported or have no header"
if [ -s "$TMP/wrong.1" ] || [ -s "$TMP/wrong.2" ]; then echo "not ok - an odd capture gives a report, or one clear error"
else echo "ok - an odd capture gives a report, or one clear error"; fi
if [ "$reported" -gt $(((last - first + 1) / 2)) ]; then echo "ok - most odd captures can be reported"; else echo "not ok - most odd captures can be reported"; fi
