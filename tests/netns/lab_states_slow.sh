#!/usr/bin/env bash
# long
# timeout: 200
# also: user
# The tour of states with the real end of a TIME_WAIT, a minute later: an edge that only the kernel
# shows.
set -u
unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit 0; }
if "$TCPSTATE" lab states --slow -o "$TMP/slow" >"$TMP/report" 2>"$TMP/errors"; then echo "ok - the tour is green to the end of a TIME_WAIT"
else echo "not ok - the tour is green to the end of a TIME_WAIT"; grep MISMATCH "$TMP/report"; tail -n 3 "$TMP/errors"; fi
"$TCPSTATE" report --format jsonl --edges "$TMP/slow" >"$TMP/jsonl"
if grep -q '"from":"TIME_WAIT","to":"CLOSED","cause":"timer","reason":"time_wait_expired".*"evidence":"kernel"' "$TMP/jsonl"; then
	echo "ok - the kernel alone shows the time-out"
else echo "not ok - the kernel alone shows the time-out"; grep '"from":"TIME_WAIT"' "$TMP/jsonl"; fi
if grep -q '"type":"state","state":"TIME_WAIT",.*"longest_ms":\(59[5-9]\|6[0-9][0-9]\)[0-9][0-9]' "$TMP/jsonl"; then       # longer where a repeated FIN starts it anew
	echo "ok - TIME_WAIT lasts for a minute"
else echo "not ok - TIME_WAIT lasts for a minute"; grep '"type":"state","state":"TIME_WAIT"' "$TMP/jsonl"; fi
