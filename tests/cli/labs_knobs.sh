#!/usr/bin/env bash
# also: root
# The knobs of echo_server and echo_client, judged by what the kernel then holds (ss), and the lines
# a server obeys.
# shellcheck disable=SC2154  # common.sh sets them
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
shift
ip link set lo up || exit 1
# On a busy machine a delayed ACK comes behind the FIN; whoever is CLOSED answers it with a RST, and
# that would end the TIME_WAIT of the other (5 of 1,500 times at a load of 25).
echo 1 >/proc/sys/net/ipv4/tcp_rfc1337
export LC_ALL=C PATH=$BUILD/labs:$PATH
. labs/experiments/common.sh

# What ss holds: held STATE FILTER...: how many; queue COLUMN: Recv-Q (2) or Send-Q (3) of the
# listener.
held() { ss -Htan state "$@" | wc -l; }
queue() { ss -Htln "sport = :${2:-12345}" | awk "{ print \$$1 }"; }
waiting() { echo $(($(queue 2) + $(held syn-sent))); }
# until_is VALUE COMMAND...: wait until COMMAND prints VALUE, 10 s at most.
until_is() {
	local end=$((SECONDS + 10)) came
	while came=$("${@:2}") || :; [ "$came" != "$1" ] && [ $SECONDS -lt $end ]; do sleep 0.02; done
	echo "$came"
}
told() { say server "$1"; hear server '^(ok|error)'; }  # the answer is in $line

# ---- backlog ----
for backlog in 0 1 7; do
	start server echo_server --backlog "$backlog" --accept none
	is "--backlog $backlog is in force" "$backlog" "$(queue 3)"
	is "--backlog $backlog is said" "ready 127.0.0.1 12345 $backlog" "$line"
	stop server
done
start server echo_server --backlog 1 --accept none
for i in 1 2 3 4; do client "c$i" --linger 0; done
is '--accept none accepts nobody: backlog + 1 wait' 2 "$(until_is 2 queue 2)"
is 'the others are SYN_SENT' 2 "$(held syn-sent)"
told 'accept 1'; like 'accept 1 is answered with the client' '^ok accept 1: 127.0.0.1:40001$' "$line"
# a client that was SYN_SENT may have come in with a SYN sent again
is 'one less waits' 3 "$(until_is 3 waiting)"
told 'accept 1'; like 'accept N does not wait for the end of the conversation before' '^ok accept 1: 127.0.0.1:40002$' "$line"
# there are two more, in the queue or on their way to it: a third is not
say server 'accept 3'; told 'accept 1'; is 'one accept N at a time' 'error accept 1: the one before is not finished' "$line"
client c5 --linger 0
hear server '^ok'; like 'accept 3 is answered by the third accept()' '^ok accept 3: 127.0.0.1:4000[345]$' "$line"
told 'listen 5'; is 'listen N is answered' 'ok listen 5' "$line"
is 'and in force' 5 "$(queue 3)"
told close; is 'close names whom it closes' 'ok close 127.0.0.1:40001' "$line"
is 'its FIN has gone' 4 "$(until_is 4 held established '( dport = :12345 )')"
told 'defer 3'; is 'defer S' 'ok defer 3' "$line"
told 'hold off'; is 'hold off, when nothing was held' 'ok hold off' "$line"
told 'read'; is 'read, when nothing is there' 'ok read nothing: no data there' "$line"
for bad in 'accept' 'accept 0' 'accept x' 'listen -1' 'defer' 'hold' 'hold maybe' 'frobnicate'; do
	told "$bad"; like "'$bad' is refused" "^error $bad: " "$line"
done
stop_all
start server echo_server --accept none
told close; is 'close without a client' 'error close: no client' "$line"
told read; is 'read without a client' 'error read: no client' "$line"
told quit; is 'quit' 'ok quit' "$line"
wait "${pid[server]}"; is 'then the server ends with status 0' 0 $?
stop server

# ---- --accept N, --serve-one, pauses ----
start server echo_server --accept 1 --reuseaddr
client c1 --send a1; hear c1 '^1a'
client c2 --linger 0; say c1 bye
is '--accept 1 accepts one' '1' "$(until_is 1 queue 2)"
until_is 0 held established '( sport = :40001 )' >/dev/null
is 'and no other when it has left' 1 "$(queue 2)"
told 'accept 1'; is 'until told' 'ok accept 1: 127.0.0.1:40002' "$line"
stop_all

