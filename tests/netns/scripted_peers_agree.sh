#!/usr/bin/env bash
# A scripted peer drives the real kernel through each rule and corner of the state machine
# (tests/netns/scripts/), over IPv4 and IPv6 (every other script over each in make check); each run's report must have the edges of the kernel's
# tracepoint and the states that /proc/net/tcp showed on the way.
#   tests/netns/scripted_peers_agree.sh [SCRIPT...]       with BUILD, TCPSTATE and TMP as tests/run sets them
# timeout: 1800
set -u
. tests/lib.sh
. tests/netns/oracle.sh
oracle_or_skip
oracle_addresses
{ [ -r /dev/net/tun ] && [ -w /dev/net/tun ]; } || { echo "skip - no /dev/net/tun for this user: the peer has no wire"; exit 0; }
both=$*
! long || both=1
[ $# -gt 0 ] || set -- tests/netns/scripts/*.peer

# tried SCRIPT, 4 or 6, a number that no other run has, DIR: one result; 1: not as it should be
tried() {
	local script=$1 kernel=10.$v4.$(($3 * 2 % 250)) peer=10.$v4.$(($3 * 2 % 250 + 1))
	local length=31 nodad='' name sentence dir=$4
	[ "$2" = 4 ] || kernel=fd00:$v6:$3::1 peer=fd00:$v6:$3::2 length=64 nodad=nodad
	name=${script##*/} name=${name%.peer}
	sentence="${name//_/ } (IPv$2)"
	if ! oracle_record "$dir" sh -c '
		ip link set lo up && ip tuntap add dev tun0 mode tun && ip addr add "$2/$4" dev tun0 $5 &&
		exec "$0" --kernel "$2" --peer "$3" --held "$6/held.txt" "$1"' \
		"$BUILD/tests/netns/peer" "$script" "$kernel" "$peer" $length "$nodad" "$dir"; then
		cat "$dir/log.txt"
		echo "not ok - $sentence: the kernel does not follow the script"
		return 1
	fi
	oracle_agrees "$sentence" "$dir" --address "$kernel" --held "$dir/held.txt"
}

# one SCRIPT, 4 or 6, NUMBER: the result. Who gets no processor cannot look: a script that asks for a
# look within milliseconds (its head says so) is tried five times, any other as often while the
# machine is busy or the recorder was late; each try has addresses of its own, and those that failed
# are told. Late each time, edges that are the kernel's but for their times tell nothing; others do.
one() {
	local try dir pause lates=0
	dir=${1##*/} dir=$ORACLE_DIR/${dir%.peer}-$2
	for ((try = 1; ; try++)); do
		! tried "$1" "$2" "$3" "$dir" >"$dir.result" || break
		! pause=$(late "$dir") || lates=$((lates + 1))
		[ $try -lt 5 ] || break
		grep -q '^# within milliseconds:' "$1" || [ "$pause" ] || busy || break
		sed "s/^not ok - /# try $try: /" "$dir.result"
		rm -rf "$dir"
		oracle_addresses
	done
	if [ $lates = 5 ] && ! grep -qE 'other edges|that was none|chain is broken|the report says|not in time order|no report of|does not follow' "$dir.result"; then
		sed -i 's/^not ok - /# /' "$dir.result"
		echo "skip - $(basename "$1" .peer) (IPv$2): the machine was too slow to tell (the kernel not looked at for $pause ms, five times)" >>"$dir.result"
	fi
	printf '%s\n' "$(<"$dir.result")"
}

# Most of a run is waiting: several at a time, each result printed whole.
runs=0 scripts=0
for script in "$@"; do
	scripts=$((scripts + 1))
	only=$(sed -n '1,5s/^# only: IPv//p' "$script")
	for family in ${only:-4 6}; do
		runs=$((runs + 1))
		[ -n "$both$only" ] || [ $family = $((4 + scripts % 2 * 2)) ] || continue
		mapfile -t running < <(jobs -rp)
		[ ${#running[@]} -lt 3 ] || wait -n
		(one "$script" "$family" $runs >"$TMP/result.$runs"; printf '%s\n' "$(<"$TMP/result.$runs")") &
	done
done
wait
