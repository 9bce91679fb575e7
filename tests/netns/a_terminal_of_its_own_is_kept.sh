#!/usr/bin/env bash
# record --keep-output: COMMAND has a terminal of its own; what it writes there is kept, what is
# typed does what it always does, and the terminal outside is as it was, however the recorder ends.
# long
# also: user
set -u
. tests/lib.sh
cd "$TMP" || exit 1
command -v tmux >/dev/null || { echo "skip - no tmux here to type into"; exit; }
tmux() { command tmux -S "$TMP/tmux$calls" -f /dev/null "$@"; }
screen() { tmux capture-pane -p -J -S -; }
shows() { local i; for ((i = 0; i < 400; i++)); do screen | grep -qE "$1" && return; sleep 0.05; done; screen; return 1; }
type_in() { tmux send-keys "$@"; }
check() { if "${@:2}"; then good "$1"; else bad "$1"; fi; }
kept() { grep '^{"type":"output"' "$1/facts.jsonl" | grep -qF -- "$2"; }
# as_it_was LABEL: the outer shell answers, and its terminal has the modes it had.
as_it_was() { type_in "[ \"\$(stty -g)\" = \"\$modes\" ] && echo same-$1-\$((6 * 7))" Enter; shows "^same-$1-42"; }
# recorder_of DIR: its pid; guard and init have other names.
recorder_of() {
	local process
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/cwd")" = "$PWD" ] && grep -qsx tcpstate "$process/comm" &&
			grep -qszx -e "$1" "$process/cmdline" && echo "${process#/proc/}" && return
	done
}
gone() { local i; [ -n "$1" ] || return 0; for ((i = 0; i < 400; i++)); do [ -d "/proc/$1" ] || return 0; sleep 0.05; done; return 1; }
# It says when it runs, and when it was continued.
cat >job <<'END'
trap 'echo "$1-again"' CONT
echo "$1-up"
while :; do sleep 0.1; done
END

for calls in '' --calls; do
	with=${calls:-without calls} record="'$TCPSTATE' record --keep-output $calls"
	tmux new-session -d -x 120 -y 50 "cd '$TMP' && PS1='outside> ' exec bash --norc"
	shows 'outside>'
	type_in 'modes=$(stty -g)' Enter
	type_in "$record -o shell$calls -- env PS1='inside> ' bash --norc" Enter
	check "a recorded shell prompts $with" shows '^inside>'
	type_in 'sh job one' Enter
	shows '^one-up'
	type_in C-z
	check "Ctrl-Z stops its job alone $with" shows 'Stopped +sh job one'
	type_in 'fg' Enter
	shows '^one-again'
	type_in C-c; type_in 'echo alive-$((6 * 7))' Enter
	check "Ctrl-C ends the job alone $with" shows '^alive-42'
	tmux resize-window -x 100 -y 40
	type_in 'until [ "$(stty size)" = "40 100" ]; do :; done; echo size-$((6 * 7))' Enter
	check "a new size of the terminal is the inner one's, too $with" shows '^size-42'
	type_in "stty raw -echo; echo raw-\$((1 + 1)); dd bs=1 count=1 2>/dev/null | od -An -tx1; stty sane" Enter
	shows 'raw-2'
	type_in C-c
	check "to a program in raw mode Ctrl-C is a byte $with" shows '^ *03 *$'
	type_in 'exit 3' Enter
	shows 'exit$'
	gone "$(recorder_of "shell$calls")"
	type_in 'echo status-$?' Enter
	check "its exit status is passed on $with" shows '^status-3'
	check "and the terminal is as it was $with" as_it_was exit
	check "what was written is kept $with" kept "shell$calls" 'alive-42'

	type_in "$record -o program$calls -- sh job two" Enter
	shows '^two-up'
	type_in C-z
	check "Ctrl-Z stops a recorded program and its recorder $with" shows 'Stopped .*tcpstate'
	check "and the terminal is as it was meanwhile $with" as_it_was stopped
	type_in 'fg' Enter
	shows '^two-again'
	pid=$(recorder_of "program$calls")
	type_in C-c
	gone "$pid"
	type_in 'echo ended-$?' Enter
	check "fg continues them, and Ctrl-C ends the program $with" shows '^ended-130'

	for signal in TERM KILL; do
		type_in "$record -o $signal$calls -- sh job $signal" Enter
		shows "^$signal-up"
		pid=$(recorder_of "$signal$calls")
		kill -$signal "$pid"
		gone "$pid"
		check "and as it was after SIG$signal $with" as_it_was $signal
	done
	tmux kill-server
done
