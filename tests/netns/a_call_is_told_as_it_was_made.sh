#!/usr/bin/env bash
# record --calls: what a program asks of its sockets is told as it asked, with results, and who
# closed what when. Typed by hand: what caller.c does.
# also: root
# needs: user namespaces
set -u
. tests/lib.sh
cd "$TMP" || exit 1
caller=$BUILD/tests/netns/caller
told() {        # the calls and ends of a recording, a line each
	"$TCPSTATE" report --format jsonl "$1" 2>/dev/null | sed -n 's/^{"type":"\(call\|exit\)".*"text":"\(.*\)"}$/\2/p'
}
scenario() {    # sentence, name, exit status; what is told comes on standard input
	local status
	"$TCPSTATE" record --calls -o "$2" -- "$caller" "$2" >out 2>err; status=$?
	is "$1" "$(cat; echo "status $3")" "$(told "$2" | sed "s/process [0-9]* holds/process PID holds/"; echo "status $status")"
}
pair='caller  socket() AF_INET, SOCK_STREAM = 3
caller  setsockopt(3) SO_REUSEADDR = 1
caller  bind 127.0.0.1:22535
caller  listen(3, 5)
caller  socket() AF_INET, SOCK_STREAM = 4
caller  connect 127.0.0.1:22535
caller  accept4() = 5'

scenario "bytes left unread are told of the close" unread 0 <<END
$pair
caller  write(4, 43) = 43
caller  read(5, 4) = 4
caller  close(5): 39 bytes unread
caller  read(4, 1) → ECONNRESET (Connection reset by peer)
caller  ended, which closes 3
caller  ended, which closes 4
the process ended (exit status 0)
END
scenario "what fails is told with its error" refused 0 <<END
$(head -n 5 <<<"$pair")
caller  bind 127.0.0.1:22535 → EADDRINUSE (Address already in use)
caller  socket() AF_INET, SOCK_STREAM = 5
caller  connect 127.0.0.1:22536 → ECONNREFUSED (Connection refused)
caller  ended, which closes 3
caller  ended, which closes 4
caller  ended, which closes 5
the process ended (exit status 0)
END
"$TCPSTATE" report --format jsonl refused | grep -q '"errno":"ECONNREFUSED","connection":1,' && echo "ok - a connect() that failed belongs to its connection" ||
	echo "not ok - a connect() that failed belongs to its connection"
scenario "who holds a socket is told through dup, fcntl, close_range, fork, exec and exit" closers 0 <<END
$pair
caller  fcntl(5) = 50
caller  dup(5) = 6
caller  dup2(4) = 6
caller  dup2() closes 6: the socket is still held elsewhere
caller  close_range(6): the socket is still held elsewhere
caller  fork(): process PID holds 3 too
caller  fork(): process PID holds 4 too
caller  fork(): process PID holds 5 too
caller  fork(): process PID holds 50 too
caller  exec(): this program holds 3 now
caller  exec(): this program holds 4 now
caller  exec(): this program holds 5 now
caller  exec() closes 50 (close-on-exec): the socket is still held elsewhere
caller  ended, which closes 3: the socket is still held elsewhere
caller  ended, which closes 4: the socket is still held elsewhere
caller  ended, which closes 5: the socket is still held elsewhere
the process ended (exit status 0)
caller  close(50): the socket is still held elsewhere
caller  close(5)
caller  ended, which closes 3
caller  ended, which closes 4
the process ended (exit status 0)
END
"$TCPSTATE" record --calls -o passing -- "$caller" passing >out 2>err; status=$?
is "a descriptor passed to another process keeps its socket open" "0 1 1 1 1" "$status $(told passing | grep -c 'sendmsg(): passes 5 on') $(told passing | grep -c 'recvmsg(): is given 5') $(
	told passing | grep -c 'caller  write(5, 1) = 1') $(told passing | grep -c 'ended, which closes 5$')"
