#!/usr/bin/env bash
# also: root
# The chat room at its edges: nicknames, malformed and forged datagrams, silence, full rooms and
# full buffers, IPv6, a server that is not there. What a member sends and gets is seen through
# bash's /dev/udp, whose printf is one datagram.
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

room() { start server chat_server "$@"; }
call() { exec {raw}<>/dev/udp/127.0.0.1/12345; }        # sets $raw
# The next datagram that the server sends to $raw.
answer() { timeout 5 dd bs=2000 count=1 <&"$raw" 2>/dev/null || echo "(nothing)"; }
sends() { printf "$2" >&"$raw"; is "$1" "$3" "$(answer)"; }
asked() { tell server "$1" && echo "$line"; }
received() { asked counts | sed 's/^ok counts received \([0-9]*\).*/\1/'; }
letters() { head -c "$1" /dev/zero | tr '\0' x; }

room
is 'the server says where it is, and how many it holds' 'ready 127.0.0.1 12345 1000' "$line"
call
ann=$raw
sends 'who has not logged in is told so' 'ann|hello' 'server|refused message: you are not logged in'
sends 'a login as in the 2020 report, the name alone, is told how it goes here' 'ann' 'server|refused login: it is NAME|login here, not ann alone'
sends 'so is the other order' 'login|ann' 'server|refused login: it is NAME|login here, not login|NAME'
is 'and the server says so' 2 "$(grep -c 'refused login: it is NAME|login here' "$dir/server.err")"
printf 'server|hello ann: 1 in the room' >&"$raw"
sends 'what another server says is not answered: they would go on for ever' '|login' 'server|refused nickname: it is empty'
sends 'a nickname may not be empty' '|login' 'server|refused nickname: it is empty'
sends 'nor contain a backslash' 'a\\b|login' 'server|refused nickname: it must not contain | or \'
sends 'nor be of 33 bytes' "$(letters 33)|login" 'server|refused nickname: it is longer than 32 bytes'
sends 'nor contain control characters' 'a\tb|login' 'server|refused nickname: it must not contain control characters'
sends 'nor end with a blank' 'ann |login' 'server|refused nickname: it must not begin or end with a blank'
sends 'nor be that of the server' 'server|login' 'server|refused nickname: server is taken, try another'
sends 'the first bar ends the name: this is a message' 'a|b|login' 'server|refused message: you are not logged in'
sends 'a newcomer is greeted alone' 'ann|login' 'server|hello ann: 1 in the room, `exit` leaves'
is 'and welcomed to all' 'server|welcome ann' "$(answer)"
sends 'logging in twice, as when the greeting was lost, is greeted again and no more' 'ann|login' 'server|hello ann: 1 in the room, `exit` leaves'
sends 'one address is one member' 'bob|login' 'server|refused nickname: you are ann here; `exit` first'
call
bob=$raw
sends 'a nickname that is taken is refused' 'ann|login' 'server|refused nickname: ann is taken, try another'
sends 'and another one can be tried; 32 bytes of UTF-8 will do' "$(letters 28)😀|login" "server|hello $(letters 28)😀: 2 in the room, \`exit\` leaves"
is 'he is welcomed, too' "server|welcome $(letters 28)😀" "$(answer)"
raw=$ann
is 'and all see it' "server|welcome $(letters 28)😀" "$(answer)"
raw=$bob
sends 'nobody speaks for another' 'ann|I am ann' "server|refused message: you are $(letters 28)😀, and cannot speak or leave for another"
sends 'nobody leaves for another' 'ann|exit' "server|refused message: you are $(letters 28)😀, and cannot speak or leave for another"
is 'both are members still' "ok members 2 ann|$(letters 28)😀" "$(asked members)"
printf 'ann|1 | 2\\ 3 é' >&"$ann"
is 'a message goes to the others as it is, bars and backslashes too' 'ann|1 | 2\ 3 é' "$(answer)"
printf 'ann|' >&"$ann"
printf "ann|$(letters 1024)" >&"$ann"
is 'a sign of life goes to nobody; a text of 1024 bytes is delivered' "ann|$(letters 1024)" "$(answer)"

before=$(asked counts)
for datagram in 'no bar' 'ann|\377' 'ann|\355\240\200' "ann|$(letters 1025)" "\303|login" "$(letters 3000)|login"; do
	printf "$datagram" >&"$ann"
