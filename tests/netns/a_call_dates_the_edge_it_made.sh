#!/usr/bin/env bash
# record --calls: an edge that no segment dates (a FIN behind a full window, a SYN that was dropped,
# what a close() gives up) is dated within the call that made it, and names that call.
# also: root
set -u
. tests/lib.sh
cd "$TMP" || exit 1
stalling=$BUILD/tests/netns/stalling

# run NAME STEP...: record the scenario; each time that it waits, the next step runs, then it goes
# on.
run() {
	local name=$1
	shift
	"$TCPSTATE" record --calls -o "$name" -- bash -c '
		step() { eval "$1"; }
		rm -f go; mkfifo go
		"$0" "$1" <go >said &
		exec 3>go
		name=$1 count=0
		shift
		for what; do
			count=$((count + 1))
			until [ "$(wc -l <said)" -ge $count ]; do sleep 0.02; done
			step "$what"
			echo >&3
		done
		wait $!' "$stalling" "$@" >out 2>err || { echo "# $name: $(cat err)"; return 1; }
	"$TCPSTATE" report --format jsonl "$name" >"$name.jsonl" 2>>err
}
# of NAME TYPE PATTERN MEMBER: of the first such line.
of() { grep "^{\"type\":\"$2\"" "$1.jsonl" | grep -e "$3" | head -n 1 | sed -n "s/.*\"$4\":\"\\{0,1\\}\\([a-z0-9_.]*\\).*/\\1/p"; }
in_order() { printf '%s\n' "$@" | sort -c 2>&1 && printf '%s\n' "$@" | awk 'NF { n++ } END { print n " times in order" }'; }
until_state='until tcpstate wait --timeout 20'

# ---- the FIN that waits ----
run window window ":" "$until_state FIN_WAIT1; do :; done"
edge='"from":"ESTABLISHED","to":"FIN_WAIT1"'
is "a FIN behind a full window is dated within its shutdown()" "3 times in order" "$(in_order \
	"$(of window call '"call":"shutdown"' entered)" "$(of window transition "$edge" t)" "$(of window call '"call":"shutdown"' returned)")"
is "which the edge names, by its line in calls.jsonl" "shutdown $(of window call '"call":"shutdown"' number)" \
	"$(of window transition "$edge" call) $(of window transition "$edge" call_number)"
like "and the report says" 'call: shutdown\([0-9]+\) by process [0-9]+: closed here; the FIN waits behind' "$("$TCPSTATE" report --all window 2>>err | tr -s ' \n' ' ')"
is "the packet that brings the FIN comes later, and is cited" "2 times in order" "$(in_order "$(of window transition "$edge" t)" \
	"$(of window transition '"from":"ESTABLISHED","to":"CLOSE_WAIT"' t)")$([ "$(of window transition "$edge" frame)" = \
	"$(of window transition '"from":"ESTABLISHED","to":"CLOSE_WAIT"' frame)" ] || echo ", another frame")"

# ---- the SYN that was dropped ----
drop='nft -f - <<<"table ip lost { chain out { type filter hook output priority 0; tcp dport 22549 drop; }; }"'
if "$TCPSTATE" record -o nft -- bash -c "$drop" >out 2>err; then
	"$TCPSTATE" record --calls -o lost -- bash -c "$drop"'
		rm -f go; mkfifo go; "$0" lost <go >said & exec 3>go
		'"$until_state SYN_SENT; do :; done; tcpstate mark there; echo >&3; $until_state SYN_SENT=0; do :; done"'
		for try in {1..200}; do tcpstate expect gone 1 "transitions SYN_SENT CLOSED" && break; sleep 0.05; done
		echo >&3; wait $!' "$stalling" >out 2>err
	"$TCPSTATE" report --format jsonl lost >lost.jsonl 2>>err
	is "SYN_SENT that no packet shows is the connect()'s, which may have begun it" "2 times in order" \
		"$(in_order "$(of lost call '"call":"connect"' entered)" "$(of lost transition '"to":"SYN_SENT"' t)")"
	is "and is over with its close()" "3 times in order" "$(in_order "$(of lost call '"call":"close"' entered)" \
		"$(of lost transition '"from":"SYN_SENT","to":"CLOSED"' t)" "$(of lost call '"call":"close"' returned)")"
	is "both name their call" "connect close" \
		"$(of lost transition '"to":"SYN_SENT"' call) $(of lost transition '"from":"SYN_SENT","to":"CLOSED"' call)"
else
	echo "skip - no firewall here to drop a SYN: $(head -n 1 err)"
fi

# ---- close() beside a read() ----
run beside beside ":"
like "a close() beside another thread's read() says that the socket stays" 'close\([0-9]+\): a call of another thread holds the socket' \
	"$(of beside call '"busy":true' text; grep '"busy":true' beside.jsonl)"
is "its FIN is dated by its segment, after the read() has returned" "2 times in order" "$(in_order \
	"$(of beside call '"call":"write"' entered)" "$(of beside transition '"reason":"fin_sent"' t)")"
