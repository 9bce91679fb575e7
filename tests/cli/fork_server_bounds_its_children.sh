#!/usr/bin/env bash
# However many connect, fork_server has no more than 512 children; the others wait in its queue, and
# get in when one has left.
set -u
cd "$TMP" || exit 1
ulimit -n 2000 2>/dev/null
[ "$(ulimit -n)" -ge 700 ] || { echo "skip - too few descriptors for that many clients ($(ulimit -n))"; exit 0; }
await() { local i; for ((i = 0; i < 400; i++)); do eval "$1" && return; sleep 0.05; done; return 1; }
forks() { grep -c '^ok fork' out; }
"$BUILD/labs/fork_server" --port 0 --backlog 200 </dev/null >out 2>err &
server=$!
await 'grep -q ^ready out'
port=$(awk '/^ready/ { print $3 }' out)
clients=()
for ((i = 0; i < 530; i++)); do exec {fd}<>"/dev/tcp/127.0.0.1/$port" && clients+=("$fd"); done
await 'grep -q "512 children are not waited for yet" out'
if [ "$(forks)" = 512 ]; then echo "ok - 530 clients make 512 children"; else echo "not ok - 530 clients make $(forks) children"; tail out; fi
for ((i = 0; i < 10; i++)); do fd=${clients[i]}; exec {fd}>&-; done
if await '[ "$(forks)" = 522 ]'; then echo "ok - who waits gets in when others leave"; else echo "not ok - who waits gets in when others leave: $(forks)"; tail out; fi
kill $server
wait $server 2>/dev/null
exit 0
