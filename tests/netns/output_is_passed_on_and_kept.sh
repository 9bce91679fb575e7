#!/usr/bin/env bash
# What COMMAND writes to a pipe or a file arrives there unchanged, in order and at once, and is in
# the recording; whoever reads it may stop reading, or read late.
# also: root
# needs: user namespaces
set -u
cd "$TMP" || exit 1
check() { if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n%s\n' "$1" "$2" "$(cat err 2>/dev/null)"; fi; }
await() { local i; for ((i = 0; i < 400; i++)); do "$@" && return; sleep 0.05; done; return 1; }
kept() { sed -n 's/^{"type":"output".*"stream":"\([a-z]*\)".*"text":"\(.*\)"}$/\1 \2/p' "$1/facts.jsonl"; }
record() { local name=$1; shift; "$TCPSTATE" record -o "$name" -- "$@"; }

record apart sh -c 'echo to out; echo to err >&2; exit 5' >out 2>err; status=$?
check "output and error arrive where they were sent" '[ $status = 5 ] && [ "$(cat out)" = "to out" ] && [ "$(head -n 1 err)" = "to err" ]'
check "and are kept" '[ "$(kept apart | sort)" = "$(printf "%s\n" "stderr to err\\n" "stdout to out\\n")" ]'
record together sh -c 'for i in 1 2 3 4 5; do echo "out $i"; echo "err $i" >&2; done' >both 2>&1
check "where both are one file, their order is kept" '[ "$(head -n 10 both | tr "\n" " ")" = "out 1 err 1 out 2 err 2 out 3 err 3 out 4 err 4 out 5 err 5 " ]'
check "and they are kept as one" '[ "$(kept together | sed "s/ .*//" | sort -u)" = both ] &&
	[ "$(kept together | sed "s/^both //" | tr -d "\n")" = "$(for i in 1 2 3 4 5; do printf "out $i\\\\nerr $i\\\\n"; done)" ]'
record live sh -c 'echo begun; until [ -e go ]; do sleep 0.05; done; echo done' >out 2>err &
check "what is written arrives while COMMAND runs" 'await grep -q begun out && ! grep -q done out'
touch go; wait $!
record anew sh -c 'echo one >/dev/stdout; echo two >>/dev/stderr' 2>err | cat >out
check "/dev/stdout and /dev/stderr can be opened" '[ "$(cat out)" = one ]'

record much cat "$TCPSTATE" 2>err | cat >out
check "all bytes of a great deal arrive" 'cmp out "$TCPSTATE"'
check "of which 256 KiB are kept, which is said" '[ "$(wc -c <"$TCPSTATE")" -gt 262144 ] && grep -q "only the first 256 KiB of what the programs write are kept" err && [ "$(stat -c %s much/facts.jsonl)" -lt 2000000 ]'
check "--keep-output says where nothing can be kept" '"$TCPSTATE" record --keep-output -o nowhere -- echo x >/dev/null 2>nowhere.err && [ "$(grep -c "keep-output: what COMMAND writes is not kept" nowhere.err)" = 1 ] && ! grep -q "\"type\":\"output\"" nowhere/facts.jsonl'
check "and nothing where a pipe is kept anyway" '"$TCPSTATE" record --keep-output -o piped -- echo x 2>piped.err | cat >/dev/null && ! grep -q keep-output piped.err && grep -q "\"type\":\"output\"" piped/facts.jsonl'
record cut yes 2>err | head -n 2 >out; status=${PIPESTATUS[0]}
check "a reader that leaves ends COMMAND by SIGPIPE" '[ $status = 141 ] && [ "$(cat out)" = "$(printf "y\ny")" ]'
{ record late head -c 100000 "$TCPSTATE" 2>err; touch over; } | { await test -e over && cat >out; }
check "a reader that reads late does not delay the end, and loses nothing" '[ -e over ] && cmp out <(head -c 100000 "$TCPSTATE")'
"$TCPSTATE" record -o ended -- sh -c 'head -c 100000 "$0"; kill -KILL $$' "$TCPSTATE" 2>err | cat >out; status=${PIPESTATUS[0]}
check "nor does a program lose what it wrote before it was killed" '[ $status = 137 ] && cmp out <(head -c 100000 "$TCPSTATE")'
record none true >&- 2>err; status=$?
check "no standard output is no error" '[ $status = 0 ]'
