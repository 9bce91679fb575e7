#!/usr/bin/env bash
# On a terminal, a recorded shell has its job control, and a recorded program can be stopped and
# continued from the shell outside; with --calls as without.
# long
set -u
cd "$TMP" || exit 1
command -v tmux >/dev/null || { echo "skip - no tmux here to type into"; exit; }
tmux() { command tmux -S "$TMP/tmux$calls" -f /dev/null "$@"; }
screen() { tmux capture-pane -p -J -S -; }
shows() { local i; for ((i = 0; i < 200; i++)); do screen | grep -qE "$1" && return; sleep 0.05; done; screen; return 1; }
type_in() { tmux send-keys "$@"; }
check() { if "${@:2}"; then echo "ok - $1"; else echo "not ok - $1"; fi; }

for calls in '' --calls; do
	tmux new-session -d -x 120 -y 50 "cd '$TMP' && PS1='outside> ' exec bash --norc"
	shows 'outside> '
	type_in "'$TCPSTATE' record $calls -o shell$calls -- env PS1='inside> ' bash --norc" Enter
	check "a recorded shell prompts ${calls:-without calls}" shows '^inside> '
	type_in 'sleep 1000' Enter; sleep 0.5; type_in C-z
	check "it stops its job ${calls:-without calls}" shows 'Stopped +sleep 1000'
	type_in 'fg' Enter; sleep 0.5; type_in C-c; type_in 'echo alive-$((6 * 7))' Enter
	check "it continues it, and Ctrl-C ends the job alone ${calls:-without calls}" shows '^alive-42'
	type_in 'exit 3' Enter; sleep 0.5; type_in 'echo status-$?' Enter
	check "its exit status is passed on ${calls:-without calls}" shows '^status-3'
	type_in "'$TCPSTATE' record $calls -o program$calls -- sh -c 'echo started; exec sleep 1000'" Enter
	shows '^started'
	type_in C-z
	check "Ctrl-Z stops a recorded program and its recorder ${calls:-without calls}" shows 'Stopped .*tcpstate'
	type_in 'fg' Enter; sleep 0.5; type_in C-c; sleep 0.5; type_in 'echo ended-$?' Enter
	check "fg continues them, and Ctrl-C ends the program ${calls:-without calls}" shows '^ended-130'
	tmux kill-server
done