start server echo_server --serve-one --accept none --backlog 5
client c1; client c2
is 'two wait' 2 "$(until_is 2 queue 2)"
told 'accept 1'
is '--serve-one closes the listening socket after the first accept()' 0 "$(held listening)"
until_is 1 grep -c ECONNRESET "$dir/c2.err" >/dev/null
like 'who waited in the queue is reset' 'ECONNRESET' "$(cat "$dir/c2.err")"
like 'who comes later is refused' 'connect 127.0.0.1:12345: Connection refused \(ECONNREFUSED\)' "$(echo_client </dev/null 2>&1)"
say c1 abc; hear c1 '^cba'; is 'the first is served' cba "$line"
say c1 bye
wait "${pid[server]}"; is 'and the server ends' 0 $?
stop_all

start server echo_server --pause-before-accept forever --reuseaddr
client c1; is '--pause-before-accept lets them queue' 1 "$(until_is 1 queue 2)"
told 'accept 1'; like 'until told' '^ok accept 1' "$line"
stop_all
start server echo_server --pause-before-read 300 --reuseaddr
client c1 --send abc; begin=${EPOCHREALTIME/./}; hear c1 '^cba'
[ $((${EPOCHREALTIME/./} - begin)) -ge 200000 ] && echo 'ok - --pause-before-read waits' || echo 'not ok - --pause-before-read waits'
stop_all

# ---- who closes first ----
port=12346
start server echo_server --port $port
client c1 --close-first --send bye
wait "${pid[c1]}"
is '--close-first at the client: its FIN is first, it keeps the TIME_WAIT' 1 "$(until_is 1 held time-wait "( dport = :$port )")"
stop_all
port=12347
start server echo_server --port $port --close-first
client c1 --send bye
wait "${pid[c1]}"
is '--close-first at the server: so it is there' 1 "$(until_is 1 held time-wait "( sport = :$port )")"
stop_all
port=12345
start server echo_server --port 12350 --reuseaddr
echo_client --port 12350 --bind 40050 --send abc bye </dev/null >"$TMP/out"; is 'without it at either end' 0 $?
is 'the client does' 1 "$(until_is 1 held time-wait '( sport = :40050 )')"
is 'its port is taken by its TIME_WAIT: bind fails' 'echo_client: bind 127.0.0.1:40050: Address already in use (EADDRINUSE)' "$(echo_client --port 12350 --bind 40050 --send abc </dev/null 2>&1)"
echo_client --port 12350 --bind 40050 --send abc </dev/null >/dev/null 2>&1; is 'with exit status 1' 1 $?
stop server

# ---- bind, linger, byte order ----
start server echo_server --port 12351
is 'a port in use' 'echo_server: bind 127.0.0.1:12351: Address already in use (EADDRINUSE)' "$(echo_server --port 12351 --reuseaddr </dev/null 2>&1)"
echo_server --port 12351 </dev/null 2>/dev/null; is 'ends with status 1' 1 $?
is 'another address has the port free' 'ready 127.0.0.2 12351 5' "$(timeout 1 echo_server --bind 127.0.0.2:12351 </dev/null)"
like 'an address that is not ours' 'bind 192.0.2.1:12345: Cannot assign requested address \(EADDRNOTAVAIL\)' "$(echo_server --bind 192.0.2.1 </dev/null 2>&1)"
stop server
like '--port 0: the kernel chooses, ready tells' '^ready 127.0.0.1 [1-9][0-9]* 5$' "$(timeout 1 echo_server --port 0 </dev/null)"
start server echo_server --port 12352
start c1 echo_client --port 12352 --linger 0 --send abc
hear c1 '^cba'; stop c1
until_is 0 held established '( sport = :12352 )' >/dev/null
is '--linger 0 leaves no TIME_WAIT' 0 "$(held time-wait '( sport = :12352 or dport = :12352 )')"
stop server

