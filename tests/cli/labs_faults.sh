#!/usr/bin/env bash
# also: root
# The faults and the socket knobs of the lab programs, judged by what they answer and by what the
# kernel holds (ss); fork_server's lines.
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
export LC_ALL=C PATH=$BUILD/labs:$PATH
. labs/experiments/common.sh

socket() { ss -Htanom --tos "$@" | tr '\n' ' '; }
until_is() {
	local end=$((SECONDS + 10)) came
	while came=$("${@:2}") || :; [ "$came" != "$1" ] && [ $SECONDS -lt $end ]; do sleep 0.02; done
	echo "$came"
}
held() { ss -Htan state "$@" | wc -l; }

# ---- what is refused ----
for program in echo_server echo_client fork_server; do
	like "$program --help lists its faults" 'ignore-eof .*no-ntohs-print ' "$($program --help | tr '\n' ' ')"
	refused=$($program --fault no-such-fault 2>&1 </dev/null); is "$program refuses a fault that there is not" 2 $?
	like 'and names it' "--fault no-such-fault: no fault of this program" "$refused"
	refused=$($program --no-htonl 2>&1 </dev/null); is "$program --no-htonl where nothing is sealed" 1 $?
	like 'names the remedy' 'sealed namespace: tcpstate record -o DIR -- COMMAND' "$refused"
	like "$program --no-htonl in a namespace that is not the sealed one" 'refused' "$(TCPSTATE_NETNS=1 $program --no-htonl 2>&1 </dev/null)"
	for bad in 'ttl 0' 'ttl 256' 'tos -1' 'rcvbuf 0' 'keepalive 0' 'sndbuf x' 'pause-before-listen 1s'; do
		# shellcheck disable=SC2086  # an option and its value
		[ $program = echo_client ] && [[ $bad == pause* ]] || is "$program --$bad is a usage error" 2 "$($program --$bad 2>/dev/null </dev/null; echo $?)"
	done
done
like 'a fault of the server is none of the client' 'no fault of this program' "$(echo_client --fault byte-reverse 2>&1 </dev/null)"
like 'there is one reversal' 'another reversal' "$(echo_server --fault byte-reverse --fault pair-reverse 2>&1 </dev/null)"
like 'SIG_IGN leaves nothing to forget' '--ignore-sigchld' "$(fork_server --ignore-sigchld --fault wait-once 2>&1 </dev/null)"
export TCPSTATE_NETNS
TCPSTATE_NETNS=$(stat -Lc %i /proc/self/ns/net)
like 'sealed, --no-htonl reaches the kernel' 'bind 1.0.0.127:12345: .*EADDRNOTAVAIL' "$(echo_server --no-htonl 2>&1 </dev/null)"
is '--no-htonl with IPv6 is a usage error' 2 "$(echo_server -6 --no-htonl >/dev/null 2>&1 </dev/null; echo $?)"
like 'an address that reads the same backwards' 'changes nothing for 127.1.1.127' "$(timeout 5 echo_client --no-htonl 127.1.1.127 2>&1 </dev/null)"

# ---- socket knobs: the accepted socket has them from the listening one ----
for program in echo_server fork_server; do
	start server $program --reuseaddr --keepalive 1000 --rcvbuf 5000 --sndbuf 6000 --tos 16
	client c1 --linger 0 --send abc --nodelay --ttl 9; hear c1 '^cba'
	for knob in 'timer:\(keepalive,1[67]min' 'rb10000,' 'tb12000,' 'tos:0x10'; do
		like "$program: $knob" "$knob" "$(socket state established '( sport = :12345 )')"
	done
	stop_all
done
start server echo_server --reuseport
start other echo_server --reuseport
is '--reuseport: two servers on one port' 2 "$(held listening '( sport = :12345 )')"
stop server other
start server echo_server
is '--half-close: all answers come after our FIN' 'cba fed' "$(printf 'abc\ndef\n' | echo_client --half-close | sed 1,2d | paste -sd ' ')"
stop server
echo_server --port 12360 --pause-before-listen forever </dev/null >/dev/null 2>&1 &
background=$!
is '--pause-before-listen: bound, and nobody listens' 1 "$(until_is 1 eval '"$TCPSTATE" list --bound tcp src port 12360 | grep -c "CLOSED.*:12360.*bound only"')"
like 'nobody else binds it' 'EADDRINUSE' "$(echo_server --port 12360 2>&1 </dev/null)"
like 'a client is refused' 'ECONNREFUSED' "$(echo_client --port 12360 2>&1 </dev/null)"
kill $background

# ---- fork_server ----
server_program=fork_server
server --fault keep-descriptor
client c1; hear server '^ok fork [0-9]+ 127.0.0.1:40001$'; is 'a child for a client' 'ok fork 127.0.0.1:40001' "${line/fork * /fork }"
client c2 --half-close; hear server '^ok fork'
say c2 abc; hear c2 '^cba'; say c1 def; hear c1 '^fed'
echo 'ok - the second is served while the first is there'
tell server kept; is 'kept tells how many descriptors the parent has kept' 'ok kept 2' "$line"
say c2 bye; hear server '^ok child [0-9]+ gone'; stop c1; hear server '^ok child [0-9]+ gone'
is 'its copies keep CLOSE_WAIT' 2 "$(until_is 2 held close-wait)"
tell server 'send 2 from the parent'; hear c2 '^from the parent'; is 'send N TEXT: a client that only shut down reads it' 'from the parent' "$line"
tell server 'close 1'; tell server 'close 2'
is 'close N ends them' 0 "$(until_is 0 held close-wait)"
for bad in 'close 1' 'close 3' 'send 0 x' 'close' 'dance'; do
	say server "$bad"; hear server '^(ok|error)'; like "'$bad' is refused" '^error ' "$line"
done
tell server quit; wait "${pid[server]}"; is 'quit ends it with status 0' 0 $?
stop_all
server
client c3 --linger 0 --send "$(head -c 4096 /dev/zero | tr '\0' x)" short
hear c3 '^x{4096}$'; hear c3 .; is 'a line of 4096 bytes, and the one after it' trohs "$line"
printf '%s%s\nabc\n' "$(head -c 4096 /dev/zero | tr '\0' x)" y | { exec {raw}<>/dev/tcp/127.0.0.1/12345; cat >&"$raw"; read -r first <&"$raw"; read -r second <&"$raw"; echo "$first|$second"; } >"$TMP/long"
is 'a longer one is refused, the next is whole' 'error: line too long, ignored; at most 4096 bytes|cba' "$(cat "$TMP/long")"
stop_all
server --nofile 5 --backlog 3
client c4; hear server '^ok fork'; client c5; hear server '^ok fork'
is 'without the fault five descriptors serve more than one' 2 "$(held established '( sport = :12345 )')"
stop_all
