#!/usr/bin/env bash
# Runs the commands of handouts (docs/labs/NAME.md) in real terminals, and compares what they print
# with what is pasted below them; or pastes it anew.
#   tools/handout.sh [--write [--fresh]] [--long] BUILD FILE.md...
# A handout is Markdown; its ```console blocks hold
#   $ COMMAND        typed at a shell outside; exit status 0, or as "# exit status N" at its end says; "> " goes on with it, as the shell does
#   one$ COMMAND     typed at the shell of terminal `one`, which the `$ COMMAND` before it opened
#   one> TEXT        typed to the program that is running there; ^C and ^D are these keys
#   one:             nothing typed: what terminal `one` shows meanwhile
# each followed by what is printed then, with [...] where lines are left out, or by nothing when it
# does not matter. Above a block, <!-- long --> leaves it to --long, <!-- varies --> says that its
# output is no two times the same, <!-- quick --> and <!-- within S s --> that it is that of a machine
# which keeps up with the kernel's timers: no client's SYN goes out more often than pasted, or the
# command ends within S seconds from the opening of its terminal (of one outside: that the terminal
# it looks into was open so long). A run that differs and was slower
# is made again (a lab) or left out, as is a lab that says it was too slow to tell. --write puts new output in place of what is pasted, piece by
# piece, each found by its first and last line; but leaves a piece that only differs in times, pids
# and such, without --fresh. With --columns N the shells outside are terminals of N columns, too: what
# is pasted must come word by word, for tables are laid out otherwise there, and no line may be wider.
# --lang zh: the program speaks Chinese; then the words are not compared. A line ??? is replaced by all there is, ??? FIRST ~ LAST by the lines
# from one matching FIRST to the next matching LAST. Blocks of NAME.zh.md are those of NAME.md.
set -u
mode='check' fresh='' long='' columns=''
while [[ ${1-} == --* ]]; do
	case $1 in
	--write) mode='write' ;;
	--fresh) fresh=yes ;;
	--long) long=yes ;;
	--columns) columns=$2; shift ;;
	--lang) export TCPSTATE_LANG=$2; shift ;;
	*) echo "tools/handout.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
[ $# -ge 2 ] || { sed -n 's/^#   tools/usage: tools/p' "$0" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
shift
export PATH="$build:$PATH:/usr/sbin:/sbin" LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1 PAGER=cat TERM=dumb SHELL=/bin/bash
unset TCPSTATE_CONTROL TCPSTATE_NETNS
top=$(cd "$(dirname "$0")/.." && pwd)

work=$(mktemp -d "${TMPDIR:-/tmp}/handout.XXXXXX") || exit 1
. "$top/tools/lib.sh"
never=$work/never TCPSTATE=$build/tcpstate
declare -A terminal_pid terminal_in     # by name: script(1), and what it reads
close_terminals() {
	local name in
	for name in "${!terminal_pid[@]}"; do
		in=${terminal_in[$name]}
		kill "${terminal_pid[$name]}" 2>/dev/null
		wait "${terminal_pid[$name]}" 2>/dev/null
		exec {in}>&-
	done
	terminal_pid=() terminal_in=()
}
trap 'close_terminals; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The shells in the terminals: the prompt is the terminal's name, the line is not edited, the exit
# status is kept.
mkdir "$work/home"
export HOME=$work/home
cat >"$work/home/.bashrc" <<'END'
PROMPT_COMMAND='echo $? >"$HANDOUT_STATUS"; PS1="$HANDOUT_TERMINAL\$ "'     # after tcpstate's own
set +o emacs
stty cols 80 rows 50 2>/dev/null
unset HISTFILE
END

# What differs from run to run, taken out of text that is one line, each space single: times, pids,
# numbers of frames and records, who saw it, and how much of what a counter counted fell between the
# two readings around an edge that was withdrawn.
masking='s/(; )?\bd[0-9]+\b(; )?/ /g; s/  +/ /g; s/[●○◆◌]/SEEN/g
	s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/DATE/g
	s/[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+( ([0-9]+|-) ([0-9]+|-) )?/TIME\2 /g
	s/ ?\((up to [0-9.]+ (ms|s|µs) earlier)\)//g
	s/\b[0-9]+(\.[0-9]+)? (s|ms|µs|us)\b/DURATION/g
	s/([a-z_-]+)\[[0-9]+\]/\1[PID]/g
	s/\[([0-9])\] [0-9]+/[\1] PID/g; s/\b(fork|child) [0-9]+/\1 PID/g; s/(ok hold [A-Za-z0-9_-]+) [0-9]+/\1 PORT/g
	s/(was [a-z_-]+\[PID\]|mini-socket, no process holds it)/OWNED/g; s/OWNED [0-9]{3,}/OWNED ID/g
	s/\bISN [0-9]+/ISN N/g; s/10\.2\.0\.1:[0-9]+/10.2.0.1:P/g
	s/predicted [0-9]+\.\.[0-9]+([^;]*), measured [0-9]+/MEASURED\1/g
	s/(→ [A-Z_0-9]+) (both|wire|kernel)/\1 SEEN/g
	s/\b(frames?|diag records?) [0-9]+(, [0-9]+)*/\1 N/g; s/\b(frame|record)s N/\1 N/g
	s/(^| )[0-9]+\.[0-9]+([,)]|$)/\1DECIMAL\2/g; s/(^| )[0-9]+\.[0-9]+([, )]|$)/\1DECIMAL\2/g
	s/retransmit( [0-9]+, next)? in DURATION/retransmit in DURATION/g; s/retransmit DURATION( ×[0-9]+)?/retransmit DURATION/g
	s/ (-|[0-9]+) (-|[0-9]{3,}) [0-9]{3,}( |$)/ ID\3/g
	s/\b[0-9]+ (packets|kernel rows|netlink messages)/N \1/g
	s/(Ext[A-Za-z]+) \+[0-9]+; refuted/\1 +N; refuted/g
	s/ +/ /g; s/ $//'
