#!/usr/bin/env bash
# also: root
# shellcheck disable=SC2016,SC1091  # expanded by holds
# `tcpstate watch --fail-on`: it ends with 1 when the finding is made, and not before; --findings
# tells them and goes on. What it keeps meanwhile is removed in the end.
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up || exit 1
PATH=$BUILD:$BUILD/labs:$PATH
export TMPDIR=$TMP/kept
mkdir "$TMPDIR"
has() { grep -q -- "$2" "$1"; }
mkfifo "$TMP/idle"; exec 9<>"$TMP/idle"     # an input on which nothing comes

tcpstate watch --findings --format jsonl >"$TMP/all" 2>"$TMP/all.err" &
all=$!
tcpstate watch --fail-on accept_queue_overflow >"$TMP/overflow" 2>"$TMP/overflow.err" &
overflow=$!
tcpstate watch --fail-on close_wait_held,unread_at_close --for 3600 >"$TMP/other" 2>"$TMP/other.err" &
other=$!
comes has "$TMP/all" '"type":"manifest"' || bad "watch begins: $(cat "$TMP/all.err")"
watching() { [ "$(find "$TMPDIR" -name wire.pcap | wc -l)" = 3 ]; }
comes watching || bad "each keeps what it watches meanwhile: $(ls -R "$TMPDIR")"

echo_server --backlog 0 --accept none <"$TMP/idle" >"$TMP/server" 2>&1 &
comes has "$TMP/server" '^ready'
echo_client --bind 40001 <"$TMP/idle" >/dev/null 2>&1 &
tcpstate wait --timeout 30 'dst port 12345' ESTABLISHED
holds "a client that is let in ends nothing" 'kill -0 $overflow'
echo_client --bind 40002 <"$TMP/idle" >/dev/null 2>&1 &
ended() { ! kill -0 $overflow 2>/dev/null; }
comes ended || bad "it ends"
wait $overflow; is "it ends at the finding, with 1" 1 $?
holds "and says which" 'has "$TMP/overflow" "accept_queue_overflow: .*[Aa]ccept queue"'
if comes has "$TMP/all" '"type":"finding".*"reason":"accept_queue_overflow","text":"[^"]'; then good "as JSON it has its headline"; else bad "as JSON it has its headline: $(cat "$TMP/all" "$TMP/all.err")"; fi
is "it is told once" 1 "$(grep -c '"reason":"accept_queue_overflow"' "$TMP/all")"
holds "--findings goes on" 'kill -0 $all'
holds "another finding ends nothing" 'kill -0 $other'
kill -INT $all $other; wait $all; is "ended by hand it has not failed" 0 $?
wait $other; is "nor has the one whose finding was not made" 0 $?
is "what was kept is removed" '' "$(ls "$TMPDIR")"
output=$(tcpstate watch --fail-on nonsense 2>&1); is "a word that is no finding is refused" 2 $?
like "and named" '--fail-on nonsense: not a finding' "$output"
output=$(TMPDIR=$TMP/nowhere tcpstate watch --findings 2>&1); is "a folder that is not there is an error" 1 $?
like "with its remedy" 'nowhere.*set TMPDIR' "$output"
