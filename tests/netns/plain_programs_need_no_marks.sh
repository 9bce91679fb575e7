#!/usr/bin/env bash
# The programs of labs/plain, in C and (in make check-long) in Python, recorded without a mark: the report names the
# mistake, who made it and what it met. Each sentence wanted here is typed by hand.
# timeout: 960
set -u
. tests/lib.sh
top=$PWD
cd "$TMP" || exit 1

# told SENTENCE OPTION|'' SCRIPT REGEX...: the report of the script's recording says all of them.
told() {
	local sentence=$1 option=$2 script=$3 said pattern missing=''
	shift 3
	rm -rf run
	"$TCPSTATE" record -o run ${option:+"$option"} -- bash -c "PATH=$PWD:\$PATH; $script" >record.out 2>&1
	if [ "$option" = --calls ] && [ ! -s run/calls.jsonl ]; then
		echo "skip - $sentence: calls cannot be recorded here"
		return
	fi
	said=$("$TCPSTATE" report -t run | tr '\n' ' ' | tr -s ' ')
	for pattern; do [[ $said =~ $pattern ]] || missing+=" [not said: $pattern]"; done
	if [ -z "$missing" ]; then good "$sentence"; else
		bad "$sentence"
		echo "$missing"
		cat record.out
		"$TCPSTATE" report -t run | head -n 60
	fi
}

# points ENDING LANGUAGE: every point with the programs of that ending
points() {
	local x=$1 language=$2 up='& server=$!; tcpstate wait LISTEN=1'
	local tcp="tcp_server\\.$x\\[[0-9]+\\]" fork='fork_server_kee[a-z_.]*\[[0-9]+\]'
	local open='<>/dev/tcp/127.0.0.1/12345' ended='kill $server; wait'
	# How many processes the recorder has seen to hold the client's socket (not the listener,
	# which a child inherits too). The child lives as long as its client.
	local inode='$(ss -tneH state established sport = :12345 | sed "s/.* ino:\([0-9]*\).*/\1/")'
	local holders='$(grep -c "\"owner\".*\"inode\":$inode,.*fork_server_kee" run/facts.jsonl)'
	told "$language: the forgotten close() has both holders, and which has ended" '' \
		"fork_server_keeps_descriptor.$x 12345 $up; exec 5$open; echo a >&5; read -r -u 5 line; inode=$inode
		for ((i = 0; i < 300 && $holders < 2; i++)); do sleep 0.1; done
		exec 5>&-; tcpstate wait CLOSE_WAIT=1; sleep 1.3; $ended" \
		"CLOSE_WAIT was held for [0-9.]+ s by $fork: the peer had closed" \
		"the parent $fork kept its copy after fork\\(\\), the child $fork has ended"
	told "$language: a second server's port has its holder" --calls \
		"tcp_server.$x 12345 $up; tcp_server.$x 12345; $ended" \
		"$tcp: bind 0\\.0\\.0\\.0:12345 failed: EADDRINUSE \\(Address already in use\\); the port was held by $tcp, which listens on it"
	told "$language: without calls, what the second server says and who had the port" '' \
		"tcp_server.$x 12345 $up; tcp_server.$x 12345; $ended" \
		'a program said: "[^"]*Address already in use"' "in use then: 0\\.0\\.0\\.0:12345 LISTEN $tcp"
	told "$language: a client's own port is held by its TIME_WAIT" --calls \
		"tcp_server.$x 12345 $up; for i in 1 2; do echo hello | tcp_client.$x 127.0.0.1 12345 22535; done; $ended" \
		"bind 0\\.0\\.0\\.0:22535 failed: EADDRINUSE .*the port was held by 1 connection in TIME_WAIT; SO_REUSEADDR was not set"
	told "$language: a port with its bytes swapped has both numbers" '' \
		"tcp_server.$x 12345 $up; echo hello | tcp_client_bytes_reversed.$x 127.0.0.1 12345; $ended" \
		"port 14640 is 12345 with its bytes swapped" "htons\\(\\) is missing in the client"
	# The iterative server talks to its first client: the others wait in its queue.
	told "$language: a killed server's queued clients are counted" '' \
		"tcp_server.$x 12345 $up; exec 5$open; echo a >&5; read -r -u 5 line; exec 6$open 7$open
		tcpstate wait ESTABLISHED=6; kill -9 \$server; wait; tcpstate wait ESTABLISHED=0" \
		"0\\.0\\.0\\.0:12345: 2 clients in the accept queue were reset when the listening socket of $tcp was closed"
	# A client that leaves before it reads its answer.
	told "$language: bytes that were not read are counted" '' \
		"tcp_server.$x 12345 $up; exec 5$open; echo abc >&5; tcpstate wait dst port 12345 ESTABLISHED=1 recv_q=4
		exec 5>&-; tcpstate wait ESTABLISHED=0; $ended" \
		"closed with 4 bytes unread"
}

for source in tcp_server fork_server_keeps_descriptor tcp_client tcp_client_bytes_reversed; do
	"${CC:-cc}" -o "$source.c" "$top/labs/plain/$source.c" || bad "$source compiles"
	cp "$top/labs/plain/$source.py" . && chmod +x "$source.py"
done
points c C
if ! long; then :
elif python3 -c 'import socket' 2>/dev/null; then points py Python; else
	echo "skip - the same programs in Python: no python3 here"
fi
