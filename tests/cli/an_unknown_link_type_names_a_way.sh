#!/usr/bin/env bash
# A capture of a link type that is not supported: the error names the type, and a command that makes
# a capture of it which is read.
set -u
. tests/lib.sh
"$BUILD/tests/golden/mkpcap" tests/golden/captures/handshake-and-close.txt "$TMP/plain.pcap" || exit 1
cd "$TMP" || exit 1
# four bytes before each packet of a header, and the file's link type 179
python3 - <<'P' || exit 1
import struct
data = open('plain.pcap', 'rb').read()
out, at = data[:20] + struct.pack('<I', 179), 24
while at < len(data):
    caplen, size = struct.unpack('<II', data[at + 8:at + 16])
    out += data[at:at + 8] + struct.pack('<II', caplen + 4, size + 4)
    out += b'\xc0\x00\x03\xcc' + data[at + 16:at + 16 + caplen]
    at += 16 + caplen
open('odd.pcap', 'wb').write(out)
P
"$TCPSTATE" report odd.pcap >out 2>err
is "the error names the link type" "1 1 0" "$? $(grep -c 'link type JUNIPER_PPP (179) is not supported' err) $(wc -c <out)"
advice=$(grep -o '`editcap [^`]*`' err | tr -d '`')
if ! command -v editcap >/dev/null; then
	echo "skip - the command that it names makes a capture that is read: no editcap here"
else
	advice=${advice/ N / 4 } advice=${advice/FILE/odd.pcap}
	$advice >/dev/null || exit 1
	"$TCPSTATE" report plain.pcap | sed -n '/^Connection/,/^Summary/p' >wanted
	"$TCPSTATE" report NEW.pcap | sed -n '/^Connection/,/^Summary/p' >got
	is "the command that it names makes a capture that is read" "same" "$([ -s got ] && cmp got wanted && echo same)"
fi
