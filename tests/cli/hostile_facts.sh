#!/usr/bin/env bash
# Facts in numbers and shapes that no recorder writes cost time and memory as their length does, and
# a recording's filter asks nobody.
# timeout: 600
set -u
. tests/lib.sh
cd "$TMP" || exit 1
verdict() { if [ "$2" = 0 ]; then echo "ok - $1"; else printf 'not ok - %s (%s)\n' "$1" "${3-}"; head -c 2000 out; cat err; fi; }
mkdir r
manifest='{"type":"manifest","format":1,"t":"1795393734.000000000"}'
# Limits in KiB of address space and s of CPU time; a build with sanitizers needs more of both.
limits() { ulimit -t ${CPU-20}; grep -q __asan_init "$TCPSTATE" || ulimit -v 400000; }
report() { (limits; timeout -s KILL 60 "$TCPSTATE" report "$@" r) >out 2>err; }
facts() { { echo "$manifest"; awk "BEGIN { for (i = 0; i < $1; i++) printf \"$2\", $3 }"; } >r/facts.jsonl; }

facts 40000 '{\"type\":\"mark\",\"t\":\"1795393734.%09d\",\"text\":\"m%d\"}\n{\"type\":\"counter\",\"t\":\"1795393734.%09d\",\"name\":\"TcpExtListenOverflows\",\"value\":1,\"delta\":1}\n' 'i * 10, i, i * 10 + 5'
mv r/facts.jsonl marks
facts 40000 '{\"type\":\"check\",\"t\":\"1795393734.%09d\",\"name\":\"c\",\"cell\":{\"a\":\"%d\",\"b\":\"%d\"},\"predicted\":\"1\",\"measured\":\"2\",\"match\":false}\n' 'i, i, i'
mv r/facts.jsonl checks
facts 200000 '{\"type\":\"owner\",\"t\":\"1795393734.%09d\",\"inode\":%d,\"pid\":%d,\"program\":\"p\"}\n' 'i, i + 1, i % 1000'
mv r/facts.jsonl owners
hows=("" "--format jsonl")
! long || hows+=(--all --summary)
for how in "${hows[@]}"; do
	cp marks r/facts.jsonl
	report $how
	verdict "40,000 marks with a counter each (report $how)" $?
	cp checks r/facts.jsonl
	report $how
	verdict "40,000 checks, each with values of its own (report $how)" $?
	cp owners r/facts.jsonl
	report $how
	verdict "200,000 owners (report $how)" $?
done
facts 200000 '{\"type\":\"counter\",\"t\":\"1795393734.%09d\",\"name\":\"c%d\",\"value\":9223372036854775807,\"delta\":9223372036854775807}\n' 'i, i % 3'
report
verdict "counters whose sum overflows" $?
{ echo "$manifest"; printf '{"type":"mark","t":"1795393734.000000001","text":"'; head -c 450000000 /dev/zero | tr '\0' a; printf '"}\n{"type":"mark","t":"1795393734.000000002","text":"behind it"}\n'; } >r/facts.jsonl
report && grep -q "behind it" out && grep -q "1 line" out
verdict "a line of 450 MB is passed over, and what follows is read" $?
{ echo "$manifest"; head -c 1000000 /dev/zero | tr '\0' '['; printf '\n{"type":"mark","t":"1795393734.000000002","text":"behind it"}\n'; } >r/facts.jsonl
report && grep -q "behind it" out
verdict "a million brackets are passed over" $?
printf '{"type":"manifest","format":1,"t":"1795393734.000000000","addresses":[%s"10.0.0.1"]}\n' "$(head -c 900000 /dev/zero | sed 's/\x00/"1.1",/g' | head -c 1000000 | sed 's/,[^,]*$/,/')" >r/facts.jsonl
report
verdict "a manifest of a megabyte" $?

filtered() { printf '{"type":"manifest","format":1,"t":"1795393734.000000000","filter":"%s"}\n' "$1" >r/facts.jsonl; }
filtered 'host nowhere.example.com'
report
[ $? = 1 ] && grep -q "no name server is asked" err
verdict "a recording's filter that names a host is refused" $?
filtered "$(for ((i = 1; i < 80; i++)); do printf 'port %d or ' $i; done; printf tcp)"
CPU=3 report
verdict "a filter of a thousand characters takes no time" $?
filtered "$(for ((i = 1; i < 350; i++)); do printf 'port %d or ' $i; done; printf tcp)"
report
[ $? = 1 ] && grep -q "are not taken" err
verdict "one that would take long is refused" $?
"$TCPSTATE" record -o never "$(for ((i = 1; i < 350; i++)); do printf 'port %d or ' $i; done; printf tcp)" -- touch ran >out 2>err
[ $? = 2 ] && [ ! -e ran ] && [ ! -e never ] && grep -q "a report could not read it again" err
verdict "and nothing is recorded by it" $?
filtered "$(head -c 100000 /dev/zero | tr '\0' '(')"
report
[ $? = 1 ] && grep -q "are not taken" err
verdict "a longer one is refused" $?
