#!/usr/bin/env bash
# A program that accepts on a closed descriptor in a loop, as a child without exit() does: its calls
# are counted, each of them, and the report takes no longer for each than for any other.
# timeout: 600
set -u
. tests/lib.sh
needs_sealing
act=$BUILD/tests/cases/act
cd "$TMP" || exit 1
printf '%s\n' 'tcp l' 'bind l 127.0.0.1:18001' 'listen l 8' 'close l' 'accept a l' >script
"$TCPSTATE" record --calls -o run -- "$act" <script >record.out 2>&1
grep '"errno":"EBADF"' run/calls.jsonl >failed
[ -s failed ] || { echo "skip - calls cannot be recorded here"; exit; }

# 200,000 more of it, where it stands
awk '{ print } /"errno":"EBADF"/ { for (i = 0; i < 200000; i++) print }' run/calls.jsonl >many
cp many run/calls.jsonl
timeout 120 "$TCPSTATE" report -t run >report.txt 2>report.err
verdict $? "a report on 200,000 calls that failed comes in time"
grep -q ', a socket of port 18001' report.txt
verdict $? "their reason is told"
like "and all of them are counted" '200000 times more' "$(tr '\n' ' ' <report.txt | tr -s ' ')"
