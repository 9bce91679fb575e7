#!/usr/bin/env bash
# Every fuzz target, seeded with the golden captures and recordings, for a minute (SECONDS_EACH says
# otherwise) under ASan and UBSan.
# long
# alone
# timeout: 3600
set -u
command -v clang >/dev/null || { echo "skip - no clang here: libFuzzer comes with it"; exit 0; }
i=0 each=${SECONDS_EACH:-60}
make -s fuzz B="$BUILD" >"$TMP/make.log" 2>&1 || { cat "$TMP/make.log"; echo "not ok - the fuzz targets build"; exit 1; }
targets=$BUILD/fuzz/tests/fuzz

# ---- seeds ----
number() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))"; }
whole() {       # wire, diag, facts: a file for fuzz_recording
	local file
	for file in "$1" "$2" "$3"; do number "$(stat -c %s "$file")"; cat "$file"; done
}
mkdir "$TMP"/{segment,diagmsg,core,facts,filter,formula,recording,netlink,chat,tiles,unpack}
golden=tests/golden/recordings
for recording in "$golden"/*/; do
	name=$(basename "$recording") files=()
	for file in wire.pcap diag.pcap facts.jsonl; do
		files+=(/dev/null)
		[ ! -e "$recording/$file" ] || files[-1]=$recording/$file
	done
	whole "${files[@]}" >"$TMP/recording/$name"
	while read -r line; do
		printf '\0%s\n' "$line" >"$TMP/facts/$name-$i"
		i=$((i + 1))
	done <"${files[2]}"
done
for text in tests/golden/captures/*.txt; do
	"$BUILD/tests/golden/mkpcap" "$text" "$TMP/capture.pcap" 2>/dev/null || continue
	[ "$(stat -c %s "$TMP/capture.pcap")" -gt 60000 ] || whole "$TMP/capture.pcap" /dev/null /dev/null >"$TMP/recording/$(basename "$text")"
done
printf '%s' 'tcp port 12345 and host 10.0.0.2' >"$TMP/filter/a"
printf '%s' 'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src net 10.0.0.0/8' >"$TMP/filter/b"
printf '%s' 'min(n - 1, b + 1) .. max(4, htons(x)) * 2' >"$TMP/formula/a"
printf '\3name|text' >"$TMP/chat/a"
printf '\1{"type":"call","t":"1.000000000","call":"accept4","pid":1,"program":"x","fd":3}\n' >"$TMP/facts/call"
printf '\1{"id":"student1","name":"Ada","states":{"TIME_WAIT":3},"checks":3,"passed":2,"findings":["CLOSE_WAIT_HELD"]}\0\377\1' >"$TMP/tiles/a"
tar -cf "$TMP/unpack/tar" -C "$golden" "$name"
gzip -c "$TMP/unpack/tar" >"$TMP/unpack/gz"
for kind in tar.zst zip; do "$BUILD/tcpstate" pack "$golden/$name" -o "$TMP/unpack/$name.$kind" >/dev/null; done

run() {
	local name=$1
	[ -d "$TMP/$name" ] || mkdir "$TMP/$name"
	"$targets/fuzz_$name" -max_total_time="$each" -timeout=20 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="$TMP/$name-" "$TMP/$name" >"$TMP/$name.log" 2>&1
	if [ $? = 0 ]; then echo "ok - $name: $(awk '/number_of_executed_units/ { print $2 }' "$TMP/$name.log") executions in $each s" >"$TMP/$name.result"
	else
		{ tail -n 60 "$TMP/$name.log"; echo "not ok - $name"; } >"$TMP/$name.result"
		[ -z "${KEEP-}" ] || cp "$TMP/$name"-* "$KEEP"
	fi
}
names=()
for source in tests/fuzz/fuzz_*.c; do name=${source##*/fuzz_}; names+=("${name%.c}"); done
slots=$(nproc)
for i in "${!names[@]}"; do
	[ "$i" -lt "$slots" ] || wait -n
	run "${names[i]}" &
done
wait
cat "$TMP"/*.result
