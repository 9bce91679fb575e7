#!/usr/bin/env bash
# summary: UDP loses without a word: datagrams dropped at a full socket
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/chat-common.sh"
flood=400
options "$@" <<'END'
flood 10-9999 messages said while the server does not read
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
END
plan 7
[ "$family" = 4 ] && udp=Udp || udp=Udp6

room
join ann 40001 ''
join bob 40002 'ann'
join cat 40003 'ann bob'
join dan 40004 'ann bob cat'
mark 'four have joined'

# Stopped, bob and cat do not read. What waits for them counts as memory: far more than a datagram
# is long, the same for each of these.
kill -STOP "${pid[bob]}"
say ann one
say ann two
all_hear '^ann: two' cat dan               # cat is to owe us only the next one
kill -STOP "${pid[cat]}"
say ann six
all_hear '^ann: six' dan
check 'bob and cat do not read' --let 'one=recv_q ESTABLISHED udp src port 40003' <<END
memory_of_three | 3 * one | recv_q ESTABLISHED udp src port 40002
dropped | 0 | drops UNCONN udp src port $port
END

# Now the server does not read either. What its buffer cannot hold is dropped: nobody is told, no
# call fails, but the kernel counts.
kill -STOP "${pid[server]}"
for i in $(seq "$flood"); do
	say dan "$i"
done
say dan exit
hear dan 'no goodbye'           # after four attempts: all the others are sent by then
check "$flood messages to a server that does not read" --let 'one=recv_q ESTABLISHED udp src port 40003' \
	--let "kept=recv_q UNCONN udp src port $port" --let "flood=$flood" <<END
sent | flood + 4 | packets udp and dst port $port
dropped | flood + 4 - kept / one | drops UNCONN udp src port $port
counted | flood + 4 - kept / one | counter ${udp}RcvbufErrors
END

kill -CONT "${pid[server]}" "${pid[bob]}" "${pid[cat]}"
tell server drops
check 'they read again' --let "dropped=drops UNCONN udp src port $port" <<END
server_says | dropped | text ${line#ok drops }
memory | 0 | recv_q UNCONN udp src port $port
END
