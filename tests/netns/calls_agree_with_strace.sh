#!/usr/bin/env bash
# What record --calls tells of a program is what strace tells of it: each call upon a TCP socket, its descriptor, result and error.
# long
set -u
cd "$TMP" || exit 1
command -v strace >/dev/null || { echo "skip - no strace here to compare with"; exit; }
caller=$BUILD/tests/netns/caller
calls='socket bind listen connect accept4 shutdown setsockopt read readv write writev recvfrom sendmmsg sendfile close dup dup2'

# strace's lines, unfinished ones joined, as "name descriptor result errno"; what is no TCP socket is left out.
by_strace() {
	sed 's/^[0-9]* *//' "$1" | awk -v calls=" $calls " '
		{ name = $0; sub(/\(.*/, "", name) }
		index(calls, " " name " ") == 0 { next }
		name == "socket" ? $0 !~ /\(AF_INET/ : $0 !~ /^[a-z0-9_]+\([0-9]+<TCP/ { next }
		{
			fd = $0; sub(/^[^(]*\(/, "", fd); sub(/<.*/, "", fd)
			result = $0; sub(/.*\) += /, "", result)
			errno = result ~ /^-1 E/ ? result : ""; sub(/^-1 /, "", errno); sub(/ .*/, "", errno); sub(/[< ].*/, "", result)
			print name, name == "socket" ? result : fd, result, errno
		}'
}
# The lines of calls.jsonl likewise; a dup2 that closes a socket is one call, not two.
by_calls() {
	awk -v calls=" $calls " '
		function member(name,    text) {
			if (!match($0, "\"" name "\":(\"[^\"]*\"|-?[0-9]+)")) return ""
			text = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3); gsub(/"/, "", text); return text
		}
		{ name = member("call"); fd = member("fd") }
		index(calls, " " name " ") == 0 || (name == "dup2" && member("part") != "") { next }
		{ print name, fd, member("result"), member("errno") }' "$1"
}
for scenario in unread refused closers vectors; do
	"$TCPSTATE" record -o "s-$scenario" -- strace -f -yy -o "$scenario.strace" "$caller" "$scenario" 2>err || cat err
	"$TCPSTATE" record --calls -o "c-$scenario" -- "$caller" "$scenario" 2>err || cat err
	if [ -s "$scenario.strace" ] && diff <(by_strace "$scenario.strace") <(by_calls "c-$scenario/calls.jsonl"); then
		echo "ok - all $(by_strace "$scenario.strace" | wc -l) calls of '$scenario' are told as strace tells them"
	else
		echo "not ok - all calls of '$scenario' are told as strace tells them"
	fi
done