done
printf 'ann|after them' >&"$ann"
is 'malformed datagrams go to nobody, and the server goes on' 'ann|after them' "$(answer)"
is 'and are counted' 6 "$(($(asked counts | sed 's/.* malformed \([0-9]*\).*/\1/') - $(sed 's/.* malformed \([0-9]*\).*/\1/' <<<"$before")))"
raw=$bob
sends 'who leaves is told goodbye' "$(letters 28)😀|exit" "server|bye $(letters 28)😀: you have left"
raw=$ann
is 'and the others see it' "server|$(letters 28)😀 has left" "$(answer)"
is 'a control line that is none is refused' "error dance: not one of members, drops, counts, quit" "$(say server dance; hear server ^error; echo "$line")"

# A member's program, killed and started again on the same port, is the same member.
start c1 chat_client --nick cat --bind 40001
hear c1 'welcome cat'
kill -KILL "${pid[c1]}"
stop c1
start c1 chat_client --nick cat --bind 40001
hear c1 'hello cat'
is 'a member that lost its program is greeted again from the same address' '* hello cat: 2 in the room, `exit` leaves' "$line"
# Nobody reads the greetings: they are dropped at ann's socket. No faster than the server reads, or
# cat's words would be dropped at its own.
for _ in $(seq 10); do
	before=$(received)
	for _ in $(seq 100); do printf 'ann|login' >&"$ann"; done
	until [ "$(received)" -ge $((before + 100)) ]; do :; done
done
say c1 "still here"
hear server '^cat: still here'
is 'a member that does not read hinders nobody' 'ok members 2 ann|cat' "$(asked members)"

before=$(asked drops)
kill -STOP "${pid[server]}"
for _ in $(seq 500); do printf 'ann|' >&"$ann"; done
kill -CONT "${pid[server]}"
dropped=$(asked drops)
dropped=$((${dropped#ok drops } - ${before#ok drops }))
is 'datagrams dropped because the server did not read are told to whoever asks' yes "$([ "$dropped" -gt 100 ] && [ "$dropped" -lt 500 ] && echo yes)"
is 'and on standard error' "$dropped datagrams dropped: the receive buffer was full" "$(tail -n 1 "$dir/server.err")"
tell server quit
is 'a server that is told to quit tells its members' '* bye everybody: the room is closed' "$(hear c1 bye; echo "$line")"
say c1 'hello?'
hear c1 'server is gone'
is 'what is said then is answered by ECONNREFUSED' 'Connection refused (ECONNREFUSED)' "${line##*: }"
stop c1

# Silence: three times as long as between two signs of life.
room --timeout 3
start c1 chat_client --nick ann --keepalive 0
start c2 chat_client --nick bob --keepalive 1
hear c2 'welcome bob'
hear c2 'silent'
is 'a silent member is out' '* ann has been silent for too long' "$line"
hear c1 '^\* bye'
is 'and is told so' '* bye ann: you have been silent for too long' "$line"
say c1 'am I?'
hear c2 '^ann'
is 'what it says then waits until it is in again' 'ann: am I?' "$line"
tell server members
is 'signs of life keep the other one in' 'ok members 2 bob|ann' "$line"
stop c1 c2 server

room -6 --members 1
is 'IPv6: the server says where it is' 'ready ::1 12345 1' "$line"
start c1 chat_client -6 --nick ann
hear c1 'welcome ann'
start c2 chat_client '[::1]:12345' --nick bob --unconnected
hear c2 'refused'
is 'a full room is told' '* refused nickname: the room is full (1 members)' "$line"
stop c1 c2 server

room --bind ::
is 'IPv4 members meet on ::' '* bye ann: you have left' "$(printf 'ann\nexit\n' | chat_client 127.0.0.1 | tail -n 1)"
is 'two servers cannot have the same port' 'chat_server: bind [::]:12345: Address already in use (EADDRINUSE)' "$(chat_server --bind :: 2>&1 </dev/null | tail -n 1)"
stop server

is 'a client without a server says so, and what was not sent' '* not sent: hello' "$(printf 'ann\nhello\n' | timeout 10 chat_client | tail -n 1)"
printf 'ann\nhello\n' | timeout 10 chat_client >/dev/null
is 'and fails' 1 "${PIPESTATUS[1]}"
is 'a nickname with a bar is refused by the client: exit 2' "chat_client: --nick 'a|b': it must not contain | or \\"$'\n 2' "$(chat_client --nick 'a|b' 2>&1 </dev/null; echo " $?")"
for program in chat_server chat_client; do
	$program --help | grep -q "Usage: $program" && $program --help | grep -q -- '--port'
	is "$program --help" 0 $?
done
