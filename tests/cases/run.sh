#!/usr/bin/env bash
# Situations taken from reports of people whose connections hang, and the healthy twin of each: what
# the report must say of them in its first lines, and what it must never say.
# timeout: 3600
#   tests/cases/run.sh [CASE...]    NAME.case: a bash script that leaves a recording or capture in $case; in its comments
#   # want: REGEX     the verdict and the findings say it (wrapped lines are one line here); all in the first ten lines unless "later:"
#   # json: REGEX     a line of the report's JSON says it
#   # page: REGEX     a line of the HTML page says it
#   # md: REGEX       a line of the Markdown says it; md-never: none of its sequence diagrams does
#   # never: REGEX    nowhere in the report
#   # environment: NAME=VALUE    of report
#   # silent: WORD...    kinds of finding that must not be there: it is the healthy twin of a case in which they are
#   # findings: WORD...  exactly these kinds, "none": none. REGEXes are extended ones; those typed here are sentences a person would expect.
#   Besides, of every case with a finding: what the heaviest advises and cites ends in the tenth line at the latest.
#   A case that fails while more programs than processors want to run is played once more; both are told.
#   REFUSE=STEP     besides, every report is made with every STEP-th allocation refused
#                   (tests/hostile/refuse.c); 0, as make coverage does: at the end, with one refused
#                   at each place that asks for memory, whichever case comes there
set -u
here=$(cd "$(dirname "$0")" && pwd)
act=$BUILD/tests/cases/act mkpcap=$BUILD/tests/golden/mkpcap
export act mkpcap TCPSTATE
[ $# -gt 0 ] || set -- "$here"/*.case
mapfile -t cases < <(realpath -- "$@")
cd "$TMP" || exit 1

# recorded [OPTION...] < SCRIPT: act's script, in a sealed network; its own words go to a file
recorded() {
	cat >script
	"$TCPSTATE" record -o "$case" "$@" -- "$act" <script >record.out 2>record.err
}
# captured < SCRIPT: a capture of mkpcap's
captured() { cat >script; "$mkpcap" script "$case"; }
export -f recorded captured

# What of the findings in Chinese is English all the same: three words or more, but for errors as
# programs print them, and commands.
english() {
	"$TCPSTATE" report --lang zh "$case" 2>/dev/null | sed -n '/^发现/,/^[○●]/p' | grep -oE "[A-Za-z']+( [a-z']+){2,}" |
		grep -viE '^(nft list ruleset|ct state invalid|maxseg size set rt mtu|packet too big|ip route get|Cannot assign requested address|Too many open files|Address already in use|Network is unreachable|Operation not supported|Bad file descriptor|Transport endpoint is not connected|Transport endpoint is already connected|Message too long|Operation not permitted|Interrupted system call|Destination address required|Socket operation on non-socket)$'
}

# The line in which the first advice and what it cites end: those of the heaviest finding.
advised() { awk '/^    → / && !end { end = NR; next } end && /^      / { end = NR; next } end { exit } END { print end + 0 }' report.txt; }
# The headline of the first finding, where it stands for one that the verdict tells in full: it is as good as that.
headline() { awk 'on && (/^$/ || /^      \[/ || (said != "" && /^  • /)) { print said; exit } on && /^    → / { exit } on { said = said " " $0 } /^Findings$/ { on = 1 }' report.txt; }
heads() { sed -n "s/^# $1: //p" "$2"; }
one() {         # file, name
	local bad='' pattern kinds line first wanted set
	export case=$TMP/$2
	if ! bash "$1" >case.out 2>&1; then echo "not ok - $2: its script failed"; cat case.out record.err 2>/dev/null; return; fi
	grep -q '^skip' case.out && { echo "skip - $2: $(sed -n 's/^skip *//p' case.out)"; return; }
	mapfile -t set < <(heads environment "$1")
	env "${set[@]}" "$TCPSTATE" report -t "$case" >report.txt 2>report.err || bad="report fails: $(cat report.err)"
	env "${set[@]}" "$TCPSTATE" report --format jsonl "$case" >report.jsonl 2>/dev/null
	[ "${REFUSE:-0}" = 0 ] || "$BUILD/tests/hostile/refuse" "$REFUSE" "$case" >refuse.out 2>&1 ||
		bad+=" [memory refused: $(tail -n 3 refuse.out)]"
	line=$(tr '\n' ' ' <report.txt | tr -s ' ')
	first=$({ head -n 10 report.txt; headline; } | tr '\n' ' ' | tr -s ' ')
	grep -q '^Findings' report.txt && { [ "$(advised)" -gt 10 ] || [ "$(advised)" = 0 ]; } &&
		bad+=" [the first advice ends in line $(advised)]"
	while IFS= read -r pattern; do
		case $pattern in
		later:*) grep -qE -- "${pattern#later: }" <<<"$line" || bad+=" [not said: ${pattern#later: }]" ;;
		*) grep -qE -- "$pattern" <<<"$first" || bad+=" [not said first: $pattern]" ;;
		esac
	done < <(heads want "$1")
	while IFS= read -r pattern; do grep -qE -- "$pattern" report.jsonl || bad+=" [not in the JSON: $pattern]"; done < <(heads json "$1")
	if [ "$(heads page "$1")" ]; then
		"$TCPSTATE" report --format html "$case" >report.html 2>/dev/null
		while IFS= read -r pattern; do grep -qE -- "$pattern" report.html || bad+=" [not on the page: $pattern]"; done < <(heads page "$1")
	fi
	if [ "$(heads md "$1")" ]; then
		"$TCPSTATE" report --format md "$case" >report.md 2>/dev/null
		while IFS= read -r pattern; do grep -qE -- "$pattern" report.md || bad+=" [not in the Markdown: $pattern]"; done < <(heads md "$1")
		while IFS= read -r pattern; do sed -n '/^sequenceDiagram/,/^```/p' report.md | grep -qE -- "$pattern" && bad+=" [in the Markdown: $pattern]"; done < <(heads md-never "$1")
	fi
	while IFS= read -r pattern; do grep -qE -- "$pattern" <<<"$line" && bad+=" [said: $pattern]"; done < <(heads never "$1")
	kinds=$(sed -n 's/^{"type":"finding".*"reason":"\([a-z_]*\)".*/\1/p' report.jsonl | sort -u | tr '\n' ' ')
	for wanted in $(heads silent "$1"); do [[ " $kinds" == *" $wanted "* ]] && bad+=" [finding: $wanted]"; done
	[ "$(heads findings "$1")" = none ] && [ "$kinds" ] && bad+=" [findings: $kinds]"
	wanted=$(heads findings "$1" | tr ' ' '\n' | sort -u | tr '\n' ' ')
	[ -z "$wanted" ] || [ "$wanted" = "none " ] || [ "$wanted" = "$kinds" ] || bad+=" [findings: $kinds]"
	line=$(english | tr '\n' ';')
	[ -z "$line" ] || bad+=" [in English: $line]"
	if [ "$bad" ]; then echo "not ok - $2:$bad"; sed -n 1,40p report.txt; else echo "ok - $2"; fi
}

# Do more programs want a processor than there are?
busy() { awk -v processors="$(nproc)" '{ exit $1 <= processors }' /proc/loadavg; }

made=()
for file in "${cases[@]}"; do
	name=$(basename "$file" .case)
	one "$file" "$name" >one.out
	# On a busy machine a look at who holds a socket may come late: what failed is played once
	# more, and both are told.
	if grep -q '^not ok' one.out && [ -e "$name" ] && busy; then
		sed "s/^/# (load $(cut -d ' ' -f 1 /proc/loadavg), played again) /" one.out
		rm -rf "$name"
		one "$file" "$name" >one.out
	fi
	cat one.out
	[ ! -e "$name" ] || made+=("$name")
done
if [ "${REFUSE-}" = 0 ]; then
	# the small ones first: a place that they come to need not be refused in those that take long
	[ ${#made[@]} = 0 ] ||
		mapfile -t made < <(du -s --apparent-size -- "${made[@]}" | sort -n | cut -f 2-)
	if "$BUILD/tests/hostile/refuse" 0 "${made[@]}" >refuse.out 2>&1; then
		echo 'ok - memory refused at each place that asks for it'
	else
		echo 'not ok - memory refused at each place that asks for it'
		grep -v 'new places$' refuse.out
	fi
fi
