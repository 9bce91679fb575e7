# shellcheck shell=bash disable=SC2034,SC2154  # variables are shared with the experiments
# What the experiments share: options, programs that are told lines and answer, the rule in force.
# Sourced, not run. Everything measured is measured by tcpstate; nothing here computes a prediction
# or waits by the clock.
set -u
port=12345 family=4 rule=probe          # options of most experiments, with their defaults
server='' client=''                     # of those that can be made with your own programs

somaxconn=$(cat /proc/sys/net/core/somaxconn)
dir=$(mktemp -d "${TMPDIR:-/tmp}/tcpstate-lab.XXXXXX") || exit 1
# by program name: its process, and the descriptors of its input and output
declare -A pid into from
trap 'code=$?; told_why $code; stop_all; rm -rf "$dir"; exit $code' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# In a subshell that its caller expects to fail this ends nothing else: only the script's own end is
# told to the recording.
die() { echo "${0##*/}: $*" >&2; echo "$*" >"$dir/died"; exit 1; }
told_why() {
	[[ $1 != [13] ]] || [ ! -s "$dir/died" ] ||
		tcpstate mark --failed "$(cat "$dir/died")" 2>/dev/null
}
# too_slow WHAT: what is to be measured has passed, or has not come in time: neither right nor wrong
# (exit 3). stopwatch NAME: from now on; late NAME MS: has more time gone by since?
too_slow() { echo "the machine was too slow to tell: $*" | tee "$dir/died" >&2; exit 3; }
declare -A began
stopwatch() { began[$1]=$(up_ms); }
late() { [ $(($(up_ms) - began[$1])) -ge "$2" ]; }
up_ms() { local s; read -r s _ </proc/uptime; echo "${s/./}0"; }        # steps of no wall clock
usage() { name=${0##*/} && echo "tcpstate lab ${name%.sh}: $*; try --help" >&2; exit 2; }

# fits FORM VALUE: FORM is LO-HI, a whole number; the same with a comma behind it, a list of such
# numbers and ranges (0,2..4); either may have "WORD|" before it, which allows that word as well;
# anything else is an extended regular expression.
range='^(([a-z]+)\|)?([0-9]+)-([0-9]+)(,?)$'
fits() {
	local item number='(0|[1-9][0-9]{0,8})'
	if [[ ! $1 =~ $range ]]; then
		[[ $2 =~ ^($1)$ ]]
		return
	fi
	local word=${BASH_REMATCH[2]} low=${BASH_REMATCH[3]} high=${BASH_REMATCH[4]}
	local many=${BASH_REMATCH[5]}
	[ -z "$word" ] || [ "$2" != "$word" ] || return 0
	[[ $2 =~ ^$number$ || ($many && $2 =~ ^$number(\.\.$number)?(,$number(\.\.$number)?)*$) ]] ||
		return 1
	for item in ${2//,/ }; do
		[ "${item%%..*}" -ge "$low" ] && [ "${item##*..}" -le "$high" ] &&
			[ "${item%%..*}" -le "${item##*..}" ] || return 1
	done
}

# options "$@" <<END: each line "NAME FORM HELP" allows --NAME VALUE or --NAME=VALUE, VALUE of
# that form, and sets the variable NAME, which holds the default before. FORM `flag`: --NAME alone
# sets it to yes. `tcpstate lab` asks whether they are right before it records anything: the script
# ends here then.
options() {
	local -A form=() row=()
	local name value text help=''
	while read -r name value text; do
		form[$name]=$value
		row[$name]=$(option_row "$name" "$value" "$text")
		help+=${row[$name]}$'\n'
	done
	while [ $# -gt 0 ]; do
		[ "$1" != --help ] || options_told "$help"
		[[ $1 != --?*=* ]] || set -- "${1%%=*}" "${1#*=}" "${@:2}"
		name=${1#--} value=${2-}
		name=${name//-/_}
		[[ $1 == --?* && -n ${form[$name]-} ]] || mistake unknown "$1"
		if [ "${form[$name]}" = flag ]; then
			printf -v "$name" yes
			shift
			continue
		fi
		[ $# -ge 2 ] || mistake no-value "$1" '' "${row[$name]}"
		fits "${form[$name]}" "$value" ||
			mistake value "$1" "${value//[$'\t\n']/ }" "${row[$name]}"
		printf -v "$name" %s "$value"
		shift 2
	done
	[ -z "$client" ] || [ "$server" ] || mistake no-server --client
	[ "${TCPSTATE_LAB_ASK-}" != options ] || exit 0
	[ -z "$server" ] || . "$(dirname "${BASH_SOURCE[0]}")/own-common.sh"
}
# option_row NAME FORM HELP: name, lowest, highest, words, "," of a list, default and help, between
# tabs: `tcpstate lab` makes sentences of it.
option_row() {
	local limits=$'\t' words='' list='' default=${!1-}
	if [[ $2 =~ $range ]]; then
		limits=${BASH_REMATCH[3]}$'\t'${BASH_REMATCH[4]} words=${BASH_REMATCH[2]}
		list=${BASH_REMATCH[5]}
	elif [[ $2 != *[^a-z0-9_\|-]* ]]; then
		words=${2//|/, }
	fi
	[ "$words" != flag ] || default=''
	printf '%s\t' "${1//_/-}" "$limits" "$words" "$list" "$default"
	printf %s "$3"
}
# mistake KIND OPTION [VALUE ROW]: an option that cannot be taken; `tcpstate lab` says how.
mistake() {
	local text="$1"$'\t'${2//[$'\t\n']/ }$'\t'${3-}
	[ "${TCPSTATE_LAB_ASK-}" = options ] || usage "$2${3:+ '$3'} cannot be taken ($1)"
	printf '%s\t%s\n' "$text" "${4-}"
	exit 2
}
# options_told TABLE: the rows of all options.
options_told() {
	[ "${TCPSTATE_LAB_ASK-}" = help ] || { name=${0##*/}
		echo "its options: tcpstate lab ${name%.sh} --help"; exit 0; }
	printf %s "$1"
	exit 0
}

# list 0,2..4: 0 2 3 4
list() {
	local item
	for item in ${1//,/ }; do
		seq "${item%%..*}" "${item##*..}"
	done
}

# kernel NAME [VALUE]: the sysctl net.ipv4.NAME of this namespace: print it, or set it and read it
# back.
kernel() {
	local file=/proc/sys/net/ipv4/$1
	[ -z "${2-}" ] || { echo "$2" >"$file" && [ "$(tr '\t' ' ' <"$file")" = "$2" ]; } 2>/dev/null ||
		die "net.ipv4.$1: the kernel refuses $2"
	[ -n "${2-}" ] || cat "$file"
}

# sweep NAME DEFAULT VALUES: the values of a sysctl to go through: VALUES, or the one that --sysctl
# has set instead of the kernel's DEFAULT.
sweep() { [ "$(kernel "$1")" = "$2" ] && echo "$3" || kernel "$1"; }

# start NAME PROGRAM ARGUMENT...: run it with its input and output in our hands, until it says
# "ready ..." or "connecting ...".
start() {
	launch "$@"
	hear "$1" '^(ready|connecting) '
}
launch() {
	local name=$1 in out
	shift
	[ -p "$dir/$name.in" ] || mkfifo "$dir/$name.in" "$dir/$name.out" || die "mkfifo failed"
	exec {in}<>"$dir/$name.in" {out}<>"$dir/$name.out"
	"$@" <&"$in" >&"$out" 2>"$dir/$name.err" {never}>&- &
	pid[$name]=$! into[$name]=$in from[$name]=$out
}

# hear NAME PATTERN: read what NAME says up to a line that matches; that one is in $line. heard: the
# same, but 1 if it never comes: within 15 s, in which this looks 75 times at least, or the machine
# is too slow. While NAME is at work (for a 75th of the time, on a busy machine) they are 15 s more,
# eight times in all: a hundred thousand calls that are watched (--calls) take longer than that.
patience=15 patience_turns=8    # in s, and how often
hear() {
	heard "$@" && return
	[ "$looks" -ge 75 ] || ! kill -0 "${pid[$1]}" 2>/dev/null ||
		too_slow "in $patience s $1 has not said '$2', and was looked at $looks times"
	[ "$turns" -lt "$patience_turns" ] ||
		too_slow "in $((turns * patience)) s $1 has not said '$2', and is at work still"
	die "$1 has not said '$2': $(tail -n 1 "$dir/$1.err")"
}
heard() {
	local end=$((SECONDS + patience)) ended='' part='' before now LC_ALL=C
	looks=0 turns=1 before=$(worked "$1")
	while :; do
		looks=$((looks + 1))
		if line_of "$1"; then
			[[ ! $line =~ $2 ]] || return 0
			continue
		fi
		[ ! "$ended" ] || break
		[ $((looks % 16)) != 0 ] || kill -0 "${pid[$1]}" 2>/dev/null ||
			ended=1                         # what it said last may still be unread
		nap
		[ $SECONDS -ge $end ] || continue
		now=$(worked "$1")
		[ $turns -lt "$patience_turns" ] && [ $((now - before)) -gt $((patience * 4 / 3)) ] || break
		turns=$((turns + 1)) before=$now end=$((SECONDS + patience))
	done
	return 1
}
# worked NAME: how long it has had a processor, in hundredths of a second.
worked() {
	local stat
	read -r stat 2>/dev/null <"/proc/${pid[$1]}/stat" || { echo 0; return; }
	set -- ${stat##*) }
	echo $((${12} + ${13}))
}
# line_of NAME: the next line of what NAME says is in $line; or 1, and what there is of it in $part.
# Taken byte by byte and without a time-out: when its time is up, bash's `read -t` may lose the one
# that has just come.
line_of() {
	local byte
	while read -r -t 0 -u "${from[$1]}"; do
		IFS= read -r -d '' -n 1 -u "${from[$1]}" byte
		if [ "$byte" = $'\n' ]; then line=$part part='' && return; fi
		part+=$byte
	done
	return 1
}
# nap: 5 ms, without a process: nothing is ever written there. Before 5.2 bash waits by an alarm (read
# -t), and one that rings before the read has begun is lost: it would wait for ever.
mkfifo "$dir/never" && exec {never}<>"$dir/never" || exit 1
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 502)); then
	nap() { read -r -t 0.005 -u "$never"; }
else
	nap() { sleep 0.005; }
fi

# tell NAME LINE: a server answers each line; what it refuses ends the experiment. say NAME LINE: a
# client's message.
say() { printf '%s\n' "$2" >&"${into[$1]}"; }
tell() {
	say "$1" "$2"
	# "error accept: ..." answers nobody: a server that lacks descriptors says so each second
	until hear "$1" '^(ok|error)' && [[ $line != 'error accept: '* ]]; do :; done
	[[ $line == ok* ]] || die "$1 was told '$2': $line"
}

# outcome NAME PROGRAM ARGUMENT...: start it, when it may fail; $line is "ready" or the complaint it
# ended with.
outcome() {
	launch "$@"
	if heard "$1" '^ready '; then line=ready; else complaint "$1"; fi
}
# complaint NAME: when it has ended, the call that failed and how, "bind: EADDRINUSE", is in $line.
complaint() {
	wait "${pid[$1]}" 2>/dev/null
	line=$(sed -nE '$s/^[a-z_]+: ([a-z]+).*: .*\((E[A-Z]+)\)$/\1: \2/p' "$dir/$1.err")
	[ "$line" ] || die "$1 has not said which call failed: $(tail -n 1 "$dir/$1.err")"
}

# stop NAME...: end programs and wait until they are gone, their sockets closed.
stop() {
	local name in out
	for name; do
		in=${into[$name]} out=${from[$name]}
		# one that is stopped takes the signal when it goes on
		kill "${pid[$name]}" 2>/dev/null
		kill -CONT "${pid[$name]}" 2>/dev/null
		wait "${pid[$name]}" 2>/dev/null
		exec {in}>&- {out}>&-
		unset "pid[$name]" "into[$name]" "from[$name]"
	done
}

# stop_all: the clients, then the server.
stop_all() {
	local name
	for name in "${!pid[@]}"; do
		[ "$name" = server ] || stop "$name"
	done
	[ -z "${pid[server]-}" ] || stop server
}

# server ARGUMENT...; client cN ARGUMENT...: the pair, of this experiment's port and family. Client
# N has port 40000 + N, to be known by in every table; SO_REUSEADDR lets it have that port again.
server_program=echo_server
server() { start server "$server_program" "-$family" --port "$port" --reuseaddr "$@"; }
client() {
	launch_client "$@"
	hear "$1" '^(ready|connecting) '
}
launch_client() {
	launch "$1" echo_client "-$family" --port "$port" --reuseaddr --bind "$((40000 + ${1#c}))" \
		"${@:2}"
}

# wait_for FILTER STATE=N...: until the kernel agrees.
wait_for() { tcpstate wait --timeout 20 "$@" || die "gave up waiting for: $*"; }
# plan N: how many checks there will be (a formula): fewer are a failure. mark TEXT: a phase of the
# report, told on the way.
plan() { tcpstate expect --plan "$1" || die "the recording takes no plan"; }
mark() { tcpstate mark "$1" && echo "$1"; }
# mark_trial TEXT: of what was tried beforehand, not part of the experiment.
mark_trial() { tcpstate mark --trial "$1" && echo "$1"; }
# expect OPTION... <<END: checks from standard input; where there is a backlog b, b_eff is the one
# in force. A mismatch is recorded and fails the lab at its end ($missed is 1 then); anything worse
# fails here.
expect() {
	local in_force=()
	[[ " $*" != *[\ =]b=* ]] ||
		in_force=(--let "somaxconn=$somaxconn" --let 'b_eff=min(b, somaxconn)')
	tcpstate expect "$@" "${in_force[@]}" >"$dir/checks"
	missed=$?
	[ $missed -le 1 ] || die "a check could not be made"
	grep -v '^ok ' "$dir/checks" || :
}

# clients FROM TO ARGUMENT...: those clients, all at once.
clients() {
	local i
	for i in $(seq "$1" "$2"); do
		launch_client "c$i" "${@:3}"
	done
	for i in $(seq "$1" "$2"); do
		hear "c$i" '^(ready|connecting) '
	done
}

# join_clients N ARGUMENT...: clients c1 to cN, one after another; the first one is accepted before
# the second comes. With --linger 0 they end with RST, so that no TIME_WAIT is left to the next
# cell.
join_clients() {
	local i
	say server 'accept 1'
	client c1 "${@:2}"
	hear server '^ok accept'
	for i in $(seq 2 "$1"); do
		client "c$i" "${@:2}"
	done
	wait_for "dst port $port" "ESTABLISHED,SYN_SENT=$1"
}

# find_rule: what does this kernel do with one client too many? Backlog 0, three clients: one
# served, one queued, one too many. Each known rule shows itself in a positive way. Sets $rule,
# unless --rule has. What was found is a phase of the report, with `echo` a line of the output only.
find_rule() {
	[ "$rule" = probe ] || return 0
	server --backlog 0 --accept none
	join_clients 3 --linger 0
	if tcpstate wait --timeout 0.5 "tcp port $port" SYN_SENT=1 SYN_RECV=0 2>/dev/null; then
		rule=current            # its SYN is dropped: it stays SYN_SENT
		became="SYN is dropped"
	elif tcpstate wait --timeout 0.5 "tcp port $port" SYN_SENT=0 SYN_RECV=1 2>/dev/null; then
		# its SYN is answered, its final ACK ignored: ESTABLISHED here, SYN_RECV at the
		# server
		rule=old
		became="final ACK is ignored"
	else
		die "unknown rule: the surplus client is neither SYN_SENT nor SYN_RECV at the" \
			"server (--rule current|old to go on)"
	fi
	"${1:-mark_trial}" "one client too many: its $became"
	stop_all
}

# predict_by RULE: its formulas for backlog b and n clients, the first one accepted; b_eff is the
# backlog in force.
predict_by() {
	case $1 in
	current) # since 4.10: while the accept queue is full, SYNs are dropped
		syn_recv='0'
		syn_sent='max(0, n - b_eff - 2)'
		established='min(n, b_eff + 2)'
		overflows='unanswered'
		# how many of n connect() return if nobody is accepted
		connected_unaccepted='min(n, b_eff + 1)' ;;
	old)    # 3.10: SYNs are answered; while the accept queue is full, final ACKs are ignored
		syn_recv='max(0, n - b_eff - 2)'
		syn_sent='0'
		established='n'
		overflows='unanswered + max(0, n - b_eff - 2)'
		# a third fresh request would be dropped
		connected_unaccepted='min(n, b_eff + 3)' ;;
	esac
}
