#!/usr/bin/env bash
# The screen of `top`, as text: of a recording at given moments, at given sizes, in ASCII, and of
# hostile recordings. What is drawn is compared in its words.
set -u
. tests/lib.sh
top() { "$TCPSTATE" top --once "$@" 2>&1; }
recording=tests/golden/recordings/full-queue
# shows SENTENCE PATTERN SCREEN
shows() { if grep -q -- "$2" <<<"$3"; then good "$1"; else bad "$1" "$3"; fi; }

screen=$(top --at 0.1 $recording)
shows "a listener's full queue is a full bar" '^127.0.0.1:[0-9]* *██████ [0-9]* of [0-9]*, fu' "$screen"
shows "the states are counted" '^LISTEN 1 ' "$screen"
shows "transitions are told with their causes" 'CLOSED → SYN_SENT  call: connect() sent a SYN' "$screen"
shows "sockets have states and timers" 'SYN_SENT .* s' "$screen"
shows "presented, the queue is people" 'accept()  */|' "$(top --at 0.1 --keys p $recording)"
shows "the same by its option" '┏━' "$(top --at 0.1 -p $recording)"
shows "large, names are drawn with blocks" '█▀▀ █ █ █▄ █' "$(top --at 0.1 -p --size 200x60 $recording)"
shows "one socket has its segments as a ladder" '── SYN ──' "$(top --at 0.1 --keys $'jjjjjj\n' $recording)"
shows "grouped by state there is a count for each" '^ESTABLISHED  *[0-9]' "$(top --at 0.1 --keys ttt $recording)"
shows "a text is looked for" '· by local end, with "syn_s"' "$(top --at 0.1 --keys $'/syn_s\n' $recording)"
if [ "$(grep -c '^127.*ESTABLISHED  *[0-9.]* m*s' <<<"$(top --at 0.1 --keys $'/syn_s\n' $recording)")" = 0 ]; then good "what does not contain it is left out"; else bad "what does not contain it is left out"; fi
shows "the help tells the keys" 'Space  *pause' "$(top --keys h $recording)"
shows "at its end a recording is over" 'the recording is over' "$(top $recording)"
shows "a capture file has no kernel, and its connections all the same" '○ .*→' "$(top --at 1 $recording/wire.pcap)"
shows "a FILTER leaves out the others" 'no socket' "$(top --at 0.1 $recording port 9)"
shows "it speaks Chinese" '监听' "$(top --lang zh --at 0.1 $recording)"

# fits SIZE SCREEN: so many rows and columns at most
fits() {
	local LC_ALL=C.UTF-8 line rows=0
	while IFS= read -r line; do
		rows=$((rows + 1))
		[ ${#line} -le "${1%x*}" ] || return 1
	done <<<"$2"
	[ $rows -le "${1#*x}" ]
}
for size in 40x10 80x24 100x30 120x40 200x60 333x99; do
	for keys in '' p h $'jj\n' ttt; do
		screen=$(top --at 0.1 --size $size --keys "$keys" $recording)
		fits $size "$screen" || { bad "screens of $size fit" "with the keys '$keys': $screen"; continue 2; }
	done
	good "screens of $size fit"
done

refused() { # SENTENCE STATUS PATTERN ARGUMENT...
	local sentence=$1 expected=$2 pattern=$3 output status
	shift 3
	output=$("$TCPSTATE" top "$@" 2>&1 </dev/null); status=$?
	if [ $status = "$expected" ] && grep -q -- "$pattern" <<<"$output"; then good "$sentence"; else bad "$sentence" "exit $status: $output"; fi
}
refused "without a terminal it says what to do" 1 '^tcpstate top: .*--once' $recording
refused "a size that is none is refused" 2 'wanted: columns and rows' --once --size 80 $recording
refused "so is one that is too small" 2 'at least 40x10' --once --size 4x4 $recording
refused "a folder without a recording is named" 1 'holds no recording' --once tests/golden
refused "a word that is neither a file nor a filter is refused" 2 'nonsense' --once nonsense

# Damaged recordings: a screen or one error, no crash.
[ "$SANITIZED" ] && program=$SANITIZED/tcpstate || program=$TCPSTATE
harm=''
for seed in 1 2 3 4 5 6 7 8; do
	cp -r $recording "$TMP/damaged"
	for file in wire.pcap diag.pcap; do
		mapfile -t bytes < <(od -An -v -tu1 -w1 "$TMP/damaged/$file")
		for n in 1 2 3 4 5 6; do
			bytes[24 + (seed * 7919 * n) % (${#bytes[@]} - 24)]=$((seed * 37 * n % 256))
		done
		printf -v text '\\x%02x' "${bytes[@]}"
		printf %b "$text" >"$TMP/damaged/$file"
	done
	"$program" top --once --size 120x40 "$TMP/damaged" >"$TMP/out" 2>&1; status=$?
	[ $status -le 2 ] && ! grep -q 'Sanitizer\|runtime error' "$TMP/out" || harm+="seed $seed: exit $status: $(head -c 600 "$TMP/out")"$'\n'
	rm -rf "$TMP/damaged"
done
if [ -z "$harm" ]; then good "damaged recordings do no harm"; else bad "damaged recordings do no harm" "$harm"; fi
