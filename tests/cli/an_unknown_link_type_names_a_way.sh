#!/usr/bin/env bash
# A capture of a link type that is not supported: the error names the type, and a command that makes
# a capture of it which is read.
set -u
. tests/lib.sh
{ echo 'link ether'; grep -v '^link' tests/golden/captures/handshake-and-close.txt; } >"$TMP/script"
"$BUILD/tests/golden/mkpcap" "$TMP/script" "$TMP/plain.pcap" || exit 1
cd "$TMP" || exit 1
# the 14 bytes before each packet called another link type's, in the head of the file
cp plain.pcap odd.pcap && printf '\263\0\0\0' | dd of=odd.pcap bs=1 seek=20 conv=notrunc status=none || exit 1
"$TCPSTATE" report odd.pcap >out 2>err
is "the error names the link type" "1 1 0" "$? $(grep -c 'link type JUNIPER_PPP (179) is not supported' err) $(wc -c <out)"
advice=$(grep -o '`editcap [^`]*`' err | tr -d '`')
if ! command -v editcap >/dev/null; then
	echo "skip - the command that it names makes a capture that is read: no editcap here"
else
	advice=${advice/ N / 14 } advice=${advice/FILE/odd.pcap}
	$advice >/dev/null || exit 1
	"$TCPSTATE" report plain.pcap | sed -n '/^Connection/,/^Summary/p' >wanted
	"$TCPSTATE" report NEW.pcap | sed -n '/^Connection/,/^Summary/p' >got
	is "the command that it names makes a capture that is read" "same" "$([ -s got ] && cmp got wanted && echo same)"
fi
