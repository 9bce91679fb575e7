#!/usr/bin/env bash
# Without --calls, what looks at processes and sockets works inside a recording as outside: ps, ss,
# strace, gdb.
# long
# also: user
set -u
cd "$TMP" || exit 1
caller=$BUILD/tests/netns/caller
check() { if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n%s\n' "$1" "$2" "$(cat out err 2>/dev/null)"; fi; }
with() { command -v "$1" >/dev/null && return; echo "skip - no $1 here"; return 1; }

if with ps; then
	"$TCPSTATE" record -o ps.rec -- sh -c 'ps -o pid=,comm= -p $$; ps ax -o comm=' >out 2>err
	check "ps shows what is inside, and nothing else" 'grep -q "^ *2 sh$" out && grep -q "^tcpstate-init" out && [ "$(wc -l <out)" -le 5 ]'
fi
if with ss; then
	PATH=$PATH:$BUILD/labs "$TCPSTATE" record -o ss.rec -- bash -c 'echo_server --port 12345 >ready & until grep -q ready ready; do sleep 0.05; done; echo "pid=$!,"; ss -ltnpH; kill $!' >out 2>err
	check "ss names the process by its pid inside" 'grep -q "\"echo_server\",$(head -n 1 out)" out'
fi
if with strace; then
	"$TCPSTATE" record -o strace.rec -- strace -f -o trace "$caller" refused >out 2>err; status=$?
	check "strace traces" '[ $status = 0 ] && grep -q "bind(.*EADDRINUSE" trace && grep -q "exited with 0" trace'
fi
if with gdb; then
	"$TCPSTATE" record -o gdb.rec -- gdb -batch -nx -ex 'break listen' -ex run -ex kill --args "$caller" refused </dev/null >out 2>err
	check "gdb stops at a breakpoint and goes on" 'grep -q "Breakpoint 1, .*listen" out'
	"$TCPSTATE" record -o gdb-exit.rec -- gdb -batch -nx -ex run --args "$caller" refused </dev/null >out 2>err
	check "and sees the end" 'grep -q "exited normally" out'
fi
