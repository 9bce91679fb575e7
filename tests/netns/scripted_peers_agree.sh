#!/usr/bin/env bash
# A scripted peer drives the real kernel through each rule and corner of the state machine
# (tests/netns/scripts/), over IPv4 and IPv6; each run's report must have the edges of the kernel's
# tracepoint and the states that /proc/net/tcp showed on the way.
#   tests/netns/scripted_peers_agree.sh [SCRIPT...]       with BUILD, TCPSTATE and TMP as tests/run sets them
# timeout: 900
set -u
. tests/netns/oracle.sh
oracle_or_skip
oracle_addresses
[ -c /dev/net/tun ] || { echo "skip - no /dev/net/tun: the peer has no wire"; exit 0; }
[ $# -gt 0 ] || set -- tests/netns/scripts/*.peer

one() {         # SCRIPT, 4 or 6, a number that no other run has
	local script=$1 kernel=10.$v4.$(($3 * 2 % 250)) peer=10.$v4.$(($3 * 2 % 250 + 1)) length=31 nodad='' name sentence dir
	[ "$2" = 4 ] || kernel=fd00:$v6:$3::1 peer=fd00:$v6:$3::2 length=64 nodad=nodad
	name=$(basename "$script" .peer)
	sentence="${name//_/ } (IPv$2)"
	dir=$ORACLE_DIR/$name-$2
	if ! oracle_record "$dir" sh -c '
		ip link set lo up && ip tuntap add dev tun0 mode tun && ip addr add "$2/$4" dev tun0 $5 &&
		exec "$0" --kernel "$2" --peer "$3" --held "$6/held.txt" "$1"' \
		"$BUILD/tests/netns/peer" "$script" "$kernel" "$peer" $length "$nodad" "$dir"; then
		cat "$dir/log.txt"
		echo "not ok - $sentence: the kernel does not follow the script"
		return
	fi
	oracle_agrees "$sentence" "$dir" --address "$kernel" --held "$dir/held.txt"
}

# Most of a run is waiting: several at a time, each result printed whole.
runs=0
for script in "$@"; do
	only=$(sed -n '1,5s/^# only: IPv//p' "$script")
	for family in ${only:-4 6}; do
		runs=$((runs + 1))
		[ "$(jobs -rp | wc -l)" -lt 3 ] || wait -n
		(one "$script" "$family" $runs >"$TMP/result.$runs"; cat "$TMP/result.$runs") &
	done
done
wait