scenario "a call that does not return is told, and the signal that ended its process" killed 137 <<END
$(head -n 4 <<<"$pair")
caller  accept(): did not return
caller  ended, which closes 3
the process ended (SIGKILL)
END
scenario "vectors, many messages, files and ends of data are told" vectors 0 <<END
$pair
caller  writev(4, 43) = 43
caller  readv(5, 43) = 43
caller  sendmmsg(4) 2 messages, 6 bytes = 2
caller  recv(5, 40) = 6
caller  sendfile(4, 10) = 10
caller  shutdown(4) SHUT_WR
caller  recv(5, 40) MSG_WAITALL = 10
caller  read(5, 1) = 0: end of data
caller  ended, which closes 3
caller  ended, which closes 4
caller  ended, which closes 5
the process ended (exit status 0)
END
scenario "a seccomp filter of the program's own keeps working" filtered 0 <<END
caller  socket() AF_INET, SOCK_STREAM = 3
caller  close(3)
the process ended (exit status 0)
END
scenario "ptrace() inside is refused" tracing 0 <<END
the process ended (exit status 0)
END
is "and that is said once, in the terminal and in the report" "1 1" "$(grep -c 'caller (2) wants to trace: refused' err) $("$TCPSTATE" report tracing | grep -c 'caller (2) wants to trace')"
"$TCPSTATE" record --calls -o output -- env bash -c 'env printf "to %s\n" out; env printf "to err\n" >&2; env printf "" ; echo by the shell' >out 2>err
is "what programs write to standard output and error is passed on and kept, a shell's is not" 'to out
by the shell
to err
stdout printf to out\n
stdout printf to err\n' "$(cat out; grep '^to' err; sed -n 's/^{"type":"output".*"stream":"\([a-z]*\)","pid":[0-9]*,"program":"\([a-z]*\)","text":"\(.*\)"}$/\1 \2 \3/p' output/facts.jsonl)"
export PATH=$PATH:$BUILD/labs
"$TCPSTATE" record -o ended -- bash -c 'echo_server --port 12345 >ready & until grep -q "^{.type.:.owner" ended/facts.jsonl; do sleep 0.05; done; kill $!; wait; sleep 0.3' 2>err
case $(told ended) in
"the process ended (SIGTERM)") echo "ok - without --calls the end of a process that held a socket is told" ;;
"the process ended; its exit status was not seen") echo "skip - this kernel tells that a process ended, not how (Linux 6.15 does)" ;;
*) echo "not ok - without --calls the end of a process that held a socket is told: $(told ended)" ;;
esac
"$TCPSTATE" record -o untraced -- "$caller" tracing >out 2>err; status=$?
is "without --calls a program inside may trace" "9" "$status"
"$TCPSTATE" record --calls -o dated -- bash -c 'exec 3> >(echo_server --port 12345 >ready); until grep -q ready ready; do sleep 0.05; done
	until tcpstate wait --timeout 5 LISTEN; do :; done; tcpstate mark there; echo quit >&3; wait $!; tcpstate wait --timeout 5 LISTEN=0' >out 2>err
"$TCPSTATE" report --format jsonl dated >dated.jsonl 2>>err
times() { sed -n "s/^{\"type\":\"$1\".*$2.*/&/p" dated.jsonl | sed -n 's/.*"t":"\([0-9.]*\)".*/\1/p' | head -n 1; }
of_call() { sed -n "/^{\"type\":\"call\".*\"call\":\"$1\"/s/.*\"$2\":\"\\([0-9.]*\\)\".*/\\1/p" dated.jsonl | head -n 1; }
in_order() { printf '%s\n' "$@" | sort -c 2>&1 && printf '%s\n' "$@" | awk 'NF { n++ } END { print n " times in order" }'; }
# The kernel may show what a call did before the call returns: then the edge is dated by that.
for edge in listen:to close:from; do
	is "a listener's edge is dated within its own call, ${edge%:*}()" "3 times in order" \
		"$(in_order "$(of_call ${edge%:*} entered)" "$(times transition "\"${edge#*:}\":\"LISTEN\"")" "$(of_call ${edge%:*} returned)")"
done

"$TCPSTATE" record --calls -o killed-holder -- bash -c 'echo_server --port 12345 >ready2 & until [ -s ready2 ] && tcpstate wait --timeout 5 LISTEN; do :; done
	tcpstate mark there; echo_server --port 12345; kill -9 $!; wait; until tcpstate wait --timeout 5 LISTEN=0; do :; done' >out 2>err
is "a listener's section has the calls that made it, the bind() that it made fail, and its end" "echo_server  socket() AF_INET, SOCK_STREAM = 3
echo_server  bind 127.0.0.1:12345
echo_server  listen(3, 5)
echo_server  prints \"ready 127.0.0.1 12345 5\"
echo_server  bind 127.0.0.1:12345 → EADDRINUSE (Address already in use)
echo_server  prints \"echo_server: bind 127.0.0.1:12345: Address already in use
echo_server  ended, which closes 3" \
	"$("$TCPSTATE" report killed-holder 2>>err | sed -n '/^Listener/,/^$/s/^  [0-9:.]*  echo_server\[[0-9]*\]/echo_server/p')"
"$TCPSTATE" report --format jsonl killed-holder >dated.jsonl 2>>err
pid=$(sed -n 's/^{"type":"exit".*"pid":\([0-9]*\),"host.*"signal":"SIGKILL".*/\1/p' dated.jsonl)
is "a listener whose process was killed ends with it, between its last call and the process's end" "process_ended, 3 times in order" \
	"$(grep '"type":"transition".*"from":"LISTEN"' dated.jsonl | sed 's/.*"reason":"\([a-z_]*\)".*/\1/'), $(in_order \
		"$(sed -n "s/^{\"type\":\"call\",\"t\":\"\([0-9.]*\)\".*\"pid\":$pid,.*\"call\":\"exit\",\"fd\":3,.*/\1/p" dated.jsonl)" "$(
		times transition '"from":"LISTEN"')" "$(times exit "\"pid\":$pid,")")"
