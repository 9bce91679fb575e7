#!/usr/bin/env bash
# A capture whose every flow contradicts itself all the time: what one packet costs, of the whole
# program's CPU time, beside a packet of an ordinary capture in the same run, in turn. It may not
# cost many times as much, nor more when the capture is longer. The goal is 1 us. (make check: half as
# many packets, three rounds.)
# alone
# timeout: 960
set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
TIMEFORMAT='%3U %3S'
times_more=7 rounds=3 packets=50000
[ -z "${LONG-}" ] || rounds=4 packets=100000
spent() {       # FILE: ms of CPU that its report takes
	local user system
	read -r user system < <({ time "$TCPSTATE" report "$1" >/dev/null 2>>"$TMP/err"; } 2>&1)
	echo $((10#${user/./} + 10#${system/./}))
}
packets() { # FILE of nanosecond pcap: how many it has
	"$BUILD/tests/bench/bare_loop" "$1" | sed 's/[^0-9].*//'
}
"$BUILD/tests/golden/mkodd" --adversarial $packets "$TMP/few" &&
	"$BUILD/tests/golden/mkodd" --adversarial $((packets * 4)) "$TMP/many" &&
	"$BUILD/tests/bench/captures" short $((packets * 2 / 5)) "$TMP/ordinary" || exit 1
declare -A best=() count=()
for file in few many ordinary; do count[$file]=$(packets "$TMP/$file"); done
for ((round = 0; round < rounds; round++)); do
	for file in few many ordinary; do
		ms=$(spent "$TMP/$file")
		[ "${best[$file]-}" ] && [ "${best[$file]}" -le "$ms" ] || best[$file]=$ms
	done
done
ns=()
for file in few many ordinary; do ns+=($((best[$file] * 1000000 / count[$file]))); done
few=${ns[0]} many=${ns[1]} ordinary=${ns[2]}
if [ -s "$TMP/err" ]; then cat "$TMP/err"; echo "not ok - an adversarial capture is reported"; else echo "ok - an adversarial capture is reported"; fi
echo "# $few ns a packet of $packets, $many ns of $((packets * 4)) (goal: 1000); an ordinary packet: $ordinary ns"
verdict() { # CONDITION NAME
	if (($1)); then echo "ok - $2"; else echo "not ok - $2: $few and $many ns; an ordinary packet: $ordinary ns"; fi
}
verdict "many <= ordinary * times_more" "an adversarial packet costs at most $times_more ordinary ones"
verdict "many <= few * 2 + 100" "four times the packets cost four times as much"
