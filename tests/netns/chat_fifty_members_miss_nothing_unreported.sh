#!/usr/bin/env bash
# The chat room with fifty clients, as ASan and UBSan see it: who comes, speaks, pretends, leaves; a
# flood of nonsense; a server killed and another started. What each member's screen shows is
# compared line by line.
# long
# timeout: 960
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up || exit 1
export LC_ALL=C
n=50 port=12345

mapfile -t shared < <(grep -LE '^int main\(' labs/*.c)
for program in chat_server chat_client; do
	"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all "labs/$program.c" "${shared[@]}" \
		-o "$TMP/$program" || { echo "not ok - $program is built with sanitizers"; exit 1; }
done

declare -A pid into seen        # by name: its process, its keyboard, how many lines of its screen have been compared
# What its screen shows that has not been compared yet. (Whether send() or recvfrom() comes first to
# be told of the error, is a race.)
screen() { tail -n "+$((${seen[$1]} + 1))" "$TMP/$1.out" | sed 's/gone: [a-z]* /gone: CALL /'; }
open() {        # NAME PROGRAM ARGUMENT...
	local in
	[ -p "$TMP/$1.in" ] || mkfifo "$TMP/$1.in"
	exec {in}<>"$TMP/$1.in"
	: >>"$TMP/$1.out"
	"$TMP/$2" "${@:3}" <&"$in" >>"$TMP/$1.out" 2>>"$TMP/$1.err" {in}<&- &
	pid[$1]=$! into[$1]=$in seen[$1]=${seen[$1]-0}
}
say() { printf '%s\n' "$2" >&"${into[$1]}"; }
# said NAME: those lines, into an array of that name, without a process: it is asked all the time.
said() { mapfile -s "${seen[$1]}" said <"$TMP/$1.out"; }
shows() {       # NAME PATTERN: one of them matches
	local line
	said "$1"
	for line in "${said[@]}"; do [[ ! $line =~ $2 ]] || return 0; done
	return 1
}
has_lines() {   # NAME N: so many have ended
	said "$1"
	[ ${#said[@]} -gt "$2" ] || { [ ${#said[@]} = "$2" ] && { [ "$2" = 0 ] || [[ ${said[-1]} == *$'\n' ]]; }; }
}
same() {        # NAME FILE: the rest of its screen is that file's lines, in any order when $sorted
	comes has_lines "$1" "$(wc -l <"$2")"
	if [ "${sorted-}" ]; then screen "$1" | sort >"$TMP/came"; sort "$2" >"$TMP/expected"
	else screen "$1" >"$TMP/came"; cp "$2" "$TMP/expected"; fi
	seen[$1]=$(wc -l <"$TMP/$1.out")
	cmp -s "$TMP/came" "$TMP/expected" && return
	echo "  at $1:"; diff "$TMP/expected" "$TMP/came" | head -n 20 | sed 's/^/    /'
	return 1
}
ask() {         # LINE: the server's answer in $answer
	say server "$1"
	comes shows server "^ok $1" || { echo "not ok - the server answers $1"; exit 1; }
	answer=$(screen server | grep "^ok $1")
	seen[server]=$(wc -l <"$TMP/server.out")
}
field() { sed "s/.* $1 \([0-9]*\).*/\1/" <<<"$answer"; }
names=()
for i in $(seq -w $n); do names+=("m$i"); done

# ---- they come one after another; every fifth tries a name that is taken, and one that cannot be
# ----
open server chat_server --port $port
comes shows server $'^ready 127.0.0.1 12345 1000\n$'
verdict $? 'the server is ready'
for i in "${!names[@]}"; do
	name=${names[i]}
	open "$name" chat_client --port $port --bind $((41000 + i)) --keepalive 1
	comes shows "$name" '^\* which'
	if [ $((i % 5)) = 4 ]; then say "$name" m01; comes shows "$name" 'refused nickname'; say "$name" 'm|01'; say "$name" 'm\01'; fi
	say "$name" "$name"
	comes shows "$name" "^\* welcome $name"
done
bad=0
for i in "${!names[@]}"; do
	{
		echo "ready 127.0.0.1:$((41000 + i)) 127.0.0.1:$port"
		echo '* which nickname?'
		[ $((i % 5)) != 4 ] || printf '* %s\n' 'refused nickname: m01 is taken, try another' 'which nickname instead?' \
			'not a nickname, it must not contain | or \; which one instead?' 'not a nickname, it must not contain | or \; which one instead?'
		echo "* hello ${names[i]}: $((i + 1)) in the room, \`exit\` leaves"
		printf '* welcome %s\n' "${names[@]:i}"
	} >"$TMP/want"
	same "${names[i]}" "$TMP/want" || bad=1
done
verdict $bad 'each sees its greeting, its refusals, and everybody who comes after it'
ask members
is 'the server knows all fifty' "ok members $n $(IFS='|'; echo "${names[*]}")" "$answer"

# ---- all speak at once ----
for name in "${names[@]}"; do printf 'one | %s\nzwei \\ 你好 😀 %s\n' "$name" "$name" >&"${into[$name]}"; done
bad=0
for name in "${names[@]}"; do
	for other in "${names[@]}"; do
		[ "$other" = "$name" ] || printf '%s: one | %s\n%s: zwei \\ 你好 😀 %s\n' "$other" "$other" "$other" "$other"
	done >"$TMP/want"
	before=${seen[$name]}
	sorted=1 same "$name" "$TMP/want" || bad=1
	tail -n "+$((before + 1))" "$TMP/$name.out" | awk '/: zwei/ && !one[$1] { wrong = 1 } { one[$1] = 1 } END { exit wrong }' || bad=1
done
verdict $bad 'each of a hundred messages reaches the forty-nine others once, those of one member in order'

# ---- somebody pretends: a stranger, then a member ----
exec {raw}<>/dev/udp/127.0.0.1/$port
for text in 'I am m01' exit ''; do
	printf 'm01|%s' "$text" >&"$raw"
	is "a stranger is not taken for m01: '$text'" 'server|refused message: you are not logged in' "$(dd bs=2000 count=1 <&"$raw" 2>/dev/null)"
done
open mallory chat_client --port $port --nick mallory --speak-as m01
comes shows mallory 'welcome mallory'
say mallory 'I am m01'
comes shows mallory 'you are mallory, and cannot speak or leave for another'
verdict $? 'nor is a member who writes the name of another, and it is told so'
say mallory exit
wait "${pid[mallory]}"
is 'it leaves by its own name' 0 $?
bad=0
printf '* welcome mallory\n* mallory has left\n' >"$TMP/want"
for name in "${names[@]}"; do same "$name" "$TMP/want" || bad=1; done
verdict $bad 'nobody has seen any of it'

# ---- nonsense, while m02 goes on speaking ----
ask counts
malformed=$(field malformed) drops=$(field dropped)
"$BUILD/tests/netns/chat_flood" $port 40000 7 >"$TMP/sent" &
flood=$!
for i in $(seq 50); do say m02 "during the flood $i"; done
wait $flood
ask counts
drops=$(($(field dropped) - drops))
missing=$(($(cat "$TMP/sent") - ($(field malformed) - malformed)))
[ "$(cat "$TMP/sent")" = 40000 ] && [ $missing -ge 0 ] && [ $missing -le $drops ]
verdict $? "of 40,000 malformed datagrams each is counted as such, or ($missing) is among the $drops reported as dropped"
is 'and no more are reported than the kernel has dropped' "$(awk '/^Udp: [0-9]/ { print $6 }' /proc/net/snmp)" "$(field dropped)"
say m02 'the flood is over'
bad=0
for name in "${names[@]}"; do
	[ "$name" != m02 ] || continue
	comes shows "$name" '^m02: the flood is over' || bad=1
	grep '^m02: \(during\|the\)' "$TMP/server.out" >"$TMP/want"
	same "$name" "$TMP/want" || bad=1
done
verdict $bad 'what the server has taken of m02 meanwhile has reached all, in order'
lost=$((50 - $(grep -c '^m02: during' "$TMP/server.out")))
[ $lost -le $drops ]
verdict $? "what it has not ($lost) is among those $drops, too"

# ---- ten leave ----
leaving=("${names[@]:40}") staying=("${names[@]:0:40}")
bad=0
for name in "${leaving[@]}"; do
	say "$name" exit
	wait "${pid[$name]}" || bad=1
	unset "pid[$name]"
	[ "$(tail -n 1 "$TMP/$name.out")" = "* bye $name: you have left" ] || bad=1
done
verdict $bad 'ten leave, are told goodbye, and exit with status 0'
bad=0
printf '* %s has left\n' "${leaving[@]}" >"$TMP/want"
for name in "${staying[@]}"; do same "$name" "$TMP/want" || bad=1; done
verdict $bad 'the others see them leave'

# ---- the server is killed, and another comes ----
kill -KILL "${pid[server]}"
wait "${pid[server]}" 2>/dev/null
say m01 'is there anybody?'
bad=0
for name in "${staying[@]}"; do comes shows "$name" 'the server is gone' || bad=1; done
verdict $bad 'all notice that the server is gone: their signs of life are refused'
seen[server]=$(wc -l <"$TMP/server.out")
open server chat_server --port $port
bad=0
comes shows server '^ready' || bad=1
for name in "${staying[@]}"; do comes shows "$name" '^\* hello' || bad=1; done
verdict $bad 'and are back when another is there'
ask members
is 'which knows all forty' "$(printf '%s\n' "${staying[@]}" | paste -sd ' ')" "$(cut -d ' ' -f 4 <<<"$answer" | tr '|' '\n' | sort | paste -sd ' ')"
say m01 'all here again'
joined=() bad=0
mapfile -t joined < <(sed -n '/^ready/h;/^ready/!H;${x;p}' "$TMP/server.out" | sed -n 's/ joined from .*//p')
for name in "${staying[@]}"; do
	[ "$name" = m01 ] || comes shows "$name" '^m01: all here again' || bad=1
	{
		echo "* the server is gone: CALL 127.0.0.1:$port: Connection refused (ECONNREFUSED)"
		echo '* what was sent last has reached nobody'
		for i in "${!joined[@]}"; do
			[ "${joined[i]}" != "$name" ] || { echo "* hello $name: $((i + 1)) in the room, \`exit\` leaves"; printf '* welcome %s\n' "${joined[@]:i}"; }
		done
		[ "$name" = m01 ] || echo 'm01: all here again'
	} >"$TMP/want"
	same "$name" "$TMP/want" || bad=1
done
verdict $bad 'each has been told once, what was said meanwhile by that too; each is greeted and sees all who come after it'

# ---- the end ----
say server quit
wait "${pid[server]}"
is 'the server ends when it is told to' 0 $?
bad=0
for name in "${staying[@]}"; do
	comes shows "$name" '^\* bye everybody: the room is closed' || bad=1
	say "$name" exit
	wait "${pid[$name]}" || bad=1
done
verdict $bad 'all are told that the room is closed, and exit with status 0'
cat "$TMP"/m*.err >"$TMP/complaints"
grep -v -e ' refused \(nickname\|message\|login\): ' -e ' datagrams dropped: the receive buffer was full$' "$TMP/server.err" >>"$TMP/complaints"
[ ! -s "$TMP/complaints" ]
verdict $? 'no program had anything to complain of, nor the sanitizers'
head -n 40 "$TMP/complaints"
