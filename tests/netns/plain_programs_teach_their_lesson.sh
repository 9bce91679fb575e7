#!/usr/bin/env bash
# The programs of labs/plain: a page each, compiled as a student does, and recorded: the mistake is
# a finding of the report, the right program has none. Their twins in Python likewise (in
# make check-long).
# timeout: 1200
set -u
. tests/lib.sh
top=$PWD
cd "$TMP" || exit 1
python=$(python3 -c 'import socket' 2>/dev/null && echo yes)
[ "$python" ] || echo "skip - no python3 here: the twins in Python are not tried"

for source in "$top"/labs/plain/*.c; do
	name=$(basename "$source" .c)
	if ! said=$("${CC:-cc}" -Wall -Wextra -Werror -o "$name" "$source" 2>&1); then
		bad "$name compiles: $said"
		continue
	fi
	lines=$(wc -l <"$source")
	[ "$lines" -le 60 ]
	verdict $? "$name compiles, $lines lines (60 at most)"
	[ -x "${source%.c}.py" ]
	verdict $? "$name has a twin in Python"
done
# Whoever reads a server sees its calls in main(): answer.h only turns text around.
for call in socket bind listen accept read write close; do
	grep -q "[^a-z]$call(" "$top/labs/plain/tcp_server.c"
	verdict $? "tcp_server shows $call()"
done
# A mistake beside its right program differs from it in a few lines: `diff` shows it.
for pair in tcp_server:no_htons tcp_server:ignores_eof tcp_server:no_close \
	tcp_server:read_is_message fork_server:keeps_descriptor fork_server:no_wait \
	tcp_client:bytes_reversed; do
	right=${pair%:*} wrong=${pair%:*}_${pair#*:}
	for x in c py; do
		changed=$(diff "$top/labs/plain/$right.$x" "$top/labs/plain/$wrong.$x" |
			grep -c '^[<>]')
		[ "$changed" -gt 3 ] && [ "$changed" -le 20 ]
		verdict $? "$wrong.$x differs from $right.$x in a few lines ($changed)"
	done
	grep -q "^| $wrong |.*|.*|" "$top/labs/plain/answers.md"
	verdict $? "what $wrong does is told in answers.md, not in its head"
done

# lesson PROGRAM FINDING|none SCRIPT: what the recording of the script finds.
path="PATH=$PWD:\$PATH"              # the twins are those that a recording's PATH has
lesson() {
	local sentence found
	rm -rf run
	"$TCPSTATE" record -o run -- bash -c "$path; $3" >said 2>&1
	"$TCPSTATE" report --format jsonl run >jsonl
	found=$(sed -n 's/^{"type":"finding".*"reason":"\([a-z_]*\)".*/\1/p' jsonl | sort -u |
		tr '\n' ' ')
	[ "$2" = none ] && sentence="$1: nothing to find" || sentence="$1: $2 is found"
	if { [ "$2" = none ] && [ -z "$found" ]; } ||
		[[ $2 != none && " $found" == *" $2 "* ]]; then
		good "$sentence"
	else
		bad "$sentence: found ${found:-nothing}"
		cat said
		"$TCPSTATE" report --summary run
	fi
}
# A client waits for the server's FIN, which the wrong ones never send: then it is ended.
hello='echo hello | timeout 1 tcp_client 127.0.0.1 12345'
up='& tcpstate wait LISTEN=1; tcpstate mark up'
serve() {
	echo "$1 12345 $up; $hello; $hello
		tcpstate wait --timeout 3 ESTABLISHED=0; sleep 1.2; kill %1; wait"
}
# lessons ENDING: of the programs with that ending of their names.
lessons() {
	local x=$1
	lesson "tcp_server$x" none "$(serve "tcp_server$x")"
	lesson "fork_server$x" none "$(serve "fork_server$x")"
	lesson "poll_server$x" none "$(serve "poll_server$x")"
	lesson "tcp_server_no_close$x" close_wait_held "$(serve "tcp_server_no_close$x")"
	lesson "fork_server_keeps_descriptor$x" close_wait_held \
		"$(serve "fork_server_keeps_descriptor$x")"
	# The second client would wait for ever: it is sent away.
	lesson "tcp_server_ignores_eof$x" close_wait_held \
		"tcp_server_ignores_eof$x 12345 $up; (exec tcp_client 127.0.0.1 12345 </dev/null) &
		tcpstate wait CLOSE_WAIT=1; sleep 1.2; kill %1 %2; wait"
	lesson "tcp_server_no_htons$x" refused_byte_swapped \
		"tcp_server_no_htons$x 12345 $up; $hello; kill %1; wait"
	lesson "tcp_client_bytes_reversed$x" refused_byte_swapped \
		"tcp_server 12345 $up; echo hello | tcp_client_bytes_reversed$x 127.0.0.1 12345
		kill %1; wait"
	# Zombies hold no socket: they are counted by a check.
	zombies "fork_server$x" 0
	zombies "fork_server_no_wait$x" 2
	halves "tcp_server$x" /olleh
	halves "tcp_server_read_is_message$x" leh/ol
	room "udp_server$x"
}
zombies() {
	"$TCPSTATE" record -o "zombies-$1" -- bash -c "$path; $1 12345 $up; $hello; $hello
		tcpstate wait --timeout 3 ESTABLISHED=0
		tcpstate expect zombies $2 zombies; kill %1; wait" >said 2>&1
	holds "$1 leaves $2 zombies" "grep '(0 mismatched)' said || ! cat said"
}
# Half a line is answered by half a message, if a read is taken for one.
halves() {
	local said
	said=$("$TCPSTATE" record -o "halves-$1" -- bash -c "$path; $1 12345 $up >&2
		exec 3<>/dev/tcp/127.0.0.1/12345; printf hel >&3; read -r -t 2 -u 3 a
		printf 'lo\n' >&3; read -r -t 10 -u 3 b; echo \"\$a/\$b\"; kill %1" 2>/dev/null)
	is "$1 answers two halves of a line by $2" "$2" "$said"
}
# The chat reduced to the idea: who sends is a member, and the others receive it.
room() {
	local said
	said=$("$TCPSTATE" record -o "room-$1" -- bash -c "$path; $1 12345 & tcpstate wait udp CLOSED=1
		exec 3<>/dev/udp/127.0.0.1/12345; echo one >&3
		tcpstate wait --timeout 5 udp src port 12345 CLOSED=1 recv_q=0
		exec 4<>/dev/udp/127.0.0.1/12345; echo two >&4
		timeout 10 dd bs=2000 count=1 <&3; kill %1" 2>/dev/null)
	like "$1 passes on what another member says" '^127\.0\.0\.1:[0-9]+ says two$' "$said"
}

# An instrument has the name of a plain program, and comes first in a recording's PATH.
said=$("$TCPSTATE" record -o names -- bash -c 'fork_server 12345 3 & tcpstate wait LISTEN=1
	readlink "/proc/$!/exe"; tcpstate list --state=LISTEN | head -n 2; kill $!' 2>/dev/null)
like 'fork_server PORT BACKLOG is the plain program, in a recording too' \
	"/plain/fork_server"$'\n'"PROTO .* 0\.0\.0\.0:12345 +\*:\* +0 +3( |$)" "$said"

lessons ''
[ -z "$python" ] || ! long || lessons .py

# Whatever is no port is told, not taken for port 0.
for program in tcp_server fork_server; do
	said=$("./$program" twelve 2>&1)
	is "$program says how it is called when its port is no number" \
		"$program: usage: $program PORT [BACKLOG [no-htons]] 2" "$said $?"
done
is 'a name is no address, and tcp_client says what is one' \
	'tcp_client: localhost: ADDRESS must be a number, such as 127.0.0.1 2' \
	"$(./tcp_client localhost 12345 2>&1) $?"
