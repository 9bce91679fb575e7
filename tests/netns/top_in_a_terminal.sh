#!/usr/bin/env bash
# long
# also: user
# timeout: 800
# `top` in a terminal (tmux), while a queue overflows, requests stay half-open, TIME_WAIT counts
# down and CLOSE_WAIT is held: at three sizes, as a list and presented; keys, a resize, no colour,
# no UTF-8, a recording played. What is waited for is the screen.
set -u
. tests/lib.sh
command -v tmux >/dev/null || { echo "skip - no tmux here: no terminal to look at"; exit; }
# With its screen a scene ends, where the namespace of processes goes with its first; else the
# runner ends what is left.
enter=''
for try in '-Urnpf --mount-proc --kill-child' '-npf --mount-proc --kill-child' -Urn -n; do
	# shellcheck disable=SC2086
	[ "$enter" ] || ! unshare $try true 2>/dev/null || enter="unshare $try"
done
[ "$enter" ] || { echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; }
grep -q ncursesw < <(ldd "$TCPSTATE") || { echo "skip - built without ncursesw"; exit; }
export PATH=${TCPSTATE%/*}:$BUILD/labs:$PATH LC_ALL=C.UTF-8
socket=$TMP/tmux
tm() { tmux -S "$socket" -f /dev/null "$@"; }
screen() { tm capture-pane -p 2>/dev/null; }
# start SIZE SCENARIO COMMAND: in a namespace of its own
start() {
	printf '%s\n' 'ip link set lo up' "$2" "exec $3" >"$TMP/scenario"
	tm new-session -d -x "${1%x*}" -y "${1#*x}" "$enter sh $TMP/scenario 2>$TMP/err"
	tm set -g status off
	tm resize-window -x "${1%x*}" -y "${1#*x}"
}
# Until the server's process is gone: one that is about to end still takes the next session.
finish() {
	local pid
	pid=$(tm display-message -p '#{pid}' 2>/dev/null)
	tm kill-server 2>/dev/null
	while [ "$pid" ] && [ -e "/proc/$pid" ]; do sleep 0.05; done
}
# until_screen SENTENCE PATTERN: the screen shows it within 20 s
until_screen() {
	local deadline=$((SECONDS + 20)) text=''
	while [ $SECONDS -lt $deadline ]; do
		text=$(screen)
		if grep -q -- "$2" <<<"$text"; then good "$1"; return 0; fi
		sleep 0.1
	done
	bad "$1" "$text"; cat "$TMP/err" 2>/dev/null
	return 1
}
press() { tm send-keys "$@"; }

hold='(exec sleep 300 |' # keeps a program's standard input open
queue="$hold echo_server --backlog 1 --accept none) >/dev/null 2>&1 & tcpstate wait LISTEN >/dev/null
for i in 1 2 3 4 5; do $hold echo_client --bind 4000\$i --count 1) >/dev/null 2>&1 & done"
half="export TCPSTATE_NETNS=\$(readlink /proc/self/ns/net | tr -dc 0-9)
$hold echo_server --backlog 3 --accept none) >/dev/null 2>&1 & tcpstate wait LISTEN >/dev/null; $hold syn_sender --count 8) >/dev/null 2>&1 &"
time_wait="$hold echo_server --close-first) >/dev/null 2>&1 & tcpstate wait LISTEN >/dev/null
for i in 1 2 3; do echo bye | echo_client --bind 4100\$i >/dev/null 2>&1; done"
close_wait="$hold echo_server --pause-before-close forever) >/dev/null 2>&1 & tcpstate wait LISTEN >/dev/null
(while [ ! -e $TMP/go ]; do sleep 0.1; done; echo bye | timeout 1 echo_client --bind 42001) >/dev/null 2>&1 &"

for size in 80x24 120x40 200x60; do
	start $size "$queue" "tcpstate top"
	until_screen "$size: a full accept queue is told" '█ 2 of 2, fu'
	until_screen "$size: who waits outside is in SYN_SENT" '127.0.0.1:40005.*SYN_SENT\|127.0.0.1:4000. .*SYN_SENT'
	until_screen "$size: overflows are counted" 'accept queue overflowed [1-9]'
	press p
	until_screen "$size: the queue is people" 'accept()  */|. /|'
	finish
	start $size "$half" "tcpstate top"
	until_screen "$size: half-open requests are told" '[1-4] of 4'
	until_screen "$size: they are sockets in SYN_RECV" '^127.* SYN_RECV '
	press p
	until_screen "$size: presented, they stand behind the door" 'half-open [1-4]'
	finish
	start $size "$time_wait" "tcpstate top"
	until_screen "$size: TIME_WAIT counts down" 'TIME_WAIT .* 5[0-9]\.[0-9] s'
	press p
	until_screen "$size: presented, TIME_WAIT has its number" 'TIME_WAIT  3\|▀▀█'
	finish
	rm -f "$TMP/go"
	start $size "$close_wait" "tcpstate top"
	until_screen "$size: capturing has begun" '→ LISTEN' && touch "$TMP/go"
	until_screen "$size: CLOSE_WAIT is told" '^127.*:12345 .*CLOSE_WAIT '
	until_screen "$size: and its peer's FIN_WAIT2, with a timer" 'FIN_WAIT2 .* s'
	until_screen "$size: the feed has the cause" 'ESTABLISHED → CLOSE_WAIT  *the peer closed first'
	press Enter
	until_screen "$size: a socket by itself has its segments" '─ FIN ACK ─'
	finish
done

start 80x24 "$queue" "tcpstate top"
until_screen "it begins" '█ 2 of 2, fu'
until_screen "what comes is seen from then on" '[2-9]\.[0-9] s '
press Space
until_screen "Space pauses" 'UTC  paused'
press Left Left
until_screen "the arrow steps back" 'paused, .* back'
press Space
until_screen "and goes on" 'UTC  live'
press F6
until_screen "F6 sorts" 'by remote end'
press F5
until_screen "F5 groups" '^echo_client\[[0-9]*\]  *1 '
press F5 F5 F5 F3
press 40003 Enter
until_screen "F3 finds" '─[12] · .*with "40003"'
tm resize-window -x 132 -y 43
until_screen "it follows a resize" "$(printf '^.\{110,\}live')"
tm resize-window -x 60 -y 15
until_screen "to a small one too" 'F1 Help'
press F1
until_screen "F1 helps" 'pause; again'
press Escape q
deadline=$((SECONDS + 20))
while tm has-session 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
if tm has-session 2>/dev/null; then bad "q quits" "$(screen)"; else good "q quits"; fi
finish

start 80x24 "$queue" "env LC_ALL=C NO_COLOR=1 TERM=vt100 $TCPSTATE top"
until_screen "without colour and UTF-8 it is drawn in ASCII" '# 2 of 2, fu'
if LC_ALL=C grep -q '[^ -~]' <<<"$(screen)"; then bad "with nothing else" "$(screen)"; else good "with nothing else"; fi
finish
start 80x24 : "env TERM=nonsense $TCPSTATE top; read -r line"
deadline=$((SECONDS + 20))
while ! grep -q 'is not known here' "$TMP/err" && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
if grep -q 'the terminal "nonsense" is not known here' "$TMP/err"; then good "an unknown terminal is named"; else bad "an unknown terminal is named" "$(cat "$TMP/err")"; fi
finish

start 80x24 : "tcpstate top --speed 0.02 $PWD/tests/golden/recordings/full-queue"
until_screen "a recording is played" 'replay ÷50'
until_screen "and what happened in it" 'accept queue overflowed 1'
press + +
until_screen "faster" '÷12'
press + + + + + + +
until_screen "to its end" 'the recording is over'
press - - - - - - - - r
until_screen "and again" 'replay'
finish
