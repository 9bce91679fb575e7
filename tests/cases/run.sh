#!/usr/bin/env bash
# Situations taken from reports of people whose connections hang, and the healthy twin of each: what
# the report must say of them in its first lines, and what it must never say.
# timeout: 3600
# shards: 8
#   tests/cases/run.sh [CASE...]    NAME.case: a bash script that leaves a recording or capture in $case; in its comments
#   # want: REGEX     the verdict and the findings say it (wrapped lines are one line here); all in the first ten lines unless "later:"
#   # json: REGEX     a line of the report's JSON says it
#   # page: REGEX     a line of the HTML page says it; page-never: none does
#   # md: REGEX       a line of the Markdown says it; md-never: none of its sequence diagrams does
#   # never: REGEX    nowhere in the report
#   # missed: REGEX   where the report says it, what the case is about did not happen (a look at the kernel
#                     met what none was to meet): it is played again, and at last left out, with the reason
#   # environment: NAME=VALUE    of report
#   # silent: WORD...    kinds of finding that must not be there: it is the healthy twin of a case in which they are
#   # findings: WORD...  exactly these kinds, "none": none. REGEXes are extended ones; those typed here are sentences a person would expect.
#   Besides, of every case with a finding: what the heaviest advises and cites ends in the tenth line at the latest.
#   A case that misses something and says nothing false is played again once in make check, not in make check-long.
#   A case that fails while more programs than processors want to run, or whose recorder was late, is played again; all are told.
#   SHARD=I/N       only the I-th of N parts
#   REFUSE=STEP     besides, every report is made with every STEP-th allocation refused
#                   (tests/hostile/refuse.c); 0, as make coverage does: at the end, with one refused
#                   at each place that asks for memory, whichever case comes there
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
act=$BUILD/tests/cases/act mkpcap=$BUILD/tests/golden/mkpcap
stuck=$BUILD/tests/cases/stuck
export act mkpcap stuck TCPSTATE
# of a build with sanitizers: what COMMAND is traced in, or dies of, is the case's own
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=0:handle_segv=0:allow_user_segv_handler=1}
[ $# -gt 0 ] || set -- "$here"/*.case
mapfile -t cases < <(realpath -- "$@")
cd "$TMP" || exit 1
shard=${SHARD:-1/1}
of=${shard#*/} shard=${shard%/*}

# recorded [OPTION...] < SCRIPT: act's script, in a sealed network; its own words go to a file
recorded() {
	"$TCPSTATE" record --no-page -o "$case" "$@" -- "$act" >record.out 2>record.err
}
# held_up KIND [first]: stuck's server, in a sealed network
held_up() { "$TCPSTATE" record --no-page -o "$case" -- "$stuck" "$@" >record.out 2>record.err; }
# captured < SCRIPT: a capture of mkpcap's
captured() { cat >script; "$mkpcap" script "$case"; }
# unlooked: the recording as of a recorder that may not look at what the threads are in
unlooked() { sed -i '/^{"type":"doing"/d' "$case/facts.jsonl"; }
export -f recorded held_up captured unlooked

# What of the findings in Chinese is English all the same (make check: cli/translations.sh): three words or more, but for errors as
# programs print them, and commands.
as_printed="^(nft list ruleset|ct state invalid|maxseg size set rt mtu|packet too big|ip route get$(sed -n 's/^\t{E[A-Z]*, "E[A-Z]*", "\(.*\)"},$/|\1/p' "$here/../../src/tcp/call.c" | tr -d '\n'))\$"
[[ $as_printed == *'|Bad file descriptor|'* ]] || echo "not ok - the words of errors stand in src/tcp/call.c"
english() {
	"$TCPSTATE" report --lang zh "$case" 2>/dev/null | sed -n '/^发现/,/^[○●]/p' | grep -oE "[A-Za-z']+( [a-z']+){2,}" | while IFS= read -r words; do
		[[ ${words,,} =~ ${as_printed,,} ]] || printf '%s;' "$words"
	done
}

# Four lines of a report and its JSON: all of it; its first ten lines, with the headline of the first finding where that
# stands for one that the verdict tells in full (it is as good as that); whether there are findings, and the
# line in which the first advice and what it cites end, those of the heaviest finding; the kinds of its
# findings, a space behind each.
looked_at() {
	awk '
	FILENAME == ARGV[2] {
		if (/^\{"type":"finding"/ && match($0, /.*"reason":"[a-z_]*"/)) {
			kind = substr($0, 1, RLENGTH - 1)
			sub(/.*"/, "", kind)
			if (!seen[kind]++) kinds = kinds kind " "
		}
		next
	}
	advice == 0 && /^    → / { advice = 1; end = NR }
	advice == 1 && NR > end { if (/^      /) end = NR; else advice = 2 }
	headline == 1 {
		if (/^$/ || /^      \[/ || (said != "" && /^  • /)) headline = 2
		else if (/^    → /) headline = 3
		else said = said " " $0
	}
	/^Findings/ { findings = 1 }
	/^Findings$/ && !headline { headline = 1 }
	NR <= 10 { first = first " " $0 }
	{ gsub(/ +/, " "); sub(/^ /, ""); sub(/ $/, ""); if ($0 != "") printf "%s ", $0 }
	END {
		if (headline == 2) first = first " " said
		gsub(/ +/, " ", first)
		printf "\n%s\n%d %d\n%s\n", substr(first, 2), findings, end, kinds
	}' "$1" "$2"
}

# What a case says of itself, in "head_KEY", an array for each key of its comments.
read_heads() {  # file
	local text
	head_want=() head_json=() head_page=() head_page_never=() head_md=() head_md_never=() head_never=() head_missed=() head_silent=() head_findings=() head_environment=()
	while IFS= read -r text; do
		[[ $text =~ ^#\ (want|json|page|page-never|md|md-never|never|missed|silent|findings|environment):\ (.*)$ ]] || continue
		local -n list=head_${BASH_REMATCH[1]/-/_}
		list+=("${BASH_REMATCH[2]}")
	done <"$1"
}
one() {         # file, name
	local bad='' pattern kinds line first wanted findings end looked printed
	local missing=''
	only_missing=''         # yes: what it should say is not there, and nothing that it must not
	export case=$TMP/$2
	if ! bash "$1" >case.out 2>&1; then echo "not ok - $2: its script failed"; cat case.out record.err 2>/dev/null; return; fi
	if [ -s case.out ] && printed=$(grep -m 1 '^skip' case.out); then echo "skip - $2: ${printed#skip }"; return; fi
	read_heads "$1"
	only_missing=yes
	local report=("$TCPSTATE" report)
	[ ${#head_environment[@]} = 0 ] || report=(env "${head_environment[@]}" "${report[@]}")
	"${report[@]}" -t "$case" >report.txt 2>report.err || bad="report fails: $(<report.err)"
	"${report[@]}" --format jsonl "$case" >report.jsonl 2>/dev/null
	[ "${REFUSE:-0}" = 0 ] || "$BUILD/tests/hostile/refuse" "$REFUSE" "$case" >refuse.out 2>&1 ||
		bad+=" [memory refused: $(tail -n 3 refuse.out)]"
	mapfile -t looked < <(looked_at report.txt report.jsonl)
	line=${looked[0]} first=${looked[1]}
	read -r findings end <<<"${looked[2]}"
	[ "$findings" = 0 ] || { [ "$end" -gt 0 ] && [ "$end" -le 10 ]; } || bad+=" [the first advice ends in line $end]"
	for pattern in "${head_want[@]}"; do
		case $pattern in
		later:*) [[ $line =~ ${pattern#later: } ]] || missing+=" [not said: ${pattern#later: }]" ;;
		*) [[ $first =~ $pattern ]] || missing+=" [not said first: $pattern]" ;;
		esac
	done
	for pattern in "${head_json[@]}"; do grep -qE -- "$pattern" report.jsonl || missing+=" [not in the JSON: $pattern]"; done
	if [ $((${#head_page[@]} + ${#head_page_never[@]})) -gt 0 ]; then
		"$TCPSTATE" report --format html "$case" >report.html 2>/dev/null
		for pattern in "${head_page[@]}"; do grep -qE -- "$pattern" report.html || missing+=" [not on the page: $pattern]"; done
		for pattern in "${head_page_never[@]}"; do grep -qE -- "$pattern" report.html && bad+=" [on the page: $pattern]"; done
	fi
	if [ ${#head_md[@]} -gt 0 ]; then
		"$TCPSTATE" report --format md "$case" >report.md 2>/dev/null
		for pattern in "${head_md[@]}"; do grep -qE -- "$pattern" report.md || missing+=" [not in the Markdown: $pattern]"; done
		for pattern in "${head_md_never[@]}"; do sed -n '/^sequenceDiagram/,/^```/p' report.md | grep -qE -- "$pattern" && bad+=" [in the Markdown: $pattern]"; done
	fi
	for pattern in "${head_missed[@]}"; do
		if [[ $line =~ $pattern ]]; then echo "missed - $2: $pattern"; return; fi
	done
	for pattern in "${head_never[@]}"; do [[ $line =~ $pattern ]] && bad+=" [said: $pattern]"; done
	kinds=${looked[3]-}
	# shellcheck disable=SC2068 # words
	for wanted in ${head_silent[@]}; do [[ " $kinds" == *" $wanted "* ]] && bad+=" [finding: $wanted]"; done
	if [ "${head_findings[*]}" = none ]; then
		[ -z "$kinds" ] || bad+=" [findings: $kinds]"
	elif [ ${#head_findings[@]} -gt 0 ]; then
		for wanted in $kinds; do [[ " ${head_findings[*]} " == *" $wanted "* ]] || bad+=" [finding: $wanted]"; done
		# shellcheck disable=SC2068 # words
		for wanted in ${head_findings[@]}; do [[ " $kinds" == *" $wanted "* ]] || missing+=" [no finding $wanted]"; done
	fi
	line=''
	[ -z "$kinds" ] || ! long || line=$(english)    # it looks at findings only
	[ -z "$line" ] || bad+=" [in English: $line]"
	[ -z "$bad" ] || only_missing=''
	if [ "$missing$bad" ]; then echo "not ok - $2:$missing$bad"; sed -n 1,40p report.txt; else echo "ok - $2"; fi
}

went_wrong() { local verdict; read -r verdict _ <one.out; [ "$verdict" = not ]; }      # "not ok - ..."
was_missed() { local verdict; read -r verdict _ <one.out; [ "$verdict" = missed ]; }

made=()
for i in "${!cases[@]}"; do
	[ $((i % of)) = $((shard - 1)) ] || continue
	file=${cases[i]}
	name=${file##*/} name=${name%.case}
	one "$file" "$name" >one.out
	# What failed while the recorder was late, or the machine busy, is played again, and that is
	# told. One that misses something (it says nothing that is false) and was recorded late each
	# time is left out, with the reason.
	for try in 1 2 3; do
		was_missed || break
		sed 's/^missed - \(.*\)/# \1: played again/' one.out
		rm -rf "$name"
		one "$file" "$name" >one.out
	done
	was_missed && sed -i '1s/^missed - \(.*\)/skip - \1, four times: it did not happen/' one.out
	# What a look at the kernel meets differs from time to time: one that misses something, and says
	# nothing that is false, gets a second try in make check, and that is told; in make check-long none.
	if went_wrong && [ "$only_missing" ] && [ -e "$name" ] && ! long; then
		sed 's/^/# (missed once: played again) /' one.out
		rm -rf "$name"
		one "$file" "$name" >one.out
	fi
	for try in 1 2 3; do
		went_wrong && [ -e "$name" ] || break
		pause=$(late "$name")
		[ "$pause" ] || busy || break
		sed "s/^/# (load $(cut -d ' ' -f 1 /proc/loadavg), the kernel not looked at for ${pause:-few} ms: played again) /" one.out
		rm -rf "$name"
		one "$file" "$name" >one.out
	done
	if [ "$try$only_missing" = 3yes ] && pause=$(late "$name") && went_wrong; then
		sed '1s/^not ok - /# /; 1!s/^/# /' one.out
		echo "skip - $name: the machine was too slow to tell (the kernel not looked at for $pause ms, four times)" >one.out
	fi
	printf '%s\n' "$(<one.out)"
	[ ! -e "$name" ] || made+=("$TMP/$name")
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
