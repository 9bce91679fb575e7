#!/usr/bin/env bash
# The programs of labs/plain: a page each, compiled as a student does, and recorded: the mistake is
# a finding of the report, the right program has none.
# timeout: 480
set -u
. tests/lib.sh
top=$PWD
cd "$TMP" || exit 1

for source in "$top"/labs/plain/*.c; do
	name=$(basename "$source" .c)
	if ! said=$("${CC:-cc}" -Wall -Wextra -Werror -o "$name" "$source" 2>&1); then bad "$name compiles: $said"; continue; fi
	lines=$(wc -l <"$source")
	if [ "$lines" -le 60 ]; then good "$name compiles, $lines lines"; else bad "$name has $lines lines, more than 60"; fi
done
# A mistake beside its right program differs from it in a few lines: `diff` shows it.
for pair in tcp_server:no_htons tcp_server:ignores_eof tcp_server:no_close tcp_server:read_is_message \
	fork_server:keeps_descriptor fork_server:no_wait tcp_client:bytes_reversed; do
	right=${pair%:*} wrong=${pair%:*}_${pair#*:}
	changed=$(diff "$top/labs/plain/$right.c" "$top/labs/plain/$wrong.c" | grep -c '^[<>]')
	if [ "$changed" -gt 3 ] && [ "$changed" -le 20 ]; then good "$wrong differs from $right in $changed lines"; else
		bad "$wrong differs from $right in $changed lines"
	fi
done

# lesson PROGRAM FINDING|none SCRIPT: what the recording of the script finds.
lesson() {
	local sentence found
	rm -rf run
	"$TCPSTATE" record -o run -- bash -c "PATH=$PWD:\$PATH; $3" >said 2>&1
	"$TCPSTATE" report --format jsonl run >jsonl
	found=$(sed -n 's/^{"type":"finding".*"reason":"\([a-z_]*\)".*/\1/p' jsonl | sort -u | tr '\n' ' ')
	[ "$2" = none ] && sentence="$1: nothing to find" || sentence="$1: $2 is found"
	if { [ "$2" = none ] && [ -z "$found" ]; } || [[ $2 != none && " $found" == *" $2 "* ]]; then good "$sentence"; else
		bad "$sentence: found ${found:-nothing}"
		cat said
		"$TCPSTATE" report --summary run
	fi
}
# A client waits for the server's FIN, which the wrong ones never send: then it is ended.
hello='echo hello | timeout 1 tcp_client 127.0.0.1 12345'
serve() { echo "$1 12345 & tcpstate wait LISTEN=1; $hello; $hello; tcpstate wait --timeout 3 ESTABLISHED=0; sleep 1.2; kill %1; wait"; }
lesson tcp_server none "$(serve tcp_server)"
lesson fork_server none "$(serve fork_server)"
lesson poll_server none "$(serve poll_server)"
lesson tcp_server_no_close close_wait_held "$(serve tcp_server_no_close)"
lesson fork_server_keeps_descriptor close_wait_held "$(serve fork_server_keeps_descriptor)"
# The second client would wait for ever: it is sent away.
lesson tcp_server_ignores_eof close_wait_held \
	"tcp_server_ignores_eof 12345 & tcpstate wait LISTEN=1; (exec tcp_client 127.0.0.1 12345 </dev/null) & tcpstate wait CLOSE_WAIT=1; sleep 1.2; kill %1 %2; wait"
lesson tcp_server_no_htons refused_byte_swapped \
	"tcp_server_no_htons 12345 & tcpstate wait LISTEN=1; tcpstate mark up; $hello; kill %1; wait"
lesson tcp_client_bytes_reversed refused_byte_swapped \
	"tcp_server 12345 & tcpstate wait LISTEN=1; tcpstate mark up; echo hello | tcp_client_bytes_reversed 127.0.0.1 12345; kill %1; wait"
# Zombies hold no socket: they are counted by a check.
zombies() {
	"$TCPSTATE" record -o "zombies-$1" -- bash -c "PATH=$PWD:\$PATH; $1 12345 & tcpstate wait LISTEN=1; $hello; $hello
		tcpstate wait --timeout 3 ESTABLISHED=0; tcpstate expect zombies $2 zombies; kill %1; wait" >said 2>&1
	if grep -q '(0 mismatched)' said; then good "$1 leaves $2 zombies"; else bad "$1: $(cat said)"; fi
}
zombies fork_server 0
zombies fork_server_no_wait 2

# Half a line is answered by half a message, if a read is taken for one.
halves='exec 3<>/dev/tcp/127.0.0.1/12345; printf hel >&3; read -r -t 2 -u 3 a; printf "lo\n" >&3; read -r -t 2 -u 3 b; echo "$a/$b"; kill %1'
for program in tcp_server:/olleh tcp_server_read_is_message:leh/ol; do
	said=$("$TCPSTATE" record -o "halves-${program%%:*}" -- bash -c "PATH=$PWD:\$PATH; ${program%%:*} 12345 & tcpstate wait LISTEN=1; $halves" 2>/dev/null)
	if [ "$said" = "${program#*:}" ]; then good "${program%%:*} answers two halves of a line by $said"; else
		bad "${program%%:*} answers two halves of a line by '$said'"
	fi
done

# The chat reduced to the idea: who sends is a member, and the others receive it.
said=$("$TCPSTATE" record -o chat -- bash -c "PATH=$PWD:\$PATH; udp_server 12345 & tcpstate wait udp CLOSED=1
	exec 3<>/dev/udp/127.0.0.1/12345; echo one >&3
	exec 4<>/dev/udp/127.0.0.1/12345; echo two >&4
	timeout 5 dd bs=2000 count=1 <&3; kill %1" 2>/dev/null)
if [[ $said == 127.0.0.1:*' says two' ]]; then good "udp_server passes on what another member says"; else bad "udp_server: '$said'"; fi
