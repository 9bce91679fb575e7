#!/usr/bin/env bash
# long
# timeout: 200
# An orphaned FIN_WAIT2 with the kernel's own tcp_fin_timeout.
set -u
. tests/lib.sh
unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit 0; }
if lab_run "$TMP/slow" close-wait --slow >"$TMP/out" 2>&1; then echo "ok - close-wait --slow is as predicted"
else echo "not ok - close-wait --slow is as predicted"; grep 'MISMATCH\|failed:\|\.sh: \|timeout after' "$TMP/out"; fi
held=$("$TCPSTATE" report --format jsonl "$TMP/slow" | sed -n 's/.*"name":"orphan_held_ms".*"measured":"\([0-9]*\)".*/\1/p')
if [ "${held:-0}" -ge 60000 ]; then echo "ok - an orphan was held for the kernel's 60 s: $held ms"; else echo "not ok - an orphan was held for ${held:-no} ms"; fi
