#!/usr/bin/env bash
# On a terminal, record says what it records and how to enter and end it, and the shells inside
# prompt with their number and the recording's name, after the user's own files.
# long
set -u
cd "$TMP" || exit 1
command -v tmux >/dev/null || { echo "skip - no tmux here to type into"; exit; }
tmux() { command tmux -S "$TMP/tmux-$shell" -f /dev/null "$@"; }
screen() { tmux capture-pane -p -J -S - -t "$1"; }
shows() { local i; for ((i = 0; i < 400; i++)); do screen "$1" | grep -qF -- "$2" && return; sleep 0.05; done; screen "$1"; return 1; }
check() { if "${@:2}"; then echo "ok - $1"; else echo "not ok - $1"; fi; }
type_in() { tmux send-keys -t "$1" "$2" Enter; }

mkdir home
echo 'alias mine="echo rc-was-read"; PS1="from-rc> "' | tee home/.bashrc >home/.zshrc
echo 'alias mine="echo rc-was-read"; PS1="from-rc> "' >home/.shrc
mark='#'; [ "$(id -u)" = 0 ] || mark='$'      # outside; inside everybody is root
for shell in bash sh zsh; do
	command -v "$shell" >/dev/null || { echo "skip - no $shell here"; continue; }
	tmux new-session -d -s one -x 150 -y 50 "cd '$TMP' && HOME='$TMP/home' ENV='$TMP/home/.shrc' PS1='outside$mark ' exec bash --norc"
	tmux new-session -d -s two -x 150 -y 50 "cd '$TMP' && HOME='$TMP/home' ENV='$TMP/home/.shrc' SHELL='$(command -v "$shell")' PS1='outside$mark ' exec bash --norc"
	shows one 'outside'; shows two 'outside'
	type_in one "'$TCPSTATE' record -o by-hand-$shell -- $shell"
	check "$shell prompts as the first shell of its recording" shows one "one(by-hand-$shell)#"
	check "record says what it records ($shell)" shows one "recording into by-hand-$shell: packets and sockets of a sealed network"
	check "and how to enter ($shell)" shows one "tcpstate enter by-hand-$shell"
	check "and what ends it ($shell)" shows one "it ends when $shell does"
	type_in one 'mine; echo home-$HOME-$ENV'
	check "the user's own file was read ($shell)" shows one 'rc-was-read'
	check "and the environment is as it was ($shell)" shows one "home-$TMP/home-$TMP/home/.shrc"
	type_in two "'$TCPSTATE' enter by-hand-$shell"
	check "the shell that enters is the second ($shell)" shows two "two(by-hand-$shell)#"
	type_in two "PS1='mine> '"
	check "a prompt that is set by hand stays ($shell)" shows two 'mine> '
	tmux kill-server
done
"$TCPSTATE" record -o quiet -- true 2>err </dev/null
check "without a terminal nothing is said of it" sh -c '! grep -q "recording into" err'
