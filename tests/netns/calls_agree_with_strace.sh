#!/usr/bin/env bash
# What record --calls tells of a program is what strace tells of it: each call upon a TCP socket,
# its descriptor, result and error; and which of them made each edge that a call makes.
# long
# timeout: 1800
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP" || exit 1
command -v strace >/dev/null || { echo "skip - no strace here to compare with"; exit; }
caller=$BUILD/tests/netns/caller serving=$BUILD/tests/netns/serving mixing=$BUILD/tests/netns/mixing
calls='socket bind listen connect accept accept4 shutdown setsockopt read readv pread64 preadv preadv2 write writev pwrite64 pwritev
recvfrom sendto sendmsg recvmsg sendmmsg recvmmsg sendfile splice close dup dup2 dup3 fcntl'
calls=${calls//$'\n'/ }

# strace's lines, unfinished ones joined, as "name descriptor result errno"; what is no TCP or UDP
# socket is left out, and so are calls that a signal interrupted and that the kernel makes again
# (they are told once, when they return), and fcntl() but for copies.
by_strace() {
	awk '/ <unfinished [.][.][.]>$/ { sub(/ *<unfinished [.][.][.]>$/, ""); begun[$1] = $0; next }
		/^[0-9]+ +<[.][.][.] [a-z0-9_]+ resumed>/ { pid = $1; sub(/^[0-9]+ +<[.][.][.] [a-z0-9_]+ resumed>/, ""); $0 = begun[pid] $0 }
		/ = [?] ERESTART/ { sub(/ = [?] ERESTART.*/, " = -1 EINTR"); waits[$1] = $0; next } # a handler runs; then it fails, or is made again
		$2 ~ /^rt_sigreturn/ { if (/ = -1 EINTR/ && waits[$1]) print waits[$1]; delete waits[$1]; next }
		{ print }' "$1" | sed 's/^[0-9]* *//' | awk -v calls=" $calls " '
		{ name = $0; sub(/\(.*/, "", name) }
		index(calls, " " name " ") == 0 { next }
		name == "splice" && match($0, /[0-9]+<(TCP|UDP)/) { $0 = name "(" substr($0, RSTART) } # either of its two descriptors
		name == "socket" ? $0 !~ /\(AF_INET/ : $0 !~ /^[a-z0-9_]+\([0-9]+<(TCP|UDP)/ { next }
		name == "fcntl" && !/F_DUPFD/ { next }
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
		index(calls, " " name " ") == 0 || (name ~ /^dup[23]$/ && member("part") != "") { next }
		name ~ /msg$/ && member("effect") != "" { next } # descriptors that a Unix socket carried
		{ print name, fd, member("result"), member("errno") }' "$1"
}
compare() {     # scenario, COMMAND: those of several threads or processes in either order
	local name=$1 order=cat
	shift
	[[ $name = mixed* ]] && order="sort"
	"$TCPSTATE" record -o "s-$name" -- strace -f -yy -o "$name.strace" "$@" 2>err || cat err
	"$TCPSTATE" record --calls -o "c-$name" -- "$@" 2>err || cat err
	if [ -s "$name.strace" ] && diff <(by_strace "$name.strace" | $order) <(by_calls "c-$name/calls.jsonl" | $order); then
		echo "ok - all $(by_strace "$name.strace" | wc -l) calls of '$name' are told as strace tells them"
	else
		echo "not ok - all calls of '$name' are told as strace tells them"
	fi
}
# The edges whose cause is a call, and which: "ROLE CALL", a line each.
edges_by_strace() { sed 's/ <unfinished [.][.][.]>$//' "$1.strace" | awk -f "$here/call_causes.awk" | sort; }
edges_by_report() {
	"$TCPSTATE" report --format jsonl "c-$1" | awk '/^{"type":"transition"/ && /"cause":"call"/ {
		call = match($0, /"call":"[a-z_0-9]*"/) ? substr($0, RSTART + 8, RLENGTH - 9) : "none"
		match($0, /"role":"[a-z]*"/); print substr($0, RSTART + 8, RLENGTH - 9), call }' | sort
}
causes() {      # scenario, compared above
	local edges
	edges=$(edges_by_strace "$1" | wc -l)
	if [ "$edges" -gt 0 ] && diff <(edges_by_strace "$1") <(edges_by_report "$1"); then
		echo "ok - all $edges edges of '$1' that a call made have the call by strace"
	else
		echo "not ok - all edges of '$1' that a call made have the call by strace"
	fi
}
for scenario in unread refused closers vectors; do compare $scenario "$caller" $scenario; done
for scenario in threads moving; do compare $scenario "$serving" $scenario; done
# Python: threads that serve, a child that executes a program which reads from a connection,
# descriptors handed on to a forked child, selectors, options, errors.
cat >mixed.py <<'END'
import os, selectors, socket, struct, subprocess, sys, threading
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 22541)); server.listen(16)
def serve(client): # accepted by the main thread: descriptors are the same numbers in each run
    try:
        while client.recv(64):
            client.sendall(b"answer")
    except ConnectionResetError: pass
    client.close()
for number in range(9):
    client = socket.create_connection(("127.0.0.1", 22541))
    thread = threading.Thread(target=serve, args=server.accept()[:1]); thread.start()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.send(b"question"); client.recv(6)
    if number % 3 == 0: client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif number % 3 == 1: client.shutdown(socket.SHUT_WR)
    client.close(); thread.join()
one = socket.create_connection(("127.0.0.1", 22541)); two, _ = server.accept()
child = subprocess.Popen([sys.executable, "-c", "import os, sys\nwhile os.read(int(sys.argv[1]), 4): pass", str(two.fileno())], pass_fds=[two.fileno()])
one.sendall(b"a line\nand more\n"); one.close(); two.close(); child.wait()
near, far = socket.socketpair()
one = socket.create_connection(("127.0.0.1", 22541)); two, _ = server.accept()
pid = os.fork()
if pid == 0:
    two.close(); near.close()
    _, given, _, _ = socket.recv_fds(far, 1, 4)
    os.write(given[0], b"given"); os._exit(0)
socket.send_fds(near, [b"x"], [two.fileno()]); two.close(); os.waitpid(pid, 0)
chooser = selectors.DefaultSelector(); one.setblocking(False); chooser.register(one, selectors.EVENT_READ)
chooser.select(); one.recv(16)
for wrong in lambda: one.bind(("127.0.0.1", 22541)), lambda: one.connect(("127.0.0.1", 22541)), lambda: one.listen(1), lambda: socket.create_connection(("127.0.0.1", 22542)):
    try: wrong()
    except OSError: pass
END
compare mixed-c "$mixing"
if python3 -c 'import socket; socket.send_fds' 2>/dev/null; then compare mixed-python python3 mixed.py; causes mixed-python; else echo "skip - no python3 here that passes descriptors"; fi
# One after the other, forked servers and all.
compare mixed bash -c 'for what in unread refused closers vectors; do "$0" $what; done; for what in threads forks forgetful passing moving; do "$1" $what; done' "$caller" "$serving"
