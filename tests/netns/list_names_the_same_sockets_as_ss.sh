#!/usr/bin/env bash
# also: root
# `tcpstate list` against `ss`, in a namespace that holds sockets in every state (labs/hold.c): the
# same sockets, states, queues, timers, owners.
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up || exit 1
tab=$'\t'


# "STATE RECV_Q SEND_Q LOCAL REMOTE TIMER RETRANS UID INODE COOKIE", sorted, of `tcpstate list
# --json`: one object a line
ours() {
	"$TCPSTATE" list --json "$@" | awk '
		function field(name) {
			if (!match($0, "\"" name "\":(\"[^\"]*\"|[^,}]*)")) return "MISSING"
			value = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
			gsub(/"/, "", value)
			return value
		}
		/^{"protocol"/ { print field("state"), field("recv_q"), field("send_q"), field("local"), field("remote"), field("timer"), field("retrans"), field("uid"), field("inode"), field("cookie") }' | sort
}
# The same of ss, whose names and addresses are translated: *:80 is [::]:80, [::ffff:127.0.0.1] is
# 127.0.0.1, a peer with port * is *:*
theirs() {
	ss -Hanoe "$@" | awk -v udp="$([ "$1" != -u ] || echo 1)" '
		BEGIN {
			split("ESTAB ESTABLISHED SYN-SENT SYN_SENT SYN-RECV SYN_RECV FIN-WAIT-1 FIN_WAIT1 FIN-WAIT-2 FIN_WAIT2 TIME-WAIT TIME_WAIT CLOSE-WAIT CLOSE_WAIT LAST-ACK LAST_ACK", pair)
			for (i = 1; i in pair; i += 2) state[pair[i]] = pair[i + 1]
			if (!udp) state["UNCONN"] = "CLOSED"
			timer["on"] = "retransmit"
		}
		function hexadecimal(text,   value, i) {
			for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
			return value + 0
		}
		function after(tag,   i) {
			for (i = 6; i <= NF; i++) if (index($i, tag) == 1) return substr($i, length(tag) + 1)
			return ""
		}
		function end(text) {
			if (text ~ /:\*$/) return "*:*"
			if (text ~ /^\[::ffff:[0-9.]*\]/) { sub(/^\[::ffff:/, "", text); sub(/\]/, "", text) }
			sub(/^\*:/, "[::]:", text)
			return text
		}
		{
			name = "off"; retrans = 0
			if (after("timer:(") != "") {
				split(after("timer:("), part, /[,)]/)
				name = part[1]; retrans = part[3]
			}
			print ($1 in state ? state[$1] : $1), $2, $3, end($4), end($5), (name in timer ? timer[name] : name), retrans, after("uid:") + 0, after("ino:") + 0, hexadecimal(after("sk:"))
		}' | sort
}

# From 6.9 on, ss counts the sockets that are only bound among all.
also=()
! ss --help 2>&1 | grep -q -e --bound-inactive || also=(--bound)

# Timers run on: compare two lists between which nothing moved, ss in their middle.
compare() {     # sentence, ss options, FILTER
	local before after ss
	for _ in $(seq 200); do
		before=$(ours "${also[@]}" "$3") ss=$(theirs "$2") after=$(ours "${also[@]}" "$3")
		if [ "$before" = "$after" ]; then break; fi
	done
	is "$1" "$ss" "$after"
	rows=$after
}
count() { awk -v state="$1" '$1 == state' <<<"$rows" | grep -c .; }

hold() {        # arguments of hold
	coproc HOLD { exec "$BUILD/labs/hold" "$@"; }
	if read -r -t 30 answer <&"${HOLD[0]}" && [[ $answer == "ready "* ]]; then return; fi
	bad "the recipes hold every state"
	exit
}
let_go() { local input=${HOLD[1]} pid=$HOLD_PID; exec {input}>&-; wait "$pid" 2>/dev/null; }

check() {       # what it says, options of hold
	hold "${@:2}"
	compare "$1: the same TCP sockets as ss: state, queues, ends, timer, retransmissions, uid, inode, cookie" -t tcp
	for state in LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT; do
		if [ "$(count $state)" -ge 1 ]; then good "$1: $state is held"; else bad "$1: $state is held"; fi
	done
	compare "$1: the same UDP sockets as ss" -u udp
	is "$1: a connected and an unconnected UDP socket" "1 1" "$(count UNCONN) $(count ESTABLISHED)"

	json=$("$TCPSTATE" list --json --half-open --bound -p)
	held=$(readlink /proc/"$HOLD_PID"/fd/* | sed -n 's/socket:\[\([0-9]*\)\]/\1/p' | sort)
	bound=$(grep '"state":"CLOSED"' <<<"$json" | sed 's/.*"inode":\([0-9]*\).*/\1/')
	# only bound, or its connection now is a mini-socket: /proc names the first
	if printf '%s\n' 6.8 "$(uname -r)" | sort -VC; then
		is "$1: --bound adds the one socket that is only bound, held by the program" "1 1" "$(grep -c . <<<"$bound") $(grep -cx "$bound" <<<"$held")"
	else echo "skip - Linux $(uname -r) does not list bound-only sockets (6.8 does)"; fi
	is "$1: -p names the program of every socket that has an inode" "" \
		"$(grep '^{"protocol"' <<<"$json" | grep -v '"inode":0,' | grep -vF "\"pid\":$HOLD_PID,\"program\":\"hold\"")"
	is "$1: -p names nobody for the others" "" "$(grep '^{' <<<"$json" | grep '"inode":0,' | grep -v '"pid":null,"program":null')"

	# a request has no owner and is no orphan: ss shows it with ino:0
	while read -r listener; do
		requests=$(ss -Htne state syn-recv src "$listener" | grep -c 'ino:0 ')
		counted=$(grep -F "\"state\":\"LISTEN\",\"local\":\"$listener\"" <<<"$json" | sed 's/.*"syn_recv":\([0-9]*\).*/\1/')
		is "$1: --half-open counts the requests of $listener" "$requests" "$counted"
	done < <(sed -n 's/.*"state":"LISTEN","local":"\(127[^"]*\|\[::1\][^"]*\)".*/\1/p' <<<"$json")
	is "$1: listeners are written before all other TCP sockets" "" "$(awk '/"protocol":"tcp"/ && /"state":"LISTEN"/ && other { print } /"protocol":"tcp"/ && !/"state":"LISTEN"/ { other = 1 }' <<<"$json")"

	text=$("$TCPSTATE" list tcp)
	says() { if grep -qE "$2" <<<"$text"; then good "$1"; else bad "$1"; echo "$text"; fi; }
	says "$1: a full accept queue is told against its limit" '^tcp +LISTEN .*accept queue 2 of 2 \(backlog 1 \+ 1\), full'
	says "$1: connections in it wait for accept()" '^tcp +ESTABLISHED .*waits for accept\(\)'
	says "$1: a FIN_WAIT2 mini-socket says when it ends" '^tcp +FIN_WAIT2 .*FIN_WAIT2 ends in [0-9.]+ s; mini-socket, no process holds it'
	says "$1: a full FIN_WAIT2 waits for the peer's FIN" "^tcp +FIN_WAIT2 .*waits for the peer's FIN"
	says "$1: a CLOSE_WAIT waits for close()" '^tcp +CLOSE_WAIT .*peer closed [0-9.a-z ]+ ago; waits for close\(\)'
	says "$1: TIME_WAIT says when it ends" '^tcp +TIME_WAIT .*TIME_WAIT ends in [0-9.]+ s'
	says "$1: an orphan is told" '^tcp +FIN_WAIT1 .*orphan, no process holds it'
	says "$1: unread bytes are told" '^tcp +ESTABLISHED .*5 bytes unread'
	if grep -q "$tab" <<<"$text"; then bad "$1: columns are aligned by blanks"; else good "$1: columns are aligned by blanks"; fi

	"$TCPSTATE" list tcp port 1 >"$TMP/none" 2>&1
	is "$1: no socket matches: exit status 1, and the header alone" "1 1" "$? $(wc -l <"$TMP/none")"
	"$TCPSTATE" list --state LISTEN,TIME_WAIT tcp >"$TMP/some"
	is "$1: --state has these states only" "LISTEN TIME_WAIT" "$(awk 'NR > 1 { print $2 }' "$TMP/some" | sort -u | tr '\n' ' ' | sed 's/ $//')"
	for _ in 1 2 3 4 5; do  # until none has ended meanwhile
		listed=$("$TCPSTATE" list tcp | tail -n +2 | wc -l)
		counted=$("$TCPSTATE" list --group-by state tcp | awk 'NR > 1 { sum += $1 } END { print sum }')
		[ "$listed" != "$("$TCPSTATE" list tcp | tail -n +2 | wc -l)" ] || break
	done
	is "$1: --group-by state counts what is listed" "$listed" "$counted"
	wide=$(script -qec "stty cols 80; $TCPSTATE list -p -e -i" /dev/null | sed 's/\x1b\[[0-9]*m//g' | tr -d '\r' | awk 'length($0) > 80')
	is "$1: at 80 columns no line folds" "" "$wide"

	# FILTER, against ss's own
	port=$(sed -n 's/.*"state":"LISTEN","local":"[^"]*:\([0-9]*\)".*"recv_q":2,.*/\1/p' <<<"$json")
	is "$1: FILTER src port means the server's sockets" "$(theirs -t "sport = :$port" | awk '{ print $NF }' | sort)" "$(ours src port "$port" | awk '{ print $NF }' | sort)"
	is "$1: FILTER port means both ends" "$(theirs -t "sport = :$port or dport = :$port" | awk '{ print $NF }' | sort)" "$(ours tcp port "$port" | awk '{ print $NF }' | sort)"
	let_go
}

check IPv4 all
check IPv6 -6 all
