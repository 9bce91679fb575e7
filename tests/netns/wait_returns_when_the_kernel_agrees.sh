#!/usr/bin/env bash
# also: root
# `tcpstate wait`: it ends as soon as the kernel holds what was asked for, not before, and says what
# there is when the time is over.
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up || exit 1

gives() {       # sentence, exit status, what standard error contains, arguments of wait
	local sentence=$1 status=$2 text=$3 error lines
	shift 3
	error=$("$TCPSTATE" wait "$@" 2>&1 >/dev/null)
	local got=$?
	lines=$(grep -vc "^Try " <<<"$error")
	if [ $got = "$status" ] && [[ $error == *"$text"* ]] && { [ -z "$error" ] || [ "$lines" = 1 ]; }; then good "$sentence"
	else bad "$sentence: exit $got instead of $status, \"$error\""; fi
}
hold() {        # recipes
	coproc HOLD { exec "$BUILD/labs/hold" "$@"; }
	read -r -t 30 answer <&"${HOLD[0]}" && [[ $answer == "ready "* ]] || { bad "the sockets are held"; exit; }
}
let_go() { local input=${HOLD[1]} pid=$HOLD_PID; exec {input}>&-; wait "$pid" 2>/dev/null; }

gives "no socket: nothing is there" 1 "there is no such socket in any state" --timeout 0 LISTEN
gives "no socket: =0 holds" 0 "" --timeout 0 LISTEN=0 ESTABLISHED,SYN_SENT=0

"$TCPSTATE" wait --timeout 20 LISTEN=1 ESTABLISHED=4 2>"$TMP/waited" &
waiter=$!
hold LISTEN
if wait $waiter; then good "it ends when the sockets have come"; else bad "it ends when the sockets have come: $(cat "$TMP/waited")"; fi

port=$(ss -Htln | awk '{ sub(/.*:/, "", $4); print $4 }')
gives "a number is exact: too many do not do" 1 "wanted ESTABLISHED=3, there is ESTABLISHED 4, LISTEN 1" --timeout 0.05 ESTABLISHED=3
gives "a number is exact: too few do not do" 1 "wanted ESTABLISHED=5" --timeout 0.05 ESTABLISHED=5
gives "without a number one is enough" 0 "" --timeout 0 ESTABLISHED
gives "states joined by commas are summed" 0 "" --timeout 0 ESTABLISHED,LISTEN=5
gives "names as ss writes them, small letters" 0 "" --timeout 0 estab=4 listen
gives "several conditions must hold at once" 1 "wanted LISTEN=1 ESTABLISHED=3, there is" --timeout 0.05 LISTEN=1 ESTABLISHED=3
gives "FILTER chooses the server's sockets" 0 "" --timeout 0 src port "$port" ESTABLISHED=2 LISTEN=1
gives "FILTER as one word" 0 "" --timeout 0 "tcp dst port $port" ESTABLISHED=2 LISTEN=0
gives "the receive queue may be waited for" 0 "" --timeout 0 src port "$port" LISTEN recv_q=2
gives "it is that of the states named, and is told" 1 "wanted ESTABLISHED recv_q=2, there is ESTABLISHED 4, LISTEN 1, recv_q 0" --timeout 0.05 ESTABLISHED recv_q=2
gives "FILTER that matches nothing" 1 "of tcp port 1, there is no such socket" --timeout 0.05 tcp port 1 LISTEN
gives "time is given in parts of a second" 1 "timeout after 0.25 s" --timeout 0.25 LISTEN=7

"$TCPSTATE" wait --timeout 20 LISTEN=0 ESTABLISHED=0 2>"$TMP/waited" &
waiter=$!
let_go
if wait $waiter; then good "it ends when the sockets have gone"; else bad "it ends when the sockets have gone: $(cat "$TMP/waited")"; fi

hold SYN_RECV udp CLOSED SYN_RECV-simultaneous
gives "half-open requests are SYN_RECV, and so is a full socket" 0 "" --timeout 0 SYN_RECV=2
gives "UDP sockets do not count by themselves" 0 "" --timeout 0 ESTABLISHED=1
gives "UDP sockets count when FILTER says udp" 0 "" --timeout 0 udp ESTABLISHED=1 UNCONN=1
gives "bound-only sockets are not UDP's unconnected ones" 1 "there is udp ESTABLISHED 1, udp UNCONN 1" --timeout 0.05 udp UNCONN=2
let_go

gives "no state" 2 "a STATE to wait for is missing"
gives "no such state" 2 "\"LISTENING\" is no TCP state" LISTENING
gives "no such state before a good one" 2 "\"LISTENN\" is no TCP state" LISTENN ESTABLISHED
gives "no number after =" 2 "missing after \"=\"" LISTEN=
gives "a negative number" 2 "\"-1\" is no number" LISTEN=-1
gives "a receive queue of no state" 2 "recv_q of which STATE?" recv_q=2
gives "a receive queue that is no number" 2 "recv_q=many: not a number of bytes" LISTEN recv_q=many
gives "a bad FILTER" 2 "70000" tcp port 70000 LISTEN
gives "a FILTER only for packets" 2 "tcp[tcpflags]" "tcp[tcpflags] & tcp-syn != 0" LISTEN
gives "a bad time" 2 "--timeout soon: not a number of seconds" --timeout soon LISTEN
gives "a time before now" 2 "--timeout -1: not a number of seconds" --timeout -1 LISTEN
