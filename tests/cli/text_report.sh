#!/usr/bin/env bash
# The text report answers first, fits from 60 columns on without breaking a word, shows the part
# that is asked for, and has a pager on a terminal.
# also: root
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
printf '0.1 udp 10.0.0.1:5000 > 10.0.0.2:53 len 12\n' >"$TMP/datagram" && "$BUILD/tests/golden/mkpcap" "$TMP/datagram" "$TMP/datagram.pcap"
"$TCPSTATE" report --connection 99 "$TMP/datagram.pcap" 2>"$TMP/err"
holds 'where there is no connection none is called the last' '[ $? = 1 ] && grep -q "connection 99: there are no TCP connections in it; leave --connection out" "$TMP/err"'
"$TCPSTATE" report --since 2 "$TMP/datagram.pcap" 2>"$TMP/err"
holds 'where there is no mark none are counted' '[ $? = 1 ] && grep -q "since 2: there are no marks in it; leave --since out" "$TMP/err"'

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

# Tables of checks that no page is wide enough for: one of texts, one of numbers.
mkdir "$TMP/wide"
check() { # NAME ROW COLUMN VALUE
	printf '{"type":"check","t":"1795405511.428365388","name":"%s","cell":{"row":"%s","way":"%s"},"let":{},"formula":"%s","predicted":"%s","query":"text","measured":"%s","problem":"","match":true}\n' "$1" "$2" "$3" "$4" "$4" "$4"
}
{
	echo '{"type":"manifest","format":1,"version":"0.1.0","t":"1795405497.793560011","clock":"CLOCK_REALTIME","kernel":"Linux 6.18 x86_64"}'
	for row in r1 r2 r3; do
		for way in w1 w2 w3 w4; do check texts $row $way "$row-$way-which-is-a-long-answer"; done
		for ((column = 101; column <= 130; column++)); do check numbers $row "$column" "$((column * ${row#r}))"; done
	done
} >"$TMP/wide/facts.jsonl"
"$TCPSTATE" report "$TMP/wide" >"$TMP/page"
holds 'tables too wide for 100 columns are cut into parts that fit' '[ "$(wc -L <"$TMP/page")" -le 100 ]'
is 'texts are listed, a cell a line' 12 "$(grep -cE '^ +(r[1-3]) +(w[1-4])  +\1-\2-which-is-a-long-answer +\1-\2-which-is-a-long-answer$' "$TMP/page")"
is 'of numbers no cell is lost, predicted or measured' 180 "$(sed -n '/^  numbers/,/^$/p' "$TMP/page" | grep -E '^ +r[1-3]( |$)' | tr -s ' ' '\n' | grep -cE '^[1-3][0-9]{2}$')"
on_terminal 60 "$TCPSTATE report --no-pager $TMP/wide" >"$TMP/narrow"
is 'in 60 columns neither' 180 "$(sed -n '/^  numbers/,/^$/p' "$TMP/narrow" | grep -E '^ +r[1-3]( |$)' | tr -s ' ' '\n' | grep -cE '^[1-3][0-9]{2}$')"
holds 'and numbers fit there' '[ "$(sed -n "/^  numbers/,/^\$/p" "$TMP/narrow" | wc -L)" -le 60 ]'
