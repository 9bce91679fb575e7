#!/usr/bin/env bash
# A report of many connections keeps a few of each kind and counts the others: it says what one that
# keeps them all says.
# timeout: 600
set -u
. tests/lib.sh
cd "$TMP" || exit 1
captures=$BUILD/tests/bench/captures
tcpstate() { "$TCPSTATE" "$@"; }

# connections of a capture, one of them, and connections of a recording
kinds=(short) many=2000 one=1700 recorded=4000
! long || kinds+=(half-open) many=12000 one=11000 recorded=8000
for kind in "${kinds[@]}"; do
	"$captures" "$kind" $many "$kind" || exit 1
	tcpstate report "$kind" >few || bad "report of $kind"
	tcpstate report --all "$kind" >all.text || bad "report --all of $kind"
	tcpstate report --format jsonl --all "$kind" >"$kind.all.jsonl"
	for part in Findings Summary; do
		sed -n "/^$part/,/^\$/p" few >few.$part
		sed -n "/^$part/,/^\$/p" all.text >all.$part
		same "$kind: $part, with and without the connections that were folded" few.$part all.$part
	done
	grep -q "^$many connections of [1-9] kinds" few && good "$kind: the kinds" || bad "$kind: the kinds"
	# every member is counted: the one that is shown, and those like it
	total=$(sed -n 's/^  and \([0-9]*\) more like it.*/\1/p' few | awk '{ sum += $1 + 1 } END { print sum }')
	[ "$total" = $many ] && good "$kind: its kinds add up" || bad "$kind: its kinds add up to $total"
	# the state diagram is that of all
	tcpstate report --summary --edges "$kind" >few
	tcpstate report --summary --edges --all "$kind" >all
	same "$kind: the state diagram" few all
	# one that was folded is told in full by a second reading
	tcpstate report --format jsonl --connection $one "$kind" | grep "\"connection\":${one}[,}]" >few
	grep "\"connection\":${one}[,}]" "$kind.all.jsonl" >all
	[ -s all ] && same "$kind: connection $one" few all || bad "$kind: connection $one"
	tcpstate report --connection $one "$kind" | sed -n '/^Summary/,$p' >few
	sed -n '/^Summary/,$p' all.text >all
	same "$kind: the summary stays that of all" few all
done
tcpstate report --connection $((many + 1)) short 2>&1 | grep -q "no connection of this number; the last is $many" && good 'a number too high' || bad 'a number too high'
"$captures" recorded $recorded run || exit 1
tcpstate report run >few
tcpstate report --all run >all
for of in few all; do sed -n '/^Summary/,$p' $of >$of.Summary; done
same "a recording with the kernel's answers: the summary" few.Summary all.Summary
for of in few all; do sed -n '/^Findings/,/^$/p' $of >$of.Findings; done
same "a recording with the kernel's answers: the findings" few.Findings all.Findings
total=$(sed -n 's/^  and \([0-9]*\) more like it.*/\1/p' few | awk '{ sum += $1 + 1 } END { print sum }')
[ "$total" = $recorded ] && good "a recording: its kinds add up" || bad "a recording: its kinds add up to $total"
tcpstate report --summary --edges run >few
tcpstate report --summary --edges --all run >all
same "a recording with the kernel's answers: the state diagram" few all
# the tables of its natural moments count the sockets of connections that are not kept
moments() { grep -E '^[A-Z].* \([^()]*\)$|^ (server|client) side' "$1"; }
tcpstate report -t run | moments /dev/stdin >few.moments
tcpstate report -t --all run | moments /dev/stdin >all.moments
[ "$(grep -c '^[A-Z]' few.moments)" = 3 ] && good 'a recording: its natural moments have tables' || bad "a recording: its natural moments: $(<few.moments)"
same 'a recording: the sockets at its natural moments' few.moments all.moments
counted() { tcpstate report "${@:2}" "$1" | awk '/ side: / { for (i = 3; i < NF; i += 2) sum += $i } END { print sum }'; }
listed() { tcpstate report --format jsonl "${@:2}" "$1" | awk '/"type":"sample"/ { sum++ } /"type":"moment"/ && match($0, /"unlisted":[0-9]+/) { sum += substr($0, RSTART + 11, RLENGTH - 11) } END { print sum }'; }
for count in 999 1500; do
	"$captures" recorded $count run.$count || exit 1
	is "$count connections: each socket of a table is counted once" "$(counted run.$count --all)" "$(listed run.$count)"
	is "$count connections: --all lists them" "$(counted run.$count)" "$(tcpstate report --format jsonl --all run.$count | grep -c '"type":"sample"')"
done
tcpstate report --format jsonl run.999 | grep -q '"unlisted"' && bad '999 connections: all sockets are listed' || good '999 connections: all sockets are listed'
tcpstate report --format jsonl run.1500 | grep -q '"type":"moment".*"client":{"TIME_WAIT":1322},"unlisted":' && good '1500 connections: the last moment' || bad '1500 connections: the last moment'
tcpstate report --format md run.1500 | grep -qE '^\| client +\|.*\| [0-9]+ more sockets, counted only \|$' && good '1500 connections: the Markdown says how many more' || bad '1500 connections: the Markdown'
tcpstate report --format html run.1500 | grep -q 'how many sockets were in which state, by the timeline' && good '1500 connections: the page counts them' || bad '1500 connections: the page'
# JSON: lines of the connections that are not kept come as they settle, and they are the same lines,
# but for what docs/jsonl.md says is only told of the others: segments, samples, and what is known at the
# end; the median of a kind is then that of its histogram.
kept_members() {
	awk -F'"connection":' 'NR == FNR { if (/^{"type":"manifest"/) ended = 1; split($2, n, /[,}]/); if (!ended && n[1] != "") gone[n[1]]; next }
		{ split($2, n, /[,}]/) }
		n[1] in gone && /^{"type":"segment"/ || /^{"type":"sample"/ { next }
		/^{"type":"moment"/ { sub(/,"unlisted":[0-9]+/, "") }
		n[1] in gone { gsub(/,"(kind|rows|last_diag_frame)":[0-9]+|,"never_accepted":true|,"(accepted|client_timer|server_timer)":{[^}]*}|,"unanswered":\[[^]]*\]/, "") }
		/^{"type":"kind"/ { sub(/"median":"[0-9.]*",/, "") }
		{ print }' "$1" "$2"
}
for of in "${kinds[@]}" run; do
	tcpstate report --format jsonl $of >few
	[ -e $of.all.jsonl ] || tcpstate report --format jsonl --all $of >$of.all.jsonl
	kept_members few few | sort >few.sorted
	kept_members few $of.all.jsonl | sort >all.sorted
	same "$of: the lines of a JSON report" few.sorted all.sorted
done
# before the manifest
awk -F'"connection":' -v least=$((recorded * 5 / 4)) '/^{"type":"manifest"/ { exit } { split($2, n, /[,}]/); lines++ } /^{"type":"connection"/ { open = n[1]; if (told[open]++) bad = 1 } n[1] != open { bad = 1 }
	END { exit bad || lines < least }' few && good "the lines of one that is not kept are together" || bad "the lines of one that is not kept are together"
