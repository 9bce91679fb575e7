#!/usr/bin/env bash
# Public captures are often compressed: read as they are, told where they break off, and no larger
# than a stranger's file may become.
set -u
. tests/lib.sh
"$BUILD/tests/golden/mkpcap" tests/golden/captures/handshake-and-close.txt "$TMP/plain.pcap" || exit 1
cd "$TMP" || exit 1
report() { "$TCPSTATE" report --no-pager "$@" 2>err; }
report plain.pcap >plain.txt || exit 1
# what differs is the name, and the line below its length
same() { cmp <(sed "s/$1/plain.pcap/" out) plain.txt; }

compressors=(gzip zstd xz bzip2 lz4)
for compressor in "${compressors[@]}"; do
	name="a capture that $compressor has compressed is read"
	if ! command -v "$compressor" >/dev/null; then
		echo "skip - $name: no $compressor here"
		continue
	fi
	"$compressor" -c plain.pcap >"small.$compressor"
	report "small.$compressor" >out
	is "$name" "0 same" "$? $(same "small.$compressor" && echo same)"
done

"$BUILD/tests/bench/captures" short 2000 many.pcap && gzip -c many.pcap >whole.gz || exit 1
head -c $(($(stat -c %s whole.gz) - 12)) whole.gz >cut.gz
report cut.gz >out
like "one that breaks off is read up to there, and told" "^0 .*cut" "$? $(cat out)"

{ printf '\037\213\010'; head -c 2000 /dev/urandom; } >noise.gz
report noise.gz >out
is "noise is refused by name" "1 1" "$? $(grep -c '^tcpstate report: noise.gz: ' err)"
echo hello | gzip >text.gz
report text.gz >out
is "a compressed text is neither capture nor archive" "1 1" "$? $(grep -c 'text.gz: not an archive' err)"
{ cat plain.pcap; head -c $((300 << 20)) /dev/zero; } | gzip -1 >bomb.gz
report bomb.gz >out
is "one that grows beyond the budget is refused with the remedy" "1 1" "$? $(grep -c 'zcat FILE' err)"
gzip -dc whole.gz | "$TCPSTATE" report --no-pager - >out 2>err
is "and a pipe is read" 0 "$?"
cat whole.gz | "$TCPSTATE" report --no-pager - >out 2>err
is "a compressed one on a pipe is refused with the remedy" "1 1 1" \
	"$? $(wc -l <err) $(grep -c '^tcpstate report: standard input: compressed, .* zcat FILE | tcpstate report -$' err)"
for few in "" x; do
	printf %s "$few" | "$TCPSTATE" report --no-pager - >out 2>err
	is "and ${#few} bytes on a pipe are no capture" "1 1" "$? $(grep -c 'not a capture that can be read' err)"
done