mask() { sed -E "$masking"; }
# masked_text: all of it as one line.
masked_text() { sed -E -z "s/[ \n\t]+/ /g; s/^ //; s/ $//; $masking"; }
masked_line() { sed -E "s/ +/ /g; s/^ //; s/ $//; $masking"; }

# ---- reading a handout ----
# Parallel arrays, one element for each line typed or looked at.
item_read() {   # FILE: sets lines, and the items
	local i line in_block='' is_long='' varies='' quick='' within='' note
	mapfile -t lines <"$1"
	kind=() terminal=() text=() at=() first=() last=() item_long=() item_varies=() opens=()
	item_quick=() item_within=()
	for i in "${!lines[@]}"; do
		line=${lines[i]}
		if [ -z "$in_block" ]; then
			case $line in
			'<!--'*'-->') note=$line; [[ $note != *long* ]] || is_long=yes; [[ $note != *varies* ]] || varies=yes
				[[ $note != *quick* ]] || quick=yes
				[[ ! $note =~ within\ ([0-9]+)\ s ]] || within=${BASH_REMATCH[1]} ;;
			'```console') in_block=yes ;;
			'```diff' | '```c') in_block='' ;;
			'```'?*) bad "$file:$((i + 1)): a block of ${line#???}: commands go into \`\`\`console blocks" ;;
			?*) is_long='' varies='' quick='' within='' ;;
			esac
			continue
		fi
		if [ "$line" = '```' ]; then
			in_block='' is_long='' varies='' quick='' within=''
		elif [[ $line =~ ^([a-z]*)\$\ (.*)$ ]]; then
			item_add "${BASH_REMATCH[1]:+shell}" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		elif [[ $line =~ ^([a-z]+)\>\ (.*)$ ]]; then
			item_add typed "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		elif [[ $line =~ ^([a-z]+):$ ]]; then
			item_add look "${BASH_REMATCH[1]}" ''
		elif [[ ${kind[-1]-} = outside && ${last[-1]} -lt ${first[-1]} && $line =~ ^\>(\ (.*))?$ ]]; then
			text[-1]+=$'\n'${BASH_REMATCH[2]}
			first[-1]=$((i + 1)) last[-1]=$i
		elif [ ${#kind[@]} -gt 0 ]; then
			last[-1]=$i
		fi
	done
	local -A open=()
	for i in "${!kind[@]}"; do      # a `$ COMMAND` before the first line of a terminal opens it
		[ "${kind[i]}" != shell ] || [ -n "${open[${terminal[i]}]-}" ] || [ "$i" = 0 ] || [ "${kind[i - 1]}" != outside ] || opens[i - 1]=${terminal[i]}
		[ -z "${terminal[i]}" ] || open[${terminal[i]}]=yes
		[[ ${kind[i]} != shell || ${text[i]} != exit ]] || unset "open[${terminal[i]}]"
	done
}
item_add() {    # KIND TERMINAL TEXT, in item_read()
	kind+=("${1:-outside}") terminal+=("$2") text+=("$3") at+=($((i + 1))) first+=($((i + 1))) last+=("$i")
	item_long+=("$is_long") item_varies+=("$varies") opens+=('')
	item_quick+=("$quick") item_within+=("$within")
}
expected() { [ "${last[$1]}" -lt "${first[$1]}" ] || printf '%s\n' "${lines[@]:first[$1]:last[$1] - first[$1] + 1}"; }

# as_far_as PIECE CAME: the piece's words that did not come, after the last that did.
as_far_as() {
	local words i
	read -ra words <<<"$1"
	for ((i = ${#words[@]}; i > 0; i--)); do [[ $2 != *"${words[*]:0:i}"* ]] || break; done
	echo "${words[*]:i > 5 ? i - 5 : 0:i > 5 ? 5 : i} >>> ${words[*]:i:20}"
}
# words_missing PIECE CAME: those of the piece that have not come; what stands at the end of one
# depends on the layout.
words_missing() {
	comm -23 <(words "$1") <(words "$2") | tr '\n' ' '
}
words() { tr ' ' '\n' <<<"$1" | sed 's/[,;:.]*$//; /^$/d' | sort -u; }
# pieces_read ITEM: what is pasted, each stretch between two [...] as one masked line, into the array
# pieces; once for each item.
pieces_read() {
	[ "${pieces_of-}" != "$file:$1" ] || return 0
	pieces_of=$file:$1
	mapfile -t pieces < <(expected "$1" | awk '/^ *\[\.\.\.\]$/ { print ""; next } { gsub(/[ \t]+/, " "); sub(/^ /, ""); sub(/ $/, ""); printf "%s%s", $0, $0 == "" ? "" : " " } END { print "" }' |
		sed -E "s/ $//; $masking; /^$/d")
}
# holds ITEM FILE: does FILE have all that is pasted, piece by piece, in that order? Else $missing
# is the piece.
holds() {
	local came piece
	missing=''
	[ "${TCPSTATE_LANG-en}" = en ] || return 0
	pieces_read "$1"
	came=$(masked_text <"$2")
	for piece in "${pieces[@]}"; do
		if [ "$columns" ]; then
			missing=$(words_missing "$piece" "$came")
			[ -z "$missing" ] || return 1
			continue
		fi
		if [[ $came != *"$piece"* ]]; then missing=$(as_far_as "$piece" "$came"); return 1; fi
		came=${came#*"$piece"}
	done
}

# ---- terminals ----
# What is started in the background ignores ^C, and so does all that it starts.
as_typed='env --default-signal=INT,QUIT'
$as_typed true 2>/dev/null || as_typed=
terminal_open() {       # NAME COMMAND
	local in
	rm -f "$work/$1".*
	mkfifo "$work/$1.in"
	exec {in}<>"$work/$1.in"
	terminal_in[$1]=$in shown[$1]=0 opened_at[$1]=$SECONDS
	records[$1]=''
	[[ ! $2 =~ ^tcpstate\ record\ .*-o\ ([a-z0-9-]+) ]] || records[$1]=${BASH_REMATCH[1]}
	: >"$work/$1.log"
	(cd "$work/desk" && HANDOUT_TERMINAL=$1 HANDOUT_STATUS=$work/$1.status exec $as_typed script -qfec "$2" /dev/null) <&"$in" >>"$work/$1.log" 2>&1 &
	terminal_pid[$1]=$!
}
terminal_ended() { ! kill -0 "${terminal_pid[$1]}" 2>/dev/null; }
# more NAME: all that terminal NAME has said, into $all; is it more than when this was asked last?
# Without a process: it is asked all the time.
more() {
	IFS= read -rd '' all <"$work/$1.log"
	[ ${#all} != "${asked[$1]-}" ] && asked[$1]=${#all}
}
# New output of terminal NAME, in $all, without what was typed and the prompt, into $work/out. Returns
# whether the prompt is there: at its end, or before what a program in the background said since.
terminal_look() {       # NAME TYPED
	local typed=$2 prompt="$1\$ " new=${all:shown[$1]} line prompted=1
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line#^C}         # the tty echoes ^C when the signal has gone: after bash's newline, at times
		while [[ $line == "$prompt"* ]]; do line=${line#"$prompt"} prompted=0; done
		[[ ! $line =~ ^tcpstate:\ [0-9]+\ packets,\ [0-9]+\ connections,\ [0-9]+\ drops ]] || continue
		if [ -n "$typed" ] && [ "$line" = "$typed" ]; then typed=''
		elif [ -n "$line" ] && [ "$line" != exit ]; then printf '%s\n' "$line"; fi
	done <<<"${new//$'\r'/}" >"$work/out"
	return $prompted
}
# Wait until the prompt is back; or, when the program there goes on, until what is pasted has come.
# What the terminal shows is looked at when there is more of it, and each second.
terminal_wait() {       # ITEM NAME TYPED GOES_ON
	local end=$((SECONDS + $([ -n "${item_long[$1]}" ] && echo 400 || echo 60))) prompt
	local quiet=0 anything='' second=''
	! expected "$1" | grep -q '^???' || anything=yes    # nothing is pasted that could be waited for
	[ -z "$4" ] || end=$((SECONDS + $([ "$anything" ] && echo 2 || echo 60)))
	while :; do
		ended=''
		! terminal_ended "$2" || ended=yes
		if ! more "$2" && [ -z "$ended" ] && [ $SECONDS = "$second" ]; then nap; continue; fi
		second=$SECONDS prompt=''
		! terminal_look "$2" "$3" || prompt=yes
		if [ "$4" ]; then
			[ -z "$ended$prompt" ] || { [ "${kind[$1]}" = look ] && [ -z "$ended" ]; } || { problem="the program has ended"; break; }
			if [ -z "$anything" ] && holds "$1" "$work/out"; then break; fi
		elif [ "$ended$prompt" ]; then      # what is in the background may have more to say
			[ $quiet -gt 0 ] || quiet=$((SECONDS + 4))
			if [ "$ended$anything" ] || holds "$1" "$work/out" || [ $SECONDS -ge $quiet ]; then break; fi
		fi
		if [ $SECONDS -ge $end ]; then problem=$([ "$4" ] && echo "what is pasted has not come" || echo "it has not finished"); break; fi
	done
	shown[$2]=${#all}
}

# ---- running ----
declare -A shown asked opened_at records lasted        # the folder that is recorded into; for how long
# syns_again DIR: of some client that recording has more SYNs without answer than one.
syns_again() {
	tcpstate report --format jsonl "$work/desk/$1" 2>/dev/null | awk -F'[:,]' '
		function member(name,   i) { for (i = 1; i < NF; i++) if ($i == "\"" name "\"") return $(i + 1) + 0 }
		/"reason":"connect_late"/ && member("syns") > member("count") { again = 1 }
		/"reason":"syn_unanswered"/ && member("syns") > member("connections") { again = 1 }
		END { exit !again }'
}
# busy: of a machine with more than eight processes that want each of its processors no command can
# be expected in time. It excuses what differs, but no lab that fails.
busy() {
	local load
	read -r load _ <"${HANDOUT_LOADAVG-/proc/loadavg}"
	[ "${load%.*}" -ge $((8 * $(nproc))) ]
}
# ran_late ITEM DIR: the lab into DIR says so (3), or prints what a machine that keeps up does not.
ran_late() {
	[ "$status" != 3 ] || return 0
	if [ "$status" = 0 ] && ! holds "$1" "$work/out" && { busy || late "$work/desk/$2" >/dev/null; }; then return 0; fi
	[ -n "${item_quick[$1]}" ] && [ "$status" = 0 ] && ! holds "$1" "$work/out" && syns_again "$2"
}
goes_on() {     # ITEM: will the next line for its terminal be one for the program that runs there?
	local j
	for ((j = $1 + 1; j < ${#kind[@]}; j++)); do
		[ "${terminal[j]}" = "${terminal[$1]}" ] || continue
		[ "${kind[j]}" != shell ]
		return
	done
	return 1
}
# outside SECONDS COMMAND: at a shell outside; with --columns in a terminal of that width.
outside() {
	local typed=$2
	if [ "$columns" ]; then
		printf -v typed %q "stty cols $columns; $2"
		set -- "$1" "script -qfec $typed /dev/null"
	fi
	(cd "$work/desk" && exec timeout "$1" bash -c "$2") </dev/null 2>&1 | tr -d '\r'
	return "${PIPESTATUS[0]}"
}
item_run() {    # ITEM: leaves $work/out, $status and $problem
	local name=${terminal[$1]} cmd=${text[$1]} want=0 in on=''
	problem='' status=0 slow=''
	[[ $cmd =~ \#\ exit\ status\ ([0-9]+) ]] && want=${BASH_REMATCH[1]}
	: >"$work/out"
	if [ "${kind[$1]}" = outside ] && [ -n "${opens[$1]}" ]; then
		terminal_open "${opens[$1]}" "$cmd"
		terminal_wait "$1" "${opens[$1]}" '' ''
		[ -z "$ended" ] || problem="no shell: $(tail -n 1 "$work/out")"
		return
	fi
	if [ "${kind[$1]}" = outside ]; then
		local tries dir=''
		[[ ! $cmd =~ ^tcpstate\ lab\ .*-o\ ([a-z0-9-]+) ]] || dir=${BASH_REMATCH[1]}
		for tries in 1 2 3 4; do
			[ "$tries" = 1 ] || rm -rf "$work/desk/$dir"
			outside "$([ -n "${item_long[$1]}" ] && echo 400 || echo 240)" "$cmd" >"$work/out"
			status=$?
			slow=''
			[ "$dir" ] && ran_late "$1" "$dir" || break
			slow=$dir
		done
		[ $status = "$want" ] || problem="exit status $status"
		return
	fi
	[ -n "${terminal_pid[$name]-}" ] || { problem="no terminal '$name' is open"; return; }
	in=${terminal_in[$name]}
	! goes_on "$1" || on=yes
	case ${kind[$1]} in
	look) terminal_wait "$1" "$name" '' yes; return ;;
	typed)
		case $cmd in
		^C) printf '\003' >&"$in" ;;
		^D) printf '\004' >&"$in" ;;
		*) printf '%s\n' "$cmd" >&"$in" ;;
		esac ;;
	shell) rm -f "$work/$name.status"; printf '%s\n' "$cmd" >&"$in" ;;
	esac
	terminal_wait "$1" "$name" "$cmd" "$on"
	if [ "$ended" ]; then
		wait "${terminal_pid[$name]}"
		status=$?
		exec {in}>&-
		unset "terminal_pid[$name]" "terminal_in[$name]"
		[ -z "${records[$name]}" ] || lasted[${records[$name]}]=$((SECONDS - opened_at[$name]))
		[ "$cmd" = exit ] || problem=${problem:-the terminal closed, status $status}
	elif [ -z "$on" ] && [ "${kind[$1]}" != look ]; then
		status=$(cat "$work/$name.status" 2>/dev/null)
	fi
	[ "$cmd" != ^C ] || want=130
	[ "$on" ] || [ "$cmd" = exit ] || [ "$status" = "$want" ] || problem=${problem:-exit status $status}
}

good() { echo "ok - $*"; }
bad() { echo "not ok - $*"; failed=1; }

# ---- comparing and writing ----
# The first line of $work/out that is wider than the terminal, in $wide; but for messages, which are
# a line each. wc counts the columns of Chinese as well.
narrow_enough() {
	while IFS= read -r wide; do
		[ "$(wc -L <<<"$wide")" -le "$columns" ] || return 1
	done < <(grep -vE '^(tcpstate: |tcpstate：|MISMATCH |不符 )' "$work/out" | awk -v n="$columns" 'length > n / 2')
}
# too_slow ITEM: it was, or a lab was into whose folder this looks.
too_slow() {
	local dir name=${terminal[$1]}
	[ -z "$slow" ] || left+=("$slow")
	for dir in "${left[@]}"; do [[ ${text[$1]} != *"$dir"* ]] || return 0; done
	[[ $problem != beyond* ]] || return     # however slow
	for dir in "${!lasted[@]}"; do
		[[ ${text[$1]} != *"$dir"* ]] || ! { busy || late "$work/desk/$dir" >/dev/null; } || return 0
	done
	if [ "$name" ] && { busy || { [ "${records[$name]-}" ] && late "$work/desk/${records[$name]}" >/dev/null; }; }; then return 0; fi
	[ "${item_within[$1]}" ] || return
	for dir in "${!lasted[@]}"; do
		[[ ${text[$1]} != *"$dir"* || ${lasted[$dir]} -le ${item_within[$1]} ]] || return 0
	done
	[ "$name" ] && [ $((SECONDS - opened_at[$name])) -gt "${item_within[$1]}" ]
}
item_check() {  # ITEM
	local what="$file:${at[$1]}: ${terminal[$1]}${kind[$1]} ${text[$1]%%$'\n'*}"
	what=${what/outside/\$} what=${what/shell/\$} what=${what/typed/>} what=${what/look/:}
	if [ -z "$problem" ] && [ -z "${item_varies[$1]}" ] && ! holds "$1" "$work/out"; then problem="this has not come: $missing"; fi
	if [ -z "$problem" ] && [ "$columns" ] && [[ ${text[$1]} == tcpstate\ * ]] && ! narrow_enough; then
		problem="beyond $columns columns: $wide"
	fi
	if [ -z "$problem" ]; then good "$what"; return; fi
	if too_slow "$1"; then echo "skip - $what: the machine was too slow to tell"; return; fi
	bad "$what: $problem"
	sed -n '1,20p' "$work/out" | sed 's/^/    came first: /'     # among it, what an experiment died of
	tail -n 40 "$work/out" | sed 's/^/    came last: /'
}
# pieces ITEM: what is pasted, with the lines of $work/out in place of the old. A piece is found by
# its first line and, as far below as it was, or else next, its last.
item_paste() {
	local numbers
	expected "$1" >"$work/old"
	[ -s "$work/old" ] || return 0
	if grep -q '^???' "$work/old"; then
		awk -v from_file="$work/out" '
			BEGIN { while ((getline line < from_file) > 0) out[++n] = line }
			!/^\?\?\?/ { print; next }
			/^\?\?\?$/ { while (at < n) print out[++at]; next }
			{ split(substr($0, 5), ends, " ~ ")
			  for (at++; at <= n && out[at] !~ ends[1]; at++) ;
			  for (; at <= n && (print_line(out[at]) || out[at] !~ ends[2]); at++) ; }
			function print_line(text) { print text; return 0 }' "$work/old"
		return
	fi
	numbers=; [ -z "${item_varies[$1]}" ] || numbers='s/[0-9]+/N/g'
	paste -d $'\001' <(masked_line <"$work/out" | sed -E "$numbers") "$work/out" >"$work/new.both"
	paste -d $'\001' <(masked_line <"$work/old" | sed -E "$numbers") "$work/old" >"$work/old.both"
	awk -F $'\001' -v fresh="$fresh" '
		FILENAME != before { before = FILENAME; file = FILENAME ~ /new.both$/ ? 1 : 2 }
		file == 1 { new_masked[++news] = $1; new[news] = $2; next }
		{ old_masked[++olds] = $1; old[olds] = $2 }
		function piece(from, to,   i, j, start, same) {
			if (to < from)
				return
			for (start = done + 1; start <= news && new_masked[start] != old_masked[from]; start++) ;
			end = start + to - from
			if (end > news || new_masked[end] != old_masked[to])
				for (end = start; end <= news && new_masked[end] != old_masked[to]; end++) ;
			if (end > news) {
				for (i = from; i <= to; i++)
					print old[i]
				lost = lost "\n" old[start > news ? from : to]
				return
			}
			same = end - start == to - from
			for (i = from; same && i <= to; i++)
				same = new_masked[start + i - from] == old_masked[i]
			for (i = from; i <= to && same && !fresh; i++)
				print old[i]
			for (i = start; i <= end && (!same || fresh); i++)
				print new[i]
			done = end
		}
		END {
			from = 1
			for (n = 1; n <= olds; n++)
				if (old_masked[n] == "[...]") { piece(from, n - 1); print old[n]; from = n + 1 }
			piece(from, olds)
			if (lost != "") { print "not found in the output:" lost > "/dev/stderr"; exit 1 }
		}' "$work/new.both" "$work/old.both"
}

handout_run() { # FILE
	local i j part=0
	item_read "$1"
	[ ${#kind[@]} -gt 0 ] || { bad "$1: no command in it"; return; }
	rm -rf "$work/desk"
	mkdir "$work/desk"
	left=() lasted=()
	: >"$work/written"
	for i in "${!kind[@]}"; do
		if [ -z "${item_long[i]}" ] || [ "$long" ]; then
			item_run "$i"
			if [ $mode = check ]; then item_check "$i"
			elif [ -n "$problem" ] && ! expected "$i" | grep -q "^???"; then item_check "$i"; fi
		fi
		[ $mode = write ] || continue
		for ((j = part; j < first[i]; j++)); do printf '%s\n' "${lines[j]}"; done >>"$work/written"
		if [ -n "${item_long[i]}" ] && [ -z "$long" ]; then expected "$i" >>"$work/written"
		else item_paste "$i" >>"$work/written" 2>"$work/lost" || bad "$1:${at[i]}: $(cat "$work/lost")"; fi
		part=$((last[i] + 1))
	done
	for i in "${!terminal_pid[@]}"; do bad "$1: terminal $i is left open"; done
	close_terminals
	[ $mode = write ] || return 0
	for ((j = part; j < ${#lines[@]}; j++)); do printf '%s\n' "${lines[j]}"; done >>"$work/written"
	cmp -s "$work/written" "$1" || { cat "$work/written" >"$1"; echo "$1: written"; }
}

blocks() { awk '/^```console$/ { on = 1; n++ } on { print } on && /^```$/ { on = 0 }' "$1"; }
# The translation has the same blocks, in the same order.
translation() { # FILE.md FILE.zh.md
	if [ $mode = write ]; then
		awk 'FNR == 1 { file++ }
			/^```console$/ { on = 1; n++ }
			file == 1 { if (on) block[n] = block[n] $0 "\n"; if (on && /^```$/) { on = 0; total = n } next }
			FNR == 1 { n = 0; on = 0 }
			/^```console$/ { on = 1; if (++m <= total) printf "%s", block[m] }
			!on { print }
			on && /^```$/ { on = 0 }' "$1" "$2" >"$work/written"
		cmp -s "$work/written" "$2" || { cat "$work/written" >"$2"; echo "$2: written"; }
	fi
	if [ "$(blocks "$1")" = "$(blocks "$2")" ]; then good "$2 has the commands and output of $1"
	else bad "$2: its \`\`\`console blocks are not those of $1"; diff <(blocks "$1") <(blocks "$2") | head -n 20; fi
}
# A command in the running text is one that is run, or the beginning of one.
prose() { # FILE.md TEXT.md
	local command target
	# shellcheck disable=SC2016      # Markdown's backquotes
	while IFS= read -r command; do
		printf '%s\n' "${text[@]}" | awk -v c="$command" 'index($0, c) { found = 1 } END { exit !found }' || bad "$2: \`$command\` is in no block: nothing runs it"
	done < <(awk '/^```/ { on = !on } !on' "$2" | grep -oE '`[^`]+`' | tr -d '`' | grep -E '^(sudo )?(tcpstate|echo_server|echo_client|fork_server|chat_server|chat_client|syn_sender|hold) +[^ ]')
	while read -r target; do
		grep -q "^$target:" "$top/Makefile" || bad "$2: make $target is no target"
	done < <(grep -oE '`make [a-z-]+' "$2" | sed 's/.*make //')
}

failed=0 lines=()
for file; do
	[ -r "$file" ] || { bad "$file: cannot be read"; continue; }
	case $file in *.zh.md) bad "$file: name the English one"; continue ;; esac
	handout_run "$file"
	[[ $file == *docs/labs/* ]] || continue         # README.md has no translation, and prose of all kinds
	prose "$file" "$file"
	other=${file%.md}.zh.md
	if [ -r "$other" ]; then translation "$file" "$other"; prose "$file" "$other"
	else bad "$other is missing"; fi
done
exit $failed
