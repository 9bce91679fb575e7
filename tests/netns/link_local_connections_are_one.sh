#!/usr/bin/env bash
# A connection between link-local addresses belongs to an interface. Captured on "any" or on that
# interface alone, packets and the kernel's rows are of one connection, and the server's end is seen
# by both.
#   server fe80::a -- v0 (recorded) === v1 -- fe80::b client, in a namespace of its own
# also: root
# timeout: 120
set -u
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up
unshare -n sleep 50 &
other=$!
trap 'kill $other' EXIT
in_other() { nsenter -n -t "$other" "$@"; }
for _ in $(seq 100); do [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.02; done
ip link add v0 type veth peer name v1 netns "$other" && ip link set v0 up && in_other ip link set v1 up &&
	ip addr add fe80::a/64 dev v0 nodad && in_other ip addr add fe80::b/64 dev v1 nodad || { echo "not ok - a veth pair is set up"; exit 1; }
for _ in $(seq 100); do in_other ip -6 route get fe80::a dev v1 >/dev/null 2>&1 && ip link show v0 | grep -q LOWER_UP && break; sleep 0.02; done

export BUILD
cat >"$TMP/run.sh" <<'END'
"$BUILD/labs/echo_server" --bind :: --port 8080 --reuseaddr </dev/null >/dev/null 2>&1 &
server=$!
"$TCPSTATE" wait --timeout 10 'tcp port 8080' LISTEN
nsenter -n -t "$1" bash -c 'exec 3<>/dev/tcp/fe80::a%v1/8080 && echo bye >&3 && read -r answer <&3' && kill $server
END
for interface in any v0; do
	"$TCPSTATE" record --here -i $interface -o "$TMP/$interface" 'tcp port 8080' -- bash "$TMP/run.sh" "$other" >"$TMP/log" 2>&1 &&
		"$TCPSTATE" report --format jsonl "$TMP/$interface" >"$TMP/$interface.jsonl" || { cat "$TMP/log"; echo "not ok - $interface: recorded and read"; exit 1; }
	served=$(grep -c '"type":"transition".*"local":"\[fe80::a[%0-9]*\]:8080","remote":"\[fe80::b' "$TMP/$interface.jsonl")
	both=$(grep -c '"type":"transition".*"local":"\[fe80::a[%0-9]*\]:8080","remote":"\[fe80::b.*"evidence":"both"' "$TMP/$interface.jsonl")
	corrected=$(grep -c '"type":"correction"' "$TMP/$interface.jsonl")
	if [ "$served" -ge 4 ] && [ "$both" -ge 1 ] && [ "$corrected" = 0 ]; then
		echo "ok - $interface: the server's end has its transitions, some seen on the wire and in the kernel, none withdrawn"
	else
		cat "$TMP/$interface.jsonl"
		echo "not ok - $interface: the server's end has its transitions ($served), some seen by both ($both), none withdrawn ($corrected)"
	fi
	for _ in $(seq 100); do "$TCPSTATE" wait --timeout 1 'tcp port 8080' LISTEN=0 2>/dev/null && break; done
done
