#!/usr/bin/env bash
# Where the machine refuses what record --calls needs, one line says so and the recording goes on;
# where it refuses a PID namespace, COMMAND's processes are found and ended one by one.
# also: user
# needs: user namespaces
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs
caller=$BUILD/tests/netns/caller refusing=$BUILD/tests/netns/refusing
check() { if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n%s\n' "$1" "$2" "$(cat err)"; fi; }
await() { local i; for ((i = 0; i < 400; i++)); do "$@" && return; sleep 0.05; done; return 1; }
told() { "$TCPSTATE" report --format jsonl "$1" 2>>err | sed -n 's/^{"type":"\(call\|exit\)".*"text":"\(.*\)"}$/\2/p'; }
nothing_left() { ! grep -qsaF "TCPSTATE_CONTROL=$PWD/$1/control" /proc/[0-9]*/environ; }
# The file by which a chain of processes shows that it lives is not made again.
chain_ended() { rm -f beat; sleep 0.5; [ ! -e beat ]; }

for call in ptrace pidfd_getfd; do
	"$refusing" $call 1 "$TCPSTATE" record --calls --no-page -o "no-$call" -- sh -c 'exit 7' 2>err; status=$?
	check "where $call is refused, COMMAND runs untraced" '[ $status = 7 ]'
	check "which one line says ($call)" '[ "$(grep -c "calls are not recorded: tracing is refused" err)" = 1 ] && [ "$(wc -l <err)" = 2 ]'
	check "and the report ($call)" '"$TCPSTATE" report no-$call | tr -s " \n" " " | grep -q "calls are not recorded: tracing is refused"'
done
"$refusing" ptrace 1 "$TCPSTATE" record --calls -o ended -- bash -c 'echo_server --port 12345 >ready & until grep -q "^{.type.:.owner" ended/facts.jsonl; do sleep 0.05; done; kill $!; wait; sleep 0.3' 2>err
check "the ends of processes that held sockets are told nevertheless" 'told ended | grep -q "^the process ended"'
"$TCPSTATE" record --calls -o whole -- "$caller" unread 2>err
"$refusing" process_vm_readv 1 "$TCPSTATE" record --calls -o slowly -- "$caller" unread 2>>err
check "without process_vm_readv the same is told" '[ "$(told whole | wc -l)" -gt 10 ] && diff <(told whole) <(told slowly)'

for calls in '' --calls; do
	name=${calls:+traced-}
	"$refusing" mount 1 "$TCPSTATE" record $calls -o "${name}chain" -- "$caller" chain 2>err; status=$?
	check "without a PID namespace a chain of processes that fork and end is ended ${calls:-without calls}" "[ $status = 0 ] && nothing_left ${name}chain && chain_ended && grep -q 'no PID namespace: .*looked for one by one' err"
	"$refusing" mount 1 "$TCPSTATE" record $calls -o "${name}left" -- bash -c 'setsid bash -c "echo \$\$ >remains; exec sleep 1000" & until [ -s remains ] && grep -qx sleep /proc/$(cat remains)/comm; do sleep 0.05; done' 2>err
	check "what is left is listed before it is ended ${calls:-without calls}" "grep -q \"sleep (\$(cat remains))\" err && await nothing_left ${name}left"
	"$refusing" mount 1 "$TCPSTATE" record $calls -o "${name}deaf" -- "$caller" deaf >out 2>err &
	pid=$!
	await grep -qs deaf out
	from=$SECONDS
	kill -TERM $pid; wait $pid; status=$?
	check "a deaf program is ended within five seconds ${calls:-without calls}" "[ $((SECONDS - from)) -le 5 ] && [ $status = 137 ] && await nothing_left ${name}deaf"
	rm -f out remains
done
