#!/usr/bin/env bash
# The records of an ordinary pcap file are taken where they lie (src/source/savefile.c), those of a
# pipe come from libpcap: both give the same report, or the same error, also of captures that are
# cut off, damaged or hostile.
set -u
. tests/lib.sh
export TZ=UTC NO_COLOR=1
file=$TMP/capture.pcap

# said FILE COMMAND...: what it printed, on both outputs, and how it ended
said() {
	local into=$1
	shift
	"$@" >"$into" 2>"$into.err"
	echo "exit $?" >>"$into"
	cat "$into.err" >>"$into"
}
# both WHAT: of $file; its name is not the same
compared=0 differ=0
both() {
	said "$TMP/in-place" "$TCPSTATE" report --format jsonl "$file" </dev/null
	said "$TMP/piped" "$TCPSTATE" report --format jsonl - < <(cat "$file")
	compared=$((compared + 1))
	cmp -s <(sed "s|$file|standard input|g" "$TMP/in-place") "$TMP/piped" && return
	differ=$((differ + 1))
	echo "$1:" && diff <(sed "s|$file|standard input|g" "$TMP/in-place") "$TMP/piped" | head -n 5 | cut -c1-200
}

most=6
! long || most=40
for seed in $(seq 1 $most); do
	"$BUILD/tests/golden/mkodd" --seed "$seed" "$file" && both "odd capture $seed"
done
is "$most odd captures are read alike" "$most 0" "$compared $differ"

"$BUILD/tests/bench/captures" short 20 "$TMP/whole"
size=$(stat -c %s "$TMP/whole")
compared=0 differ=0
for cut in 23 24 25 39 40 41 100 $((size / 2)) $((size - 1)); do
	head -c "$cut" "$TMP/whole" >"$file" && both "cut off after $cut bytes"
done
is "a capture that is cut off anywhere is read alike" "9 0" "$compared $differ"

# of packets of 64 KiB only the headers are read
"$BUILD/tests/bench/captures" bulk 65000 1 "$TMP/large"
size=$(stat -c %s "$TMP/large")
compared=0 differ=0
for cut in $((size / 2)) $((size - 1)) $((size - 30000)) $((size - 60000)) $((size - 64000)) $((size - 65000)) "$size"; do
	head -c "$cut" "$TMP/large" >"$file" && both "large packets cut off after $cut bytes"
done
is "large packets of which most is passed over are read alike" "7 0" "$compared $differ"

# patch OFFSET BYTES: of the first record, whose header begins at 24: seconds, fraction, captured,
# length
patch() {
	cp "$TMP/whole" "$file" && printf '%b' "$2" | dd of="$file" bs=1 seek="$1" conv=notrunc status=none && both "bytes at $1"
}
compared=0 differ=0
patch 24 '\xff\xff\xff\xff'                     # before 1970, or after 2038
patch 28 '\xff\xff\xff\xff'                     # a fraction below zero
patch 28 '\xff\xff\xff\x7f'                     # more than a second
patch 32 '\xff\xff\xff\x7f'                     # more captured than can be
patch 32 '\x00\x00\x05\x00'                     # more than the file allows
patch 32 '\x00\x00\x00\x00'                     # nothing captured
patch 16 '\x20\x00\x00\x00'                     # a snapshot length that all records exceed
patch 16 '\x00\x00\x00\x00'                     # none
patch 4 '\x02\x00\x03\x00'                      # version 2.3: lengths may stand in the other order
patch 0 '\xd4\xc3\xb2\xa1'                      # microseconds
patch 0 '\x34\xcd\xb2\xa1'                      # records of another length
is "a capture with an odd header or record is read alike" "11 0" "$compared $differ"
