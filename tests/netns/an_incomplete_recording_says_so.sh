#!/usr/bin/env bash
# Whatever ends a recorder, what was written stays, the recorder fails with one error, and the
# report's verdict begins with what is missing.
# also: root
# timeout: 720
# needs: user namespaces
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs
check() {       # sentence, a condition
	if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n' "$1" "$2"; cat err report.txt 2>/dev/null | head -40; fi
}
await() { local i; for ((i = 0; i < 400; i++)); do "$@" && return; sleep 0.05; done; return 1; }
verdict() {     # what the verdict of a recording begins with
	"$TCPSTATE" report --summary "$1" >report.txt 2>&1
	sed -n '/^  [^ ] /{s/^  [^ ] //;p;n;/^    [^ ]/p;q}' report.txt | tr -s ' \n' ' '
}
one_error() { [ "$(grep -c 'tcpstate record: ' err)" = 1 ]; }
cat >traffic.sh <<'END'
echo_server --port 12345 </dev/null >/dev/null 2>&1 &
tcpstate wait tcp port 12345 LISTEN
touch "$1"
printf -v long '%1500s' ''
for ((i = 0; i < ${2-100000}; i++)); do echo_client --port 12345 --send "${long// /x}" --send bye >/dev/null 2>&1; done
END
begin() {       # name [command in front]
	"${@:2}" "$TCPSTATE" record -o "$1" -- bash traffic.sh "$1.go" >out 2>err &
	pid=$!
	await test -e "$1.go"
	await eval "[ \$(stat -c %s '$1/wire.pcap') -gt 10000 ]"
}

"$TCPSTATE" record -o whole -- bash traffic.sh whole.go 3 2>err; status=$?
check "an orderly end is a fact, with what was written" '[ $status = 0 ] && tail -n 1 whole/facts.jsonl | grep -q "\"type\":\"end\".*\"how\":\"orderly\".*\"packets\":[1-9]"'
check "and no word of it in the verdict" '[[ $(verdict whole) != *incomplete* ]]'
check "JSON says that it is complete" '"$TCPSTATE" report --format jsonl whole | grep -q "\"end\":\"orderly\",\"incomplete\":false"'

cp -r whole cut && truncate -s $(($(stat -c %s whole/wire.pcap) / 2)) cut/wire.pcap
check "packets that are no longer there are counted first" '[[ $(verdict cut) =~ ^"The recording is incomplete: "[0-9]+" of "[0-9]+" packets" ]]'
cp -r whole short && size=$(stat -c %s whole/diag.pcap) && truncate -s $((size - 100)) short/diag.pcap
check "and so are netlink messages" '[[ $(verdict short) == "The recording is incomplete: "* ]]'
cp -r whole without && rm without/wire.pcap
check "a file that is gone is counted, too" '[[ $(verdict without) =~ ^"The recording is incomplete: 0 of "[0-9]+" packets" ]]'
for how in missing empty; do
	cp -r whole $how && rm $how/facts.jsonl
	[ $how = missing ] || : >$how/facts.jsonl
	check "a recording whose facts.jsonl is $how is incomplete" '[[ $(verdict $how) == "The recording is incomplete: its facts.jsonl is missing or empty"* ]]'
done
# told WHAT ends: the last line of the facts is that instead
told() {
	rm -rf odd && cp -r whole odd && sed -i '$d' odd/facts.jsonl
	printf '{"type":"end","t":"1795393734.100000000",%s}\n' "$1" >>odd/facts.jsonl
}
told '"how":"orderly","packets":1,"messages":1'
check "more than was recorded is no part of it" '[[ $(verdict odd) == "The files of the recording do not belong together: 1 packets"* ]]'
for end in '"how":"martian","packets":1,"messages":1' '"how":"signal","signal":999,"packets":1,"messages":1' '"how":"error","packets":1,"messages":1'; do
	told "$end"
	check "an end that is not understood is none ($end)" '[[ $(verdict odd) == "The recording is incomplete: the recorder was killed"* ]]'
done
"$TCPSTATE" record --calls --no-page -o called -- bash traffic.sh called.go 2 >out 2>err
if grep -q '"calls":[1-9]' called/facts.jsonl; then
	check "calls are counted, too" '[[ $(verdict called) != *incomplete* ]]'
	sed -i '$d' called/calls.jsonl
	check "and one that is no longer there is missed" '[[ $(verdict called) =~ ^"The recording is incomplete: "[0-9]+" of "[0-9]+" lines of calls.jsonl" ]]'
	rm called/calls.jsonl
	check "as all of them are" '[[ $(verdict called) =~ ^"The recording is incomplete: 0 of "[0-9]+" lines of calls.jsonl" ]]'
else
	echo "skip - calls cannot be recorded here"
fi
sed -i '$d' cut/facts.jsonl
check "a recording whose end is missing says that its recorder was killed" '[[ $(verdict cut) == "The recording is incomplete: the recorder was killed"* ]]'

begin killed
kill -KILL $pid; wait $pid 2>/dev/null
check "so does one whose recorder really was" '[[ $(verdict killed) == "The recording is incomplete: the recorder was killed"* ]]'

begin told
kill -TERM $pid; wait $pid; status=$?
check "a recorder told to end by a signal says so, and is complete" '[ $status != 0 ] && tail -n 1 told/facts.jsonl | grep -q "\"how\":\"signal\",\"signal\":15" && [[ $(verdict told) != *incomplete* ]] && grep -q "told to end by signal 15" report.txt'

begin full bash -c 'ulimit -f 200; exec "$@"' -
wait $pid; status=$?
check "a file size limit is one error and exit 1" '[ $status = 1 ] && one_error && grep -q "File too large; what was recorded until then is kept" err'
check "what was written until then stays, in whole records" '"$TCPSTATE" report --summary full >report.txt && tshark -r full/wire.pcap >frames 2>tshark.err && [ "$(wc -l <frames)" -gt 20 ] && ! grep -q "cut short" tshark.err'
check "and the verdict begins with it" '[[ $(verdict full) == "The recording is incomplete, it broke off: "*"File too large"* ]]'

cat >on_a_small_disk.sh <<'END'
mount -t tmpfs -o size=512k tmpfs "$TMP/small" || exit 77
"$TCPSTATE" record -o "$TMP/small/rec" -- bash traffic.sh "$TMP/small.go"; status=$?
cp -r "$TMP/small/rec" "$TMP/disk"
exit $status
END
mkdir small
unshare -Urm bash on_a_small_disk.sh >out 2>err; status=$?
if [ "$status" = 77 ]; then echo "skip - no file system can be mounted here, so no disk be filled"
else
	check "a full disk is one error and exit 1" '[ $status = 1 ] && one_error && grep -q "No space left on device; what was recorded until then is kept" err'
	check "and the verdict of what fitted begins with it" '[[ $(verdict disk) == "The recording is incomplete"* ]]'
fi

begin gone
rm -r gone
wait $pid; status=$?
check "a removed directory is one error and exit 1, soon" '[ $status = 1 ] && one_error && grep -q "was removed while it was being written" err'
begin moved
mv moved elsewhere
kill -TERM $pid; wait $pid
check "a renamed directory is no loss" 'tail -n 1 elsewhere/facts.jsonl | grep -q "\"how\":\"signal\"" && ! grep -q removed err'
