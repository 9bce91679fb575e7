#!/usr/bin/env bash
# An experiment with "# calls: on" in its head records calls, unless --no-calls forbids it; the
# others do with --calls. Where tracing is refused it runs all the same, and one line says so.
# also: root
# timeout: 120
set -u
. "$(dirname "$0")/../lib.sh"
refusing=$BUILD/tests/netns/refusing
cd "$TMP" || exit 1
experiment() {  # name, head line
	printf '#!/bin/sh\n# summary: %s\n%s\ntcpstate expect --plan 1\n' "$1" "$2" >"$1.sh"
	echo 'echo quit | echo_server --port 12345 >/dev/null; tcpstate expect a 0 "count LISTEN"' >>"$1.sh"
}
PATH=$PATH:$BUILD/labs
experiment willing '# calls: on'
experiment plain '# shellcheck disable=SC2154'
# run DIRECTORY LAB OPTION...: what became of it
run() {
	"$TCPSTATE" lab "./$2.sh" -o "$1" "${@:3}" >out 2>err
	echo "exit $?, $(grep -c '"call":"listen"' "$1/calls.jsonl" 2>/dev/null) listen()"
}
is "an experiment that says so records calls" "exit 0, 1 listen()" "$(run a willing)"
is "--no-calls forbids it" "exit 0,  listen()" "$(run b willing --no-calls)"
is "another one does not" "exit 0,  listen()" "$(run c plain)"
is "unless --calls asks for it" "exit 0, 1 listen()" "$(run d plain --calls)"
"$refusing" ptrace 1 "$TCPSTATE" lab ./willing.sh -o e >out 2>err
is "where tracing is refused the experiment is made all the same" 0 $?
is "which one line says" 1 "$(grep -c 'calls are not recorded: tracing is refused' err)"
is "three of the shipped experiments record calls" "backlog-serve-one byte-order concurrent " \
	"$(grep -lx '# calls: on' "$BUILD"/labs/experiments/*.sh | sed 's/.*\///; s/\.sh$//' | tr '\n' ' ')"
