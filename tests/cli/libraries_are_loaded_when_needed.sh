#!/usr/bin/env bash
# What many runs do not need is loaded by the run that does: libarchive and libmicrohttpd bring
# seventeen others with them, libpcap eight. Where one is missing, that run says so, and all others do
# not mind.
set -u
. tests/lib.sh
"$BUILD/tests/golden/mkpcap" tests/golden/captures/handshake-and-close.txt "$TMP/plain.pcap" || exit 1
mkdir "$TMP/lib" "$TMP/recording" && cd "$TMP" || exit 1
gzip -c plain.pcap >small.gz && cp small.gz recording/wire.pcap
tar -cf some.tar plain.pcap || exit 1

is "none of them is loaded at the start" 0 \
	"$(LD_TRACE_LOADED_OBJECTS=1 "$TCPSTATE" | grep -c -e libarchive -e libmicrohttpd -e libpcap)"
"$TCPSTATE" report --no-pager - <small.gz >out 2>err
is "one is in time for a compressed file that is standard input" "0 0" "$? $(wc -c <err)"
"$TCPSTATE" report --no-pager recording >out 2>err
is "and for one in a recording" 0 "$?"

# An empty file is found first, and is no library.
for library in libarchive.so.{12,13,14} libmicrohttpd.so.{11,12,13}; do : >"lib/$library"; done
lacking() { LD_LIBRARY_PATH=$TMP/lib "$TCPSTATE" "$@" 2>err; }
lacking report --no-pager plain.pcap >out
is "without them a plain capture is read" 0 "$?"
for file in small.gz recording some.tar; do
	lacking report --no-pager "$file" >out
	like "without libarchive $file is refused with the remedy" \
		"^1 tcpstate report: $file: is compressed, or an archive: libarchive cannot be loaded: .*libarchive13" \
		"$? $(cat err)"
done
lacking pack -o packed.zip recording >out
like "and nothing is packed" "^1 tcpstate pack: libarchive cannot be loaded: .*0\$" \
	"$? $(cat err) $(find . -name 'packed*' | wc -l)"

# libpcap is for what is not an ordinary capture.
for library in libpcap.so.{0.8,1}; do : >"lib/$library"; done
lacking report --no-pager plain.pcap >without
is "without libpcap an ordinary capture is read" 0 "$?"
"$TCPSTATE" report --no-pager plain.pcap >with 2>/dev/null
same "and told as with it" with without
mkdir kernel
cp plain.pcap kernel/wire.pcap
printf '{"type":"manifest","format":1,"t":"1.000000000"}\n' >kernel/facts.jsonl
needed() { # SENTENCE COMMAND...
	lacking "${@:2}" >out </dev/null
	like "$1" "^[12] tcpstate $2: .*libpcap cannot be loaded: .*libpcap0.8" "$? $(cat err)"
}
lacking list >out
is "sockets are listed" 0 "$?"
needed "but none is chosen by a filter" list port 1
printf '\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\1' >swapped.pcap
needed "a capture in the other byte order is refused with the remedy" report --no-pager swapped.pcap
"$TCPSTATE" report --no-pager swapped.pcap >out 2>&1
is "which is read with libpcap" 0 "$?"
printf '{"type":"manifest","format":1,"t":"1.000000000","filter":"port 1"}\n' >kernel/facts.jsonl
cp plain.pcap kernel/diag.pcap
needed "so is a recording with a filter" report --no-pager kernel
lacking wall --bind 127.0.0.1 --port 0 >out </dev/null
status=$? message=$(cat err)
if [[ $message == *built\ without* ]]; then
	echo 'skip - a wall says what is missing: built without libmicrohttpd'
else
	like "without libmicrohttpd there is no wall, and it says why" \
		"^1 tcpstate wall: libmicrohttpd cannot be loaded: .*libmicrohttpd12" "$status $message"
fi
