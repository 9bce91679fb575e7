#!/usr/bin/env bash
# The wall: who knows the code may look and tell, in the limits; what a sender writes is read field
# by field; only the key changes anything; record tells it how it goes.
set -u
. tests/lib.sh
cd "$TMP" || exit 1
mkdir -p class/folder-student && cp "$OLDPWD"/tests/golden/recordings/full-queue/* class/folder-student
"$TCPSTATE" wall --port 0 --code CODE42 class >wall 2>err &
wall=$!
for _ in $(seq 400); do grep -q key= wall && break; kill -0 $wall 2>/dev/null || break; sleep 0.05; done
if ! kill -0 $wall 2>/dev/null; then
	if grep -q 'built without' err; then echo 'skip - built without libmicrohttpd'; exit 0; fi
	bad "the wall starts"; cat err; exit 1
fi
port=$(sed -n 's/.*:\([0-9]*\)\/CODE42\/$/\1/p' wall) key=$(sed -n 's/.*key=//p' wall)
# ask METHOD PATH [BODY [HEADER]]: one request of its own connection, the answer on standard output
ask() {
	exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf '%s %s HTTP/1.1\r\nHost: wall\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s' "$1" "$2" "${4:+$4$'\r\n'}" "$(printf %s "${3-}" | wc -c)" "${3-}" >&3 2>/dev/null
	timeout 20 cat <&3
	exec 3<&- 3>&-
}
status() { ask "$@" | sed -n '1s/HTTP\/1.1 \([0-9]*\).*/\1/p'; }
# events PATTERN: what a page is told, until that is among it
events() {
	exec 4<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET /CODE42/events HTTP/1.1\r\nHost: wall\r\n\r\n' >&4
	timeout 30 grep -a -m 1 -E -- "$1" <&4
	exec 4<&- 4>&-
}
is "without the code nothing is found" 404 "$(status GET /)"
is "nor with another one" 404 "$(status POST /CODE43/push '{"id":"aaaaaaaa"}')"
like "the page comes with a policy that runs no script but its own" "script-src 'self'" "$(ask GET /CODE42/)"
like "and its script" 'EventSource' "$(ask GET /CODE42/wall.js)"
like "a recording in a folder is a tile" '"name":"folder-student".*accept_queue_overflow' "$(events folder-student)"

good_message='{"id":"student01","name":"Ada","running":true,"connections":2,"states":{"CLOSE_WAIT":1},"checks":8,"passed":7,"findings":[],"stuck":{"state":"CLOSE_WAIT","port":80,"ms":1000}}'
is "a message is taken" 200 "$(status POST /CODE42/push "$good_message")"
like "and shown to who looks" '"name":"Ada".*"checks":8,"passed":7.*"state":"CLOSE_WAIT"' "$(events Ada)"
is "what is no JSON is refused" 400 "$(status POST /CODE42/push 'hello')"
is "so is a sender without an id" 400 "$(status POST /CODE42/push '{"name":"x"}')"
is "one with an id that is none" 400 "$(status POST /CODE42/push '{"id":"../../etc"}')"
is "and what is too long" 413 "$(status POST /CODE42/push "{\"id\":\"student02\",\"name\":\"$(head -c 5000 /dev/zero | tr '\0' a)\"}")"
hostile='{"id":"student03","name":"\u202e\u001b[31m<script>'$(head -c 200 /dev/zero | tr '\0' b)'","running":true,"states":{"NO_STATE":3,"LISTEN":-5,"ESTABLISHED":2,"x":{"y":1}},"checks":-1,"passed":"x","findings":[{"finding":"no_such","text":"t"},{"finding":"ghost","text":"\u0007<img>"}],"stuck":{"state":"<b>","ms":1},"more":"unheard"}'
is "a hostile one is read field by field" 200 "$(status POST /CODE42/push "$hostile")"
shown=$(events student03\|script\|u202e)
like "its name is escaped and cut" '"name":"\\\\u202e\\\\x1b\[31m<script>b{1,40}"' "$shown"
like "its states are states" '"states":\{"ESTABLISHED":2\}' "$shown"
like "its findings are findings" '"findings":\[\{"finding":"ghost","text":"\\\\x07<img>"\}\],"stuck":null' "$shown"
like "and nothing else is passed on" '^[^u]*$' "$(grep -o unheard <<<"$shown")"
# forty messages in one connection, all at once: a slow machine sends no slower
often=${good_message//student01/student04}
for _ in $(seq 40); do
	printf 'POST /CODE42/push HTTP/1.1\r\nHost: wall\r\nContent-Length: %d\r\n\r\n%s' "${#often}" "$often"
done >often
printf 'GET /CODE42/nothing HTTP/1.1\r\nHost: wall\r\nConnection: close\r\n\r\n' >>often
exec 3<>"/dev/tcp/127.0.0.1/$port"
cat often >&3
refusals=$(timeout 30 cat <&3 | grep -ao '^HTTP/1.1 [0-9]*' | cut -d' ' -f2 | sort | uniq -c | tr -s ' \n' ' ')
exec 3<&- 3>&-
like "who sends too often is refused" ' 429' "$refusals"
is "another is not" 200 "$(status POST /CODE42/push "${good_message//student01/student05}")"

is "without the key nobody takes a tile off" 403 "$(status POST /CODE42/remove 1)"
is "nor with a wrong one" 403 "$(status POST /CODE42/remove 1 'X-Wall-Key: AAAA')"
is "with it it goes" 200 "$(status POST /CODE42/remove 2 "X-Wall-Key: $key")"
is "and who was taken off stays off" 410 "$(status POST /CODE42/push "$good_message")"

for url in ftp://x/y http://127.0.0.1 http://127.0.0.1:1/ 'http://h:1/a%20b'; do
	"$TCPSTATE" record --wall "$url" -o refused -- true 2>err; code=$?
	holds "$url is no wall" '[ $code = 2 ] && grep -q "wanted: http://HOST:PORT/CODE" err && [ ! -e refused ]'
done

may_seal "a recorder that tells the wall" || { kill $wall; wait $wall 2>/dev/null; exit 0; }
"$TCPSTATE" record --wall "http://127.0.0.1:$port/CODE42" --as 'Grace H' -o told -- bash -c 'echo_server --port 12345 >ready & tcpstate wait LISTEN && tcpstate expect listeners 1 "count LISTEN" && tcpstate expect wrong 2 "count LISTEN"' >out 2>err
like "a recorder in a sealed network tells the wall how it ended" '"name":"Grace H","running":false,[^}]*\},"checks":2,"passed":1' "$(events 'Grace H","running":false')"
like "what was sent last is there to see" '"checks":2,"passed":1.*"name":"Grace H"' "$(cat told/wall.json)"
kill $wall; wait $wall 2>/dev/null
"$TCPSTATE" record --wall "http://127.0.0.1:$port/CODE42" -o silent -- true 2>err; code=$?
holds "without the wall the recording goes on, and it is said" '[ $code = 0 ] && [ -s silent/facts.jsonl ] && grep -q "the wall at 127.0.0.1 does not take it" err'
