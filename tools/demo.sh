#!/bin/sh
# make demo: the backlog experiments for real, each in a sealed network of its own: what each found
# and predicted. The whole reports and the recordings stay in BUILD/demo/. Exit status 1 when a
# prediction was not met.
set -u
build=${1:?usage: demo.sh BUILD}
recordings=$build/demo
status=0
export PAGER=cat
rm -rf "$recordings" && mkdir -p "$recordings" || exit 1
for lab in backlog backlog-phases; do
	echo
	echo "\$ tcpstate lab $lab"
	"$build/tcpstate" lab "$lab" -o "$recordings/$lab" >"$recordings/$lab.txt" || status=1
	"$build/tcpstate" report --summary "$recordings/$lab" | awk '/^Checks/ { exit } { print }'
	echo "The whole report: $recordings/$lab.txt, and $recordings/$lab/report.html for a browser"
done
echo
if [ "$status" = 0 ]; then echo "Every prediction was met. Both recordings can be read again, now or elsewhere:"
else echo "NOT every prediction was met (above). Both recordings can be read again:"; fi
echo "  $build/tcpstate report $recordings/backlog-phases"
echo "  tshark -r $recordings/backlog-phases/wire.pcap        (diag.pcap too: what the kernel said)"
exit "$status"
