#!/usr/bin/env bash
# also: root
# timeout: 180
# A client and servers with mistakes, each side recorded by itself. Then the servers' clock is seven
# seconds off: the report sets it right by causality, and says the same of them.
set -u
. tests/lib.sh
. tests/netns/moved.sh
needs_sealing

# The servers' side, in a namespace behind a pair of interfaces: a queue from which nobody takes, an
# end of data that is not asked for, a first read that comes late, a FIN that does not come.
cat >"$TMP/two_sides" <<'END'
set -u
unshare -n sleep infinity & far=$!
until [ "$(readlink "/proc/$far/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
at() { nsenter -t "$far" -n "$@"; }
ip link add near type veth peer name far netns "$far" &&
	ip addr add 10.3.0.1/24 dev near && ip link set near up &&
	at ip addr add 10.3.0.2/24 dev far && at ip link set far up && at ip link set lo up || exit 1
cat >"$2/servers" <<-'SERVERS'
	server() { sleep infinity | nsenter -t "$1" -n echo_server --bind 10.3.0.2 "${@:2}" & }
	server "$1" --port 4001 --accept none --backlog 3
	server "$1" --port 4002 --fault ignore-eof
	server "$1" --port 4003 --pause-before-read 1500
	server "$1" --port 4004 --pause-before-close forever
	wait
SERVERS
tcpstate record -o "$2/server" $1 --netns "$far" --no-page -- bash "$2/servers" "$far" & recorder=$!
for port in 4001 4002 4003 4004; do at tcpstate wait --timeout 20 "src port $port" LISTEN=1 || exit 1; done
clients=
for port in 4001 4002 4003 4004; do
	{ echo "to $port"; sleep 2.5; } | timeout 4 echo_client --connect "10.3.0.2:$port" & clients+=" $!"
done
wait $clients
kill -INT "$recorder"; wait "$recorder"
kill "$far"
END

# What is found of the servers, but for when: FILE of JSON lines.
findings() {
	grep '"type":"finding"' "$1" | grep "\"run\":\"$TMP/[^\"]*/\(server\|moved\)\"" |
		sed -E 's/"run":"[^"]*",//; s/"[a-z_]*":"[0-9]{10}\.[0-9]{9}",?//g'
}
for calls in '' --calls; do
	dir=$TMP/sides$calls
	mkdir "$dir"
	if ! PATH=$BUILD:$BUILD/labs:$PATH "$TCPSTATE" record -o "$dir/client" --no-page -- \
		bash "$TMP/two_sides" "$calls" "$dir" >"$dir/log" 2>&1 || ! [ -s "$dir/server/wire.pcap" ]; then
		bad "both sides are recorded ${calls:-without calls}" "$(tail -n 5 "$dir/log")"
		continue
	fi
	moved_recording "$dir/server" "$dir/moved" 7
	"$TCPSTATE" report --format jsonl "$dir/client" "$dir/server" >"$dir/right.jsonl"
	"$TCPSTATE" report --format jsonl "$dir/client" "$dir/moved" >"$dir/wrong.jsonl"
	holds "the clock is moved ${calls:-without calls}" "grep -q '\"type\":\"clock\".*\"shift_ns\":-\(7000\|6999\)[0-9]\{6\},' '$dir/wrong.jsonl'"
	holds "the servers' mistakes are found ${calls:-without calls}" '[ "$(findings "$dir/right.jsonl" | wc -l)" -ge 3 ]'
	is "a clock that is seven seconds off changes no finding ${calls:-without calls}" \
		"$(findings "$dir/right.jsonl")" "$(findings "$dir/wrong.jsonl")"
done
