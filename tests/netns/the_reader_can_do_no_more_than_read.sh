#!/usr/bin/env bash
# What reads a stranger's recording, and has been taken over by it, types nothing into the terminal,
# sends nobody a signal, and writes no file; but it reads, and asks how wide the terminal is.
# also: user
set -u
. tests/lib.sh
cd "$TMP" || exit 1
confined=$BUILD/tests/netns/confined
grep -q -e __asan -e __gcov "$TCPSTATE" && { echo "skip - a build with sanitizers, or for coverage, has no sandbox"; exit 0; }
grep -q '^Seccomp:' /proc/self/status || { echo "skip - this kernel has no seccomp"; exit 0; }
sleep 1000 & victim=$!
# within ATTACK: what the attack says, on a terminal of its own
within() { script -qec "$confined $1 $victim" /dev/null </dev/null 2>&1 | tr -d '\r'; }
like "the reader reads, and asks for the terminal's size" 'done' "$(within read)"
while read -r attack sentence; do
	output=$(within "$attack")
	holds "$sentence" '[[ $output != *done* ]]'
done <<'END'
type it types nothing into the terminal (TIOCSTI)
console nor into the console (TIOCLINUX)
own no descriptor of its signals somebody else (F_SETOWN)
signal it sends no signal to another process (tgkill)
write it opens no file for writing
END
holds "the other process lives" 'kill -0 $victim'
kill $victim
