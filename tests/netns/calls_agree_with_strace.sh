#!/usr/bin/env bash
# What record --calls tells of a program is what strace tells of it: each call upon a TCP socket, its descriptor, result and error.
# long
set -u
cd "$TMP" || exit 1
command -v strace >/dev/null || { echo "skip - no strace here to compare with"; exit; }
caller=$BUILD/tests/netns/caller serving=$BUILD/tests/netns/serving
calls='socket bind listen connect accept accept4 shutdown setsockopt read readv preadv write writev recvfrom sendto sendmsg recvmsg sendmmsg sendfile splice close dup dup2'

# strace's lines, unfinished ones joined, as "name descriptor result errno"; what is no TCP socket is left out.
by_strace() {
	awk '/ <unfinished [.][.][.]>$/ { sub(/ *<unfinished [.][.][.]>$/, ""); begun[$1] = $0; next }
		/^[0-9]+ +<[.][.][.] [a-z0-9_]+ resumed>/ { pid = $1; sub(/^[0-9]+ +<[.][.][.] [a-z0-9_]+ resumed>/, ""); $0 = begun[pid] $0 }
		{ print }' "$1" | sed 's/^[0-9]* *//' | awk -v calls=" $calls " '
		{ name = $0; sub(/\(.*/, "", name) }
		index(calls, " " name " ") == 0 { next }
		name == "splice" && match($0, /[0-9]+<TCP/) { $0 = name "(" substr($0, RSTART) } # either of its two descriptors
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
		name ~ /msg$/ && member("effect") != "" { next } # descriptors that a Unix socket carried
		{ print name, fd, member("result"), member("errno") }' "$1"
}
compare() {     # scenario, COMMAND: those of several threads or processes in either order
	local name=$1 order=cat
	shift
	[ "$name" = mixed ] && order="sort"
	"$TCPSTATE" record -o "s-$name" -- strace -f -yy -o "$name.strace" "$@" 2>err || cat err
	"$TCPSTATE" record --calls -o "c-$name" -- "$@" 2>err || cat err
	if [ -s "$name.strace" ] && diff <(by_strace "$name.strace" | $order) <(by_calls "c-$name/calls.jsonl" | $order); then
		echo "ok - all $(by_strace "$name.strace" | wc -l) calls of '$name' are told as strace tells them"
	else
		echo "not ok - all calls of '$name' are told as strace tells them"
	fi
}
for scenario in unread refused closers vectors; do compare $scenario "$caller" $scenario; done
for scenario in threads moving; do compare $scenario "$serving" $scenario; done
# One after the other, forked servers and all.
compare mixed bash -c 'for what in unread refused closers vectors; do "$0" $what; done; for what in threads forks forgetful passing moving; do "$1" $what; done' "$caller" "$serving"
