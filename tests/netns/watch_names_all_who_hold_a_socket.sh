#!/usr/bin/env bash
# `tcpstate watch` names everybody who holds an end: parent and child that both have a connection.
# also: root
# timeout: 120
set -u
. "$(dirname "$0")/../lib.sh"
needs_sealing
act=$BUILD/tests/cases/act
cd "$TMP" || exit 1
cat >script <<'L'
tcp l
bind l 127.0.0.1:18001
listen l 4
tcp c
connect c 127.0.0.1:18001
accept s l
fork child
child: close c
child: pause 3000
pause 3000
shut c
pause 500
close s
wait
L
"$TCPSTATE" watch --format jsonl -- "$act" <script >edges 2>err
"$TCPSTATE" watch -- "$act" <script >text 2>>err
line=$(grep '"type":"transition".*"to":"CLOSE_WAIT"' edges)
like "an end's edge names who was told first, and who else" \
	'"pid":[0-9]+,.*"program":"act".*"also_held_by":\[\{"pid":[0-9]+,.*"program":"act"\}\]' "$line"
like "as does the text" 'CLOSE_WAIT.*; act\[[0-9]+\], act\[[0-9]+\]' \
	"$(tr '\n' ' ' <text | tr -s ' ' | grep -o 'ESTABLISHED → CLOSE_WAIT.*' | head -n 1)"
printf '%s\n' 'tcp l' 'bind l 127.0.0.1:18001' 'listen l 4' 'pause 2000' >alone
"$TCPSTATE" watch --format jsonl -- "$act" <alone >one 2>>err
holds "one that a single process holds names nobody else" \
	'grep -q "\"to\":\"LISTEN\"" one && ! grep -q also_held_by one'
