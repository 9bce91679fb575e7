#!/usr/bin/env bash
# A directory that a stranger packed, or records into, neither runs their code nor stops us, and
# shows nobody else's files.
# also: user
set -u
cd "$TMP" || exit 1
rogue=$BUILD/tests/netns/rogue
verdict() {     # sentence, status of the condition before
	if [ "$2" = 0 ]; then echo "ok - $1"; else printf 'not ok - %s\n' "$1"; cat out err 2>/dev/null; fi
}
report() { timeout -s KILL 20 "$TCPSTATE" report "$@" >out 2>err; status=$?; }
bytes() { printf '%b' "$@"; }
header='\x4d\x3c\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00'

# ---- files that are none ----
for name in wire.pcap diag.pcap facts.jsonl; do
	mkdir "fifo-$name" "zero-$name" "link-$name" "dir-$name"
	mkfifo "fifo-$name/$name"
	ln -s /dev/zero "zero-$name/$name"
	bytes "$header" >elsewhere
	ln -s "$PWD/elsewhere" "link-$name/$name"
	mkdir "dir-$name/$name"
	report "fifo-$name"
	[ "$status" = 1 ] && grep -q "fifo-$name/$name: is a pipe" err
	verdict "a pipe named $name is refused, not waited for" $?
	report "zero-$name"
	[ "$status" = 1 ] && grep -q "$name: is a symbolic link" err
	verdict "a link to /dev/zero named $name is refused, not read" $?
	report "link-$name"
	[ "$status" = 1 ] && grep -q "$name: is a symbolic link" err && [ "$(wc -l <err)" = 1 ]
	verdict "a link named $name to somebody's file is not followed" $?
	report "dir-$name"
	[ "$status" = 1 ] && grep -q "$name: is a directory" err
	verdict "a directory named $name is refused" $?
done
mkdir -p box private/secret
bytes "$header" >private/secret/wire.pcap
ln -s "$PWD/private/secret" box/inner
report box
[ "$status" = 1 ] && grep -q "holds no recording" err
verdict "a folder that is a link is no recording of that directory" $?
ln -s "$PWD/private/secret" named
report named
verdict "but a link that the user names is followed" "$status"
bytes "$header" >fine.pcap
report <(cat fine.pcap)
verdict "and a pipe that the user names is read" "$status"

mkdir fifo-page device-page
mkfifo fifo-page/report.html
ln -s /dev/full device-page/report.html
for name in fifo-page device-page; do
	timeout -s KILL 60 "$TCPSTATE" record -o $name -- true >out 2>err
	[ -f $name/report.html ] && [ ! -L $name/report.html ] && grep -q '<!doctype html>' $name/report.html
	verdict "the page of a recording takes the place of what has its name, and is not written into it ($name)" $?
done

# ---- the process that reads ----
mkfifo slow
# reads_apart NAME ARGUMENT...: of a recording that has only begun
reads_apart() {
	local name=$1 pid reader
	shift
	"$TCPSTATE" "$@" slow >out 2>err &
	pid=$!
	exec 9>slow
	bytes "$header" >&9
	for ((i = 0; i < 200; i++)); do
		reader=$(cat /proc/$pid/task/$pid/children 2>/dev/null)
		[ -n "$reader" ] && grep -q 'Seccomp:.*2' "/proc/${reader% }/status" 2>/dev/null && break
		sleep 0.05
	done
	if [ -z "$reader" ] && grep -q -e __asan -e __gcov "$TCPSTATE"; then
		echo "skip - the reader is no process of its own in this build (sanitizers)"
	else
		grep -q 'NoNewPrivs:.*1' "/proc/${reader% }/status" 2>/dev/null && grep -q 'Seccomp:.*2' "/proc/${reader% }/status"
		verdict "what reads a recording for $name is a process of its own, under a seccomp filter" $?
	fi
	exec 9>&-
	wait $pid
	verdict "and the $name is made" $?
}
reads_apart report report
reads_apart screen top --once

# ---- entering ----
answer='{"ok":true,"environment":["LD_PRELOAD=/nowhere.so","BASH_ENV=/nowhere","TCPSTATE_NETNS=7","PATH=/nowhere"],"path":"/nowhere"}'
mkdir theirs
serve() {       # directory; as this user, or the one after it
	: >ready # what the one before said is not this one's word
	"${@:2}" "$rogue" serve "$1" "$answer" >ready 2>&1 &
	server=$!
	for ((i = 0; i < 200; i++)); do grep -q ready ready && return; sleep 0.05; done
}
enter() { timeout -s KILL 20 "$TCPSTATE" enter "$1" -- sh -c 'id -u; env' >out 2>err; status=$?; }
serve theirs
enter theirs
[ "$status" = 0 ] && grep -qx "TCPSTATE_NETNS=7" out && ! grep -q nowhere out
verdict "enter takes TCPSTATE_* from a recorder, and no other variable" $?
kill $server
rm -rf theirs
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$TMP"
	stranger=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	mkdir theirs && chown 65534:65534 theirs
	serve theirs "${stranger[@]}"
	enter theirs
	[ "$status" = 0 ] && [ "$(head -n 1 out)" = 65534 ] && ! grep -q nowhere out
	verdict "root enters a user's recording as that user" $?
	chown 0:0 theirs
	enter theirs
	[ "$status" = 1 ] && [ ! -s out ] && grep -q "belongs to user 0, but user 65534 is recording" err
	verdict "root does not enter where somebody else than the owner answers" $?
	chmod 777 theirs
	timeout -s KILL 20 setpriv --reuid=65533 --regid=65533 --clear-groups "$TCPSTATE" enter theirs -- id -u >out 2>err; status=$?
	[ "$status" = 1 ] && [ ! -s out ] && grep -q "user 65534 is recording there, not you" err
	verdict "a user does not enter another user's recording" $?
	kill $server
else
	echo "skip - not root: a stranger's recorder cannot be played"
fi
