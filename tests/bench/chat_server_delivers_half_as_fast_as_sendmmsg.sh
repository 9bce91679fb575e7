#!/usr/bin/env bash
# alone
# Deliveries a second of the chat server, as a ratio to a bare loop of sendmmsg() to the same
# sockets.
set -u
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up || exit 1
for members in 10 100 1000; do
	said=$("$BUILD/tests/bench/chat_fanout" "$BUILD/labs/chat_server" "$members") || { echo "not ok - $members members: no measurement"; continue; }
	awk '{
		ratio = $2 / $3
		printf "%s - %d members: %d deliveries/s, a bare sendmmsg loop %d: ratio %.2f (wanted: 0.50)\n", (ratio >= 0.5 ? "ok" : "not ok"), $1, $2, $3, ratio
	}' <<<"$said"
done
