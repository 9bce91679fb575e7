#!/usr/bin/env bash
# The text report answers first, fits from 60 columns on without breaking a word, shows the part that is asked for, and has a pager on a terminal.
# also: user
# shellcheck disable=SC2016  # conditions are evaluated by is()
set -u
. tests/lib.sh
recording=$PWD/tests/golden/recordings/full-queue
on_terminal() { NO_COLOR=1 LC_ALL=C.UTF-8 TERM=xterm script -qec "stty cols $1 rows 24; $2" /dev/null </dev/null 2>&1 | tr -d '\r'; }
words() { tr -s ' \n' '\n\n' <"$1" | sed 's/[,:;]*$//; /^$/d' | grep -vxE 'seen|why' | LC_ALL=C sort -u; }

"$TCPSTATE" report -t "$recording" >"$TMP/page"
sections=$(grep -oE '^(Recording|Findings|Not as predicted|Listener|Connection 1|Phase 1|Checks|Summary|Conditions)' "$TMP/page" | uniq | paste -sd ' ')
holds 'the answer comes first, the conditions last' '[ "$sections" = "Recording Findings Not as predicted Listener Connection 1 Phase 1 Checks Summary Conditions" ]'
holds 'the verdict has at most five lines' '[ $(sed -n "/^Recording/,/^\$/p" "$TMP/page" | grep -c "^  • ") -le 5 ]'
holds 'what failed is in the verdict' 'sed -n 2p "$TMP/page" | grep -q "2 of 3 checks"'
holds 'of the sysctls only those that a finding speaks of are shown' '! grep -q tcp_fastopen "$TMP/page"'
"$TCPSTATE" report --all -t "$recording" >"$TMP/all"
holds 'all of them with --all' 'grep -q tcp_fastopen=1 "$TMP/all"'

for columns in 60 70 80 99; do
	on_terminal $columns "$TCPSTATE report --no-pager -t $recording" >"$TMP/narrow"
	holds "it fits into $columns columns" '[ "$(wc -L <"$TMP/narrow")" -le $columns ] && [ $(wc -l <"$TMP/narrow") -gt 40 ]'
	holds "no word is broken or lost at $columns columns" '[ -z "$(LC_ALL=C comm -23 <(words "$TMP/page") <(words "$TMP/narrow"))" ]'
done
on_terminal 60 "$TCPSTATE report --no-pager -t --lang zh $recording" >"$TMP/narrow"
holds 'so does Chinese, whose characters take two columns' '[ "$(LC_ALL=C.UTF-8 wc -L <"$TMP/narrow")" -le 60 ] && grep -q 监听套接字 "$TMP/narrow"'
on_terminal 40 "$TCPSTATE report --no-pager -t $recording" >"$TMP/narrow"
holds 'a terminal that is narrower gets the page of 60 columns' '[ "$(wc -L <"$TMP/narrow")" -le 60 ]'

"$TCPSTATE" report -t --connection 2 "$recording" >"$TMP/two"
holds '--connection shows the timeline of one' '[ "$(grep -c "^Connection" "$TMP/two")" = 1 ] && grep -q "^Connection 2:" "$TMP/two" && ! grep -q "^Listener" "$TMP/two"'
"$TCPSTATE" report --connection 99 "$recording" 2>"$TMP/err"
holds 'a connection that is not there is an error' '[ $? = 1 ] && grep -q "connection 99.*the last is 3" "$TMP/err"'
"$TCPSTATE" report -t --since 'one left out' "$recording" >"$TMP/since"
holds '--since leaves out what was before the mark' '! grep -q "^Phase 1" "$TMP/since" && grep -q "^Phase 2" "$TMP/since" && ! grep -q "^ *0\.0[0-9]* .*SYN_SENT" "$TMP/since"'
"$TCPSTATE" report -t --since 2 "$recording" >"$TMP/number"
holds 'a mark may be named by its number' 'cmp -s "$TMP/since" "$TMP/number"'
"$TCPSTATE" report --since nowhere "$recording" 2>"$TMP/err"
holds 'a mark that is not there is an error' '[ $? = 1 ] && grep -q "since nowhere: no mark" "$TMP/err"'

pager="PAGER='sed s/^/paged:/'"
on_terminal 80 "$pager $TCPSTATE report $recording" >"$TMP/paged"
holds 'on a terminal the report goes through $PAGER' 'grep -q "^paged:Summary" "$TMP/paged"'
on_terminal 80 "$pager $TCPSTATE report --no-pager $recording" >"$TMP/paged"
holds 'not with --no-pager' '! grep -q paged: "$TMP/paged" && grep -q "^Summary" "$TMP/paged"'
on_terminal 80 "$pager $TCPSTATE report --no-pager $recording | cat" >"$TMP/paged"
holds 'not in a pipe' '! grep -q paged: "$TMP/paged"'
on_terminal 80 "PAGER='head -n 1' $TCPSTATE report --all $recording; echo status \$?" >"$TMP/paged"
holds 'a reader who leaves early is no error' 'grep -q "^status 0" "$TMP/paged" && ! grep -q "roken pipe" "$TMP/paged"'
"$TCPSTATE" report -o "$TMP/file" "$recording"
holds 'nothing of that is in a file' 'grep -q "^Summary" "$TMP/file"'
