#!/usr/bin/env bash
# also: root
# timeout: 720
# `tcpstate lab nat`: three recordings told as one connection across the translation; clocks that
# disagree are set by causality.
set -u
. tests/lib.sh
. tests/netns/moved.sh
succeeds() { local sentence=$1; shift; if "$@" >/dev/null; then good "$sentence"; else bad "$sentence"; fi; }
lacks() { local sentence=$1; shift; if "$@"; then bad "$sentence"; else good "$sentence"; fi; }

unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit 0; }
dir=$TMP/nat
if "$TCPSTATE" lab nat --n 3 -o "$dir" >"$TMP/report" 2>"$TMP/errors"; then good "the experiment is green"
else bad "the experiment is green"; grep MISMATCH "$TMP/report"; tail -n 3 "$TMP/errors"; fi
"$TCPSTATE" report --format jsonl "$dir" >"$TMP/jsonl"
grep '"type":"path"' "$TMP/jsonl" >"$TMP/paths"

succeeds "a folder of recordings is reported as one" test "$(grep -c '"type":"manifest"' "$TMP/jsonl")" = 3
succeeds "each connection is one path" test "$(grep -c . "$TMP/paths")" = 3
hop() { echo "\"run\":\"$1\",\"connection\":[0-9]*,\"t\":\"[0-9.]*\",\"client\":\"$2\",\"server\":\"10.2.0.2:12345\",\"client_local\":$3,\"server_local\":$4,\"translated\":$5"; }
succeeds "it goes from the client through both sides of the router to the server, each with its 4-tuple" grep -q "$(hop "$dir/client" 10.1.0.2:22535 true false false
	)},{$(hop "$dir" 10.1.0.2:22535 false false false)},{$(hop "$dir" 10.2.0.1:22535 true false true)},{$(hop "$dir/server" 10.2.0.1:22535 false true false)}" "$TMP/paths"
for client in 10.1.0.3 10.1.0.4; do
	succeeds "the second of two equal ports is translated to another one ($client)" awk -v client="\"client\":\"$client:22535\"" \
		'index($0, client) && !/"client":"10.2.0.1:22535"/ && /"client":"10.2.0.1:[0-9]+"/ { found = 1 } END { exit !found }' "$TMP/paths"
done
lacks "the router has no socket" grep '"type":"sample","run":"'"$dir"'",' "$TMP/jsonl"
succeeds "clocks of one machine stand as they are" test "$(grep -c '"type":"clock".*"shift_ns":0,.*"consistent":true' "$TMP/jsonl")" = 2
"$TCPSTATE" report --format jsonl "$dir/client" "$dir" "$dir/server" >"$TMP/named"
succeeds "what is named by itself is not taken again from the folder" test "$(grep -c '"type":"manifest"' "$TMP/named")" = 3
succeeds "the order in which recordings are named does not matter" test "$(grep -o '"hops".*' "$TMP/paths")" = "$(grep -o '"type":"path".*' "$TMP/named" | grep -o '"hops".*')"
"$TCPSTATE" report "$dir" >"$TMP/text"
succeeds "a ladder shows each SYN at each of the four places" test "$(grep -cE ' SYN_SENT .* +[0-9]+ +.. SYN .+[0-9]+ .+ [0-9]+ .+ [0-9]+ +. SYN_RECV$' "$TMP/text")" = 3
succeeds "a card calls a connection by its path, whose name leads to its ladder" grep -q \
	"class='ans[^>]*>.*sent its FIN first, in <a href='#p1' data-c='p1'>P1</a>" <("$TCPSTATE" report --lang en --format html "$dir")
"$TCPSTATE" report --format jsonl "$dir/client" "$dir/server" | grep '"type":"path"' >"$TMP/blind"
succeeds "without the router's recording the two ends are matched all the same" test "$(grep -c "\"hops\":\[{$(hop "$dir/client" 10.1.0.2:22535 true false false
	)},{$(hop "$dir/server" 10.2.0.1:22535 false true true)}\]" "$TMP/blind")" = 1
"$TCPSTATE" report --format jsonl "$dir/wire.pcap" | grep '"type":"path"' >"$TMP/alone"
succeeds "the router's capture alone shows what it translated" test "$(grep -c '"translated":true' "$TMP/alone")" = 3

# Another clock: all packets of the server's capture moved.
for by in -7 +7; do
	mkdir "$TMP/moved$by" && cp "$dir/server/wire.pcap" "$TMP/moved$by" && moved_packets "$TMP/moved$by/wire.pcap" $by
	"$TCPSTATE" report --format jsonl "$dir/client" "$TMP/moved$by" >"$TMP/jsonl$by"
	succeeds "a clock $by s off is found by causality, to the microseconds" awk -v want=$((-by)) '/"type":"clock"/ {
		match($0, /"shift_ns":-?[0-9]+/); off = substr($0, RSTART + 11, RLENGTH - 11) - want * 1e9
		match($0, /"low_ns":-?[0-9]+/); low = substr($0, RSTART + 9, RLENGTH - 9) + 0
		match($0, /"high_ns":-?[0-9]+/); high = substr($0, RSTART + 10, RLENGTH - 10) + 0
		found = low <= want * 1e9 && high >= want * 1e9 && off >= -(high - low) && off <= high - low && high - low < 5e7 } END { exit !found }' "$TMP/jsonl$by"
	succeeds "and nothing is received before it was sent ($by s)" awk '/"type":"path"/ {
		n = 0; while (match($0, /"connection":[0-9]+,"t":"[0-9.]+"/)) { t = substr($0, RSTART, RLENGTH); sub(/.*"t":"/, "", t); t += 0; n++
			if (n > 1 && t < last) bad = 1
			last = t; $0 = substr($0, RSTART + RLENGTH) } all += n } END { exit bad || all < 6 }' "$TMP/jsonl$by"
done