if [ "$(printf '\1\0' | od -An -tu2 --endian=little | tr -d ' ')" = "$(printf '\1\0' | od -An -tu2 | tr -d ' ')" ]; then
	start server echo_server --no-htons
	is '--no-htons: 12345 becomes 14640' 'ready 127.0.0.1 14640 5' "$line"
	is 'which the kernel holds' 1 "$(held listening '( sport = :14640 )')"
	like 'and the server says' '--no-htons: port 12345 = 0x3039 goes in unconverted; on the wire and in the kernel it is 14640 = 0x3930' "$(cat "$dir/server.err")"
	like 'a client that converts does not find it' 'ECONNREFUSED' "$(echo_client --send abc </dev/null 2>&1)"
	is 'one that does not, does' cba "$(echo_client --no-htons --send abc </dev/null 2>/dev/null | sed 1,2d)"
	start c1 echo_client --no-htons --bind 22535
	like 'its own port is turned as well: 22535 becomes 1880' ' 127.0.0.1:1880 127.0.0.1:14640$' "$line"
	stop c1 server
else
	start server echo_server --no-htons
	like '--no-htons changes nothing on a big-endian machine, and says so' 'this machine is big-endian' "$(cat "$dir/server.err")"
	stop server
fi

# ---- what keeps a request in SYN_RECV ----
for knob in defer-accept=1 hold-acks; do
	start server echo_server --port 12353 "--$knob" --accept none --reuseaddr
	start c1 echo_client --port 12353 --linger 0
	hear c1 '^ready'
	is "--$knob: the client is ESTABLISHED, the server's side SYN_RECV" '1 1' "$(held established '( dport = :12353 )') $(held syn-recv '( sport = :12353 )')"
	stop c1 server
done
like '--hold-acks without CAP_NET_ADMIN names the remedy' 'SO_ATTACH_FILTER .*CAP_NET_ADMIN.*tcpstate record.*\(EPERM\)' \
	"$(setpriv --bounding-set=-all --inh-caps=-all echo_server --port 12354 --hold-acks </dev/null 2>&1)"
start server setpriv --bounding-set=-all --inh-caps=-all echo_server --port 12355
told 'hold on'; like 'so does the line hold on, and the server goes on' '^error hold on: Operation not permitted \(EPERM\); needs CAP_NET_ADMIN' "$line"
told 'listen 2'; is 'as its next answer shows' 'ok listen 2' "$line"
stop server

# ---- clients ----
start server echo_server --port 12356 --accept none --backlog 0
echo_client --port 12356 --count 4 --connect-timeout 2000 </dev/null >"$TMP/out" 2>"$TMP/err" &
clients=$!
is '--count holds them all, connected or not' '1 3' "$(until_is '1 3' eval 'echo "$(held established "( dport = :12356 )") $(held syn-sent "( dport = :12356 )")"')"
is '--connect-timeout gives up those without an answer' '1 0' "$(until_is '1 0' eval 'echo "$(held established "( dport = :12356 )") $(held syn-sent "( dport = :12356 )")"')"
is 'and says so' 3 "$(until_is 3 grep -c 'connect 127.0.0.1:12356: no answer within --connect-timeout' "$TMP/err")"
kill $clients
stop server
start server echo_server --port 12357
is 'every one of --count gets its answers' 'cba cba cba' "$(echo_client --port 12357 --count 3 --send abc bye </dev/null | grep -v : | paste -sd ' ')"
is 'the connections of --count have the ports from that of --bind on' '41001 41002 41003' \
	"$(echo_client --port 12357 --bind 41001 --count 3 --linger 0 --send bye </dev/null | sed -n 's/^ready .*:\([0-9]*\) .*/\1/p' | sort | paste -sd ' ')"
like 'but not beyond the last port' 'echo_client: --bind 65534 --count 3: the last port would be 65536' "$(echo_client --port 12357 --bind 65534 --count 3 2>&1 </dev/null)"
begin=${EPOCHREALTIME/./}
echo_client --port 12357 --count 3 --gap 150 --send bye </dev/null >"$TMP/out"
[ $((${EPOCHREALTIME/./} - begin)) -ge 290000 ] && echo 'ok - --gap waits between one connect() and the next' || echo 'not ok - --gap waits between one connect() and the next'
stop server
