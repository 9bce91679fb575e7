#!/usr/bin/env bash
# The runner itself: everything is counted once, nothing that went wrong is taken for good.
set -u
unset LONG      # make coverage asks all tests for more
tree=$TMP/tree
mkdir -p "$tree"/tools "$tree"/tests/{unit,cli,netns} "$tree"/build/tests/unit "$tree"/build/asan/tests/unit
cp tests/run "$tree/tests/run"
cp tools/lib.sh "$tree/tools/lib.sh"

script() { printf '#!/bin/sh\n%s\n' "$2" >"$tree/tests/$1"; chmod +x "$tree/tests/$1"; }
run() { output=$(cd "$tree" && tests/run "$@" 2>&1); status=$?; last=${output##*$'\n'}; }
expect() {      # sentence, exit status, last line
	if [ "$status" = "$2" ] && [ "$last" = "$3" ]; then echo "ok - $1"
	else printf 'not ok - %s: expected exit %s and "%s"; exit %s and:\n%s\n' "$1" "$2" "$3" "$status" "$output"; fi
}
says() { if [[ $output == *"$2"* ]]; then echo "ok - $1"; else printf 'not ok - %s: no "%s" in:\n%s\n' "$1" "$2" "$output"; fi; }

run; expect "no test at all is a failure" 1 "tests/run: no test of that name"
script cli/good.sh 'echo "ok - one"; echo "skip - no such thing here"; echo "ok - two"'
run; expect "results are counted one by one" 0 "2 passed, 0 failed, 1 skipped"
says "a skip's reason is shown" "skip - no such thing here"
script cli/bad.sh 'echo "ok - three"; echo "the cause"; echo "not ok - four"'
run; expect "a failed result is a failure, whatever the exit status" 1 "3 passed, 1 failed, 1 skipped"
says "the output of a failed test is shown" "the cause"
says "what failed is told again at the end" "failed: tests/cli/bad.sh: not ok - four
3 passed,"
script cli/bad.sh 'echo "ok - three"; exit 3'
run; expect "a bad exit status is a failure, whatever was printed" 1 "3 passed, 1 failed, 1 skipped"
script cli/bad.sh 'true'
run; expect "a silent test is a failure" 1 "2 passed, 1 failed, 1 skipped"
script cli/bad.sh '# timeout: 1
echo "ok - three"; exec sleep 60'
run; expect "a test that does not end is a failure" 1 "3 passed, 1 failed, 1 skipped"
says "a test that does not end is named with its limit" "failed: tests/cli/bad.sh: not finished after 1 s"
script cli/bad.sh 'echo "1..3"; echo "ok 1 - a"'
run; expect "a planned result that is missing is a failure" 1 "3 passed, 1 failed, 1 skipped"
script cli/bad.sh 'echo "ok - three"'
chmod -x "$tree/tests/cli/bad.sh"
run; expect "a script that lost its execute bit is a failure" 1 "2 passed, 1 failed, 1 skipped"
rm "$tree/tests/cli/bad.sh"
echo 'helper=1' >"$tree/tests/cli/lib.sh"
run; expect "a file for sourcing is no test" 0 "2 passed, 0 failed, 1 skipped"

echo 'five | the rule is missing' >"$tree/tests/KNOWN_FAILING"
script cli/known.sh 'echo "ok - three"; echo "not ok - five (IPv6): was 4"; exit 1'
run; expect "a result known to fail is a skip" 0 "3 passed, 0 failed, 2 skipped"
says "what is known to fail is told with its reason" "skip - five (IPv6): was 4 (known to fail: the rule is missing)"
script cli/known.sh 'echo "ok - three"; echo "ok - five (IPv6)"'
run; expect "a result listed as failing that holds is a failure" 1 "3 passed, 1 failed, 1 skipped"
says "the line that is to go is named" "take it out of tests/KNOWN_FAILING: five"
script cli/known.sh 'echo "not ok - five"; echo "not ok - fives"; exit 2'
run; expect "only the result that is listed is let through" 1 "2 passed, 1 failed, 2 skipped"
echo 'five | sometimes the rule comes late' >"$tree/tests/KNOWN_FAILING"
script cli/known.sh 'echo "ok - five (IPv4)"; echo "not ok - five (IPv6)"; exit 1'
run; expect "what fails sometimes may hold" 0 "3 passed, 0 failed, 2 skipped"
rm "$tree/tests/cli/known.sh" "$tree/tests/KNOWN_FAILING"

script cli/parts.sh '# shards: 3
echo "ok - part $SHARD"; echo "skip - told by $SHARD"'
run parts; expect "a test in parts is run once for each" 0 "3 passed, 0 failed, 3 skipped"
says "each part knows which it is" "skip - told by 3/3"
rm "$tree/tests/cli/parts.sh"

script netns/slow.sh '# long
echo "ok - took minutes"'
run; expect "a long test is left out" 0 "2 passed, 0 failed, 1 skipped"
says "a long test left out is named" "tests/netns/slow.sh"
run --long; expect "a long test runs with --long" 0 "3 passed, 0 failed, 1 skipped"
rm "$tree/tests/netns/slow.sh"
script cli/more.sh 'echo "ok - one"; [ -z "$LONG" ] || echo "ok - more"'
run more; expect "a test is told that it is to be short" 0 "1 passed, 0 failed, 0 skipped"
run more --long; expect "and that it need not" 0 "2 passed, 0 failed, 0 skipped"
rm "$tree/tests/cli/more.sh"

touch "$tree/tests/unit/test_a.c"
run; expect "a unit test that is not built is a failure" 1 "2 passed, 1 failed, 1 skipped"
unit='printf "1..2\nok 1 - a\nok 2 # SKIP b\n"'
script unit/test_a "$unit"; mv "$tree/tests/unit/test_a" "$tree/build/tests/unit/"
cp "$tree/build/tests/unit/test_a" "$tree/build/asan/tests/unit/"
run; expect "TAP is counted likewise" 0 "3 passed, 0 failed, 2 skipped"
script unit/test_a "$unit; echo 'ok - without'"; mv "$tree/tests/unit/test_a" "$tree/build/tests/unit/"
run --sanitized build/asan; expect "unit tests that are there with sanitizers run so" 0 "3 passed, 0 failed, 2 skipped"
run --sanitized build/asan --long; expect "and without, too, with --long" 0 "5 passed, 0 failed, 3 skipped"
run unit; expect "a name selects" 0 "2 passed, 0 failed, 1 skipped"

# One test more than are begun in any case, each of which waits until all are there at once. What the
# kernel says of load and idle processors is played.
n=$(($(nproc) > 1 ? 5 : 4))
for ((i = 1; i <= n; i++)); do
	script "cli/meets_$i.sh" 'touch "$MEET/$$"
for i in $(seq "$TRIES"); do
	set -- "$MEET"/[0-9]*
	[ $# -lt '$n' ] || touch "$MEET/met"
	[ ! -e "$MEET/met" ] || { echo "ok - met"; exit; }
	sleep 0.05
done
rm "$MEET/$$"
echo "not ok - alone"'
done
sed -i "s|/proc/stat|$TMP/stat|; s|/proc/loadavg|$TMP/loadavg|" "$tree/tests/run"
echo '0.50 0.50 0.50 1/100 1' >"$TMP/loadavg"
meet() {        # by how many hundredths of a second the processors' idle time grows in a twentieth; tries
	local idle=0
	mkdir "$TMP/meet.$1"
	while echo "cpu 1 1 1 $((idle += $1)) 1 1" >"$TMP/now" && mv "$TMP/now" "$TMP/stat"; do sleep 0.05; done &
	while ! [ -e "$TMP/stat" ]; do sleep 0.05; done
	MEET=$TMP/meet.$1 TRIES=$2 run meets
	kill $! && wait $! 2>/dev/null
}
meet 100 600; expect "while processors are idle more tests run side by side" 0 "$n passed, 0 failed, 0 skipped"
meet 0 40; expect "and while they are not, no more" 1 "0 passed, $n failed, 0 skipped"
cp tests/run "$tree/tests/run"
rm "$tree"/tests/cli/meets_*

script cli/good.sh 'sleep 300 & echo "not ok - left $!"'
run good
left=$(sed -n 's/.*not ok - left //p' <<<"$output")
lives() { grep -qsE '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$left/status"; }
for _ in $(seq 100); do lives || break; sleep 0.02; done        # a killed process takes its time
if [ -n "$left" ] && ! lives; then echo "ok - what a test leaves behind is ended"
else echo "not ok - process '$left' outlived its test"; fi

script cli/good.sh 'test -d "$TMP" && test -z "$(ls "$TMP")" && touch "$TMP/mine" && test "$BUILD" = "$PWD/build" && echo "ok - $TMP"'
run good; expect "a test gets an empty folder of its own" 0 "1 passed, 0 failed, 0 skipped"
if [ "$(id -u)" = 0 ]; then
	script cli/good.sh '# also: user
echo "ok - uid $(id -u)"; test -w "$TMP"'
	chmod 711 "$TMP"
	run good; expect "as root a test may ask to run as an ordinary user too" 0 "2 passed, 0 failed, 0 skipped"
	sed -i 's/also: user/also: root/' "$tree/tests/cli/good.sh"
	run good; expect "or, in short, as an ordinary user only" 0 "1 passed, 0 failed, 0 skipped"
	if setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all unshare -Urn true 2>/dev/null; then
		run good --long; expect "who is joined by root with --long" 0 "2 passed, 0 failed, 0 skipped"
	else
		run good --long; expect "who gives way to root where no user may make namespaces" 0 "1 passed, 0 failed, 0 skipped"
	fi
else
	echo "skip - not root: no second pass as an ordinary user to look at"
fi
