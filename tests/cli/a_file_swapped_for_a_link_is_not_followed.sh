#!/usr/bin/env bash
# A stranger swaps a recording's file for a link to somebody else's, and back, while it is reported
# on: what the link leads to is never shown.
set -u
. tests/lib.sh
mkpcap=$BUILD/tests/golden/mkpcap
"$mkpcap" tests/golden/captures/handshake-and-close.txt "$TMP/secret.pcap"
cd "$TMP" || exit 1
mkdir rec
head -c 24 secret.pcap >plain.pcap      # a capture without packets
cp plain.pcap rec/wire.pcap
swap() {
	while :; do
		ln -s ../secret.pcap rec/next && mv -T rec/next rec/wire.pcap
		cp plain.pcap rec/next && mv -T rec/next rec/wire.pcap
	done
}
"$TCPSTATE" report secret.pcap >out 2>err
like "what is kept from it would be told" 'Connection 1' "$(cat out)"
swap &
swapper=$!
read=0 refused=0 shown=0 other='' least=30
! long || least=200
for ((n = 0; n < 2000 && (n < least || read == 0 || refused == 0); n++)); do
	"$TCPSTATE" report rec >out 2>err
	status=$?
	! grep -q 'Connection' out || shown=$((shown + 1))
	case $status in
	0) read=$((read + 1)) ;;
	1) if grep -q 'wire.pcap: is a symbolic link' err; then refused=$((refused + 1)); else other=$(cat err); fi ;;
	*) other="exit status $status: $(cat err)" ;;
	esac
done
kill $swapper
wait $swapper 2>/dev/null
echo "# $n reports: $read read the file, $refused met the link"
is "of $n reports none shows what a link leads to" 0 "$shown"
is "each reads the file or refuses the link" "" "$other"
holds "both were met" "[ $read -gt 0 ] && [ $refused -gt 0 ]"
