#!/usr/bin/env bash
# Every kind of finding of include/tcpstate/finding.h has a case in which it must appear (a line
# "findings:" or "json:") and one, its healthy twin, in which it must not ("silent:", or a
# "findings:" that leaves it out beside the same situation).
set -u
cd "$(dirname "$0")" || exit 1
table=../../include/tcpstate/finding.h
words=$(tr -d '\\\\\n' <$table | grep -oE 'X\([A-Z_]+, *"[a-z_]+"' | sed 's/.*"\(.*\)"/\1/' | grep -vx word)
[ "$(wc -w <<<"$words")" -gt 45 ] || echo "not ok - the table of findings is read"
appear=$(cat ./*.case | sed -n 's/^# findings: //p; s/^# json: .*"reason":"\([a-z_]*\)".*/\1/p' | tr ' ' '\n' | sort -u)
silent=$(cat ./*.case | sed -n 's/^# silent: //p' | tr ' ' '\n' | sort -u)
missing='' untwinned=''
for word in $words; do
	grep -qx "$word" <<<"$appear" || missing+=" $word"
	grep -qx "$word" <<<"$silent" || untwinned+=" $word"
done
if [ "$missing" ]; then echo "not ok - every finding appears in a case: not$missing"; else echo "ok - every finding appears in a case"; fi
if [ "$untwinned" ]; then echo "not ok - every finding has a healthy twin: not$untwinned"; else echo "ok - every finding has a healthy twin"; fi
