#!/usr/bin/env bash
# The recorder is killed twenty times at random moments under traffic. The clients' own log says
# what crossed the wire: whatever is older than a second at the kill must be in wire.pcap, as tshark
# reads it, and the kernel's answers in diag.pcap; a report is made of it. (Twice in make check: with and without silence.)
# timeout: 720
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs

# Each conversation has a client port of its own; the log has the time when it had ended. In every
# other run there is silence after the first twenty: what is written last must not wait for more.
cat >traffic.sh <<'END'
echo_server --port 12345 </dev/null >/dev/null 2>&1 &
tcpstate wait tcp port 12345 LISTEN
port=20000
while [ $port -lt "$1" ]; do
	port=$((port + 1))
	echo_client --bind "127.0.0.1:$port" --port 12345 --send line --send bye >/dev/null 2>&1 && echo "$port $EPOCHREALTIME" >>"$2.log"
done
sleep 1000
END

run() { # number, last port
	local pid killed status
	"$TCPSTATE" record -o "k$1" -- bash traffic.sh "$2" "k$1" >/dev/null 2>"k$1.err" &
	pid=$!
	until [ -s "k$1.log" ] && [ "$(stat -c %s "k$1/wire.pcap")" -gt 24 ]; do sleep 0.02; done
	sleep "$((1 + RANDOM % 2)).$((RANDOM % 900 + 100))"
	kill -KILL $pid
	killed=$EPOCHREALTIME
	wait $pid 2>/dev/null
	"$TCPSTATE" report --format jsonl "k$1" >"k$1.jsonl" 2>>"k$1.err"
	status=$?
	# port and whether it is a FIN; a SYN otherwise
	tshark -r "k$1/wire.pcap" -Y '(tcp.flags.syn == 1 && tcp.flags.ack == 0) || (tcp.flags.fin == 1 && tcp.dstport == 12345)' \
		-T fields -e tcp.srcport -e tcp.flags.fin >"k$1.ends" 2>/dev/null
	tshark -r "k$1/diag.pcap" -T fields -e netlink-sock_diag.inet_sport >"k$1.sport" 2>/dev/null
	awk -v killed="$killed" -v run="k$1" -v status="$status" '
	FILENAME ~ /ends$/ { if ($2 == 1 || $2 == "True") fin[$1] = 1; else syn[$1] = 1; next }
	FILENAME ~ /sport$/ { for (n = split($1, ports, ","); n > 0; n--) row[ports[n]] = 1; next }
	FILENAME ~ /jsonl$/ { if (/"type":"connection"/ && match($0, /"client":"127.0.0.1:[0-9]+/)) told[substr($0, RSTART + 20, RLENGTH - 20)] = 1; next }
	$2 < killed - 1 { old++; if (!syn[$1] || !fin[$1] || !told[$1]) { print "# lost: port " $1 ", over " killed - $2 " s before the kill"; lost++ } answered += row[$1] }
	END { print "# " run ": " old " conversations older than a second, " answered + 0 " of them in diag.pcap; report: " status + 0
		exit !(old > 0 && lost == 0 && status == 0 && answered * 2 >= old) }' "k$1.ends" "k$1.sport" "k$1.jsonl" "k$1.log" >"k$1.result" &&
		echo "ok - killed at a random moment, nothing older than a second is lost ($1)" >>"k$1.result" && rm -r "k$1" "k$1.jsonl" || {
		cat "k$1.err"; echo "not ok - killed at a random moment, nothing older than a second is lost ($1)"; } >>"k$1.result"
}

for first in 1 ${LONG:+5 9 13 17}; do
	for i in $first $((first + 1)) ${LONG:+$((first + 2)) $((first + 3))}; do
		run "$i" "$((i % 2 ? 29999 : 20020))" &
	done
	wait
done
cat k*.result
