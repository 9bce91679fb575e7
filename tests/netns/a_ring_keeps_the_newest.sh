#!/usr/bin/env bash
# also: root
# `record --ring SIZE,N`: the disk holds no more than that, the newest is there with its listener
# and owners, and every reader of a recording takes the files for one; also after a kill.
set -u
. tests/lib.sh
needs_sealing
PATH=$BUILD:$BUILD/labs:$PATH

# Connections until the ring has come round: wire.1.pcap is of the second turn, or a later one.
cat >"$TMP/traffic" <<'END'
turn() { local turn=$(od -A n -t u4 -j 12 -N 4 "$1/wire.1.pcap" 2>/dev/null | tr -d ' '); echo "${turn:-0}"; }
mkfifo "$1.fifo" && exec 9<>"$1.fifo"
echo_server <&9 &
tcpstate wait --timeout 30 src port 12345 LISTEN=1
n=0
until grep -q '"program":"echo_server"' "$1/facts.jsonl" || [ $((n += 1)) -gt 1000 ]; do sleep 0.05; done
"$2" 5000 500 60 &
traffic=$!
n=0
until [ "$(turn "$1")" -ge 4 ] || [ $((n += 1)) -gt 1000 ]; do sleep 0.05; done
echo >"$1.round"
[ -z "${3-}" ] || sleep 1000
kill $traffic
wait $traffic
echo_client --bind 40001 --count 1 <&9 &
tcpstate wait --timeout 30 dst port 12345 ESTABLISHED=1
exit 0
END
tcpstate record --ring 64K,3 -o "$TMP/run" -- bash "$TMP/traffic" "$TMP/run" "$BUILD/tests/bench/connections" >"$TMP/out" 2>"$TMP/err"
is "the recording ends well" 0 $?
is "a ring of three has three files of each" "diag.1.pcap diag.2.pcap diag.pcap wire.1.pcap wire.2.pcap wire.pcap" "$(cd "$TMP/run" && echo *.pcap)"
recorded=$(sed -nE 's/.*: ([0-9]+) packets.*/\1/p' "$TMP/err")
bytes=$(cat "$TMP"/run/*.pcap | wc -c)
# what comes between two looks at its size is beyond it: each file may hold a buffer more
holds "it holds no more than it may ($bytes bytes)" '[ "$bytes" -le $((3 * (65536 + 2 * 262144))) ]'

report() { tcpstate report --format jsonl "$@"; }
report "$TMP/run" >"$TMP/report"
is "a report reads all of it" 0 $?
manifest=$(grep -m 1 '"type":"manifest"' "$TMP/report")
packets=$(sed -nE 's/.*"packets":([0-9]+).*/\1/p' <<<"$manifest" | head -n 1)
holds "the oldest packets are gone, the newest are there ($packets of $recorded)" '[ "$packets" -gt 0 ] && [ "$packets" -lt "$recorded" ]'
holds "nothing else is missing" '! grep -q "\"incomplete\":true" <<<"$manifest"'
holds "the report says from when" 'tcpstate report "$TMP/run" | grep -q "recorded into a ring: packets and the kernel.s answers from before [0-9:]* UTC"'
is "the newest connection is whole" "client server" \
	"$(grep '"type":"transition"' "$TMP/report" | grep ':40001"' | grep '"to":"ESTABLISHED"' | sed -E 's/.*"role":"([a-z]*)".*/\1/' | sort | tr '\n' ' ' | sed 's/ $//')"
holds "a listener from before is known, and who held it" 'grep "\"type\":\"listener\"" "$TMP/report" | grep ":12345\"" | grep -q "\"program\":\"echo_server\""'
frames=$(grep '"type":"transition"' "$TMP/report" | sed -nE 's/.*"frame":([0-9]+).*/\1/p' | sort -n | tail -n 1)
holds "frames are counted through the files" '[ "${frames:-0}" -gt 0 ] && [ "$frames" -le "$packets" ]'

# ---- the other readers ----
serial=$(grep '"type":"connection"' "$TMP/report" | grep ':40001"' | sed -nE 's/.*"connection":([0-9]+).*/\1/p' | head -n 1)
holds "--connection finds the newest" 'tcpstate report --connection "$serial" "$TMP/run" | grep -q "127.0.0.1:40001"'
tcpstate report --format pcapng -o "$TMP/run.pcapng" "$TMP/run"
is "pcapng has its packets and answers" "$((packets + $(sed -nE 's/.*"diag_messages":([0-9]+).*/\1/p' <<<"$manifest" | head -n 1)))" "$(tshark -r "$TMP/run.pcapng" -T fields -e frame.number 2>/dev/null | wc -l)"
tcpstate pack "$TMP/run" -o "$TMP/run.tar.zst" >/dev/null
same_but_name() { sed -E 's/"run":"[^"]*"//g; s/"(name|path)":"[^"]*"//g' "$1" | grep -v '"type":"manifest"'; }
report "$TMP/run.tar.zst" >"$TMP/packed"
is "packed it is the same recording" "$(same_but_name "$TMP/report" | cksum)" "$(same_but_name "$TMP/packed" | cksum)"
holds "top plays it" 'tcpstate top --once "$TMP/run" | grep -q 12345'

# ---- a piece that is damaged ----
for harm in 'truncate -s 0' 'truncate -s 10' 'truncate -s 2000' rm; do
	for piece in wire.pcap wire.1.pcap wire.2.pcap diag.1.pcap; do
		rm -rf "$TMP/harmed" && cp -r "$TMP/run" "$TMP/harmed"
		size=$(stat -c %s "$TMP/run/$piece")
		# a piece whose turn has just begun may hold no record yet: nothing is missing with it
		[ "$size" -gt 24 ] || continue
		[ "$harm" != 'truncate -s 2000' ] || [ "$size" -gt 2000 ] || continue
		$harm "$TMP/harmed/$piece"
		tcpstate report --summary "$TMP/harmed" 2>&1 | grep -m 1 '^  [^ ] ' | grep -q 'The recording is incomplete: ' ||
			bad "($harm $piece)"
	done
done
good "the verdict begins with what a damaged or missing piece of the ring leaves out"

# ---- a kill ----
tcpstate record --ring 64K,3 -o "$TMP/killed" -- bash "$TMP/traffic" "$TMP/killed" "$BUILD/tests/bench/connections" stay >/dev/null 2>&1 &
recorder=$!
comes test -e "$TMP/killed.round" || bad "the ring comes round"
kill -9 $recorder
wait $recorder 2>/dev/null
report "$TMP/killed" >"$TMP/killed.report" 2>"$TMP/killed.err"
is "a killed one is read, too" 0 $?
holds "with the packets that it holds" 'grep -q "\"type\":\"transition\".*\"frame\":[0-9]" "$TMP/killed.report"'

# ---- a ring too small for a dump of all sockets ----
tcpstate record --ring 64K,2 -o "$TMP/small" -- "$BUILD/tests/bench/connections" 5000 500 3 >/dev/null 2>"$TMP/small.err"
rows=$(sed -nE 's/.* ([0-9]+) kernel rows?,.*/\1/p' "$TMP/small.err")
holds "dumps alone do not keep it turning ($rows rows of 1,500 connections)" '[ "${rows:-99999}" -le 22500 ]'

# ---- a stranger's ----
mkdir "$TMP/huge" && cp "$TMP"/run/*.pcap "$TMP/huge"
truncate -s 3G "$TMP/huge/wire.2.pcap"
report "$TMP/huge" >/dev/null 2>"$TMP/huge.err"
is "files too large to be a ring's are refused" "1 1" "$? $(grep -c 'putting the ring together' "$TMP/huge.err")"

# ---- arguments ----
for wrong in 1K 20M,1 20M,101 x "20M," 600M,2; do
	tcpstate record --ring "$wrong" -o "$TMP/wrong" >/dev/null 2>"$TMP/wrong.err"
	is "--ring $wrong is refused" "2 1" "$? $(grep -c 'wanted: SIZE' "$TMP/wrong.err")"
done
