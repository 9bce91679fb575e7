#!/usr/bin/env bash
# summary: a chat room over UDP: who learns that the server is dead
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/chat-common.sh"
options "$@" <<'END'
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
END
plan 20
# The last newcomer is greeted alone and welcomed to all, itself among them; so was each before.
room
join ann 40001 ''
join bob 40002 'ann'
join cat 40003 'ann bob'
join dan 40004 'ann bob cat' --unconnected
check 'four have joined, dan without connect()' --let n=4 <<END
server_unconn | 1 | count UNCONN udp src port $port
clients_established | n - 1 | count ESTABLISHED udp dst port $port
client_unconn | 1 | count UNCONN udp src port 40004
logins | n | packets udp dst port $port
greetings_and_welcomes | n + n * (n + 1) / 2 | packets udp src port $port
END

start eve chat_client "-$family" --port "$port" --nick ann --keepalive 0 --speak-as bob
hear eve 'refused nickname'
refused=$line
say eve eve
all_hear '^\* welcome eve' ann bob cat dan eve
check 'a nickname that is taken is refused, another one is not' --let n=5 <<END
eve_is_told | * refused nickname: ann is taken, try another | text $refused
to_the_server | 2 | packets udp dst port $port
from_the_server | 1 + 1 + n | packets udp src port $port
END

say ann 'hello, 你好'
all_hear '^ann: hello, 你好$' bob cat dan eve
check 'ann says hello' --let n=5 <<END
to_the_server | 1 | packets udp dst port $port
to_every_other | n - 1 | packets udp src port $port
END

say eve 'I am bob'
hear eve 'refused message'
check "eve writes bob's name" <<END
eve_is_told | * refused message: you are eve, and cannot speak or leave for another | text $line
to_eve_alone | 1 | packets udp src port $port
END

say eve exit
all_hear '^\* eve has left' ann bob cat dan
check 'eve leaves' --let n=4 <<END
to_eve_and_the_others | 1 + n | packets udp src port $port
END

# A connected socket is handed the ICMP error of what it sent before. An unconnected one is not,
# however often it tries.
stop server
say ann 'anybody?'
hear ann 'the server is gone'
ann_is_told=${line##*: }
say dan exit
hear dan .
check 'the server is dead' --let "sent=packets udp and dst port $port" <<END
ann_is_told | Connection refused (ECONNREFUSED) | text $ann_is_told
dan_is_told | * no goodbye from the server: the others may not know that you have left | text $line
sent_by_ann | 1 | packets udp and src port 40001 and dst port $port
sent_by_dan | 4 | packets udp and src port 40004 and dst port $port
port_unreachable | sent | packets $(port_unreachable)
END

# Nobody is a member of the new server's room. Bob finds out by being refused, and logs in again;
# what ann says waits until she has.
room
say bob 'still there?'
all_hear '^\* welcome bob' bob
say ann 'I am back'
all_hear '^ann: I am back' bob
check 'another server' --let n=2 <<END
to_the_server | 2 + 2 | packets udp dst port $port
from_the_server | 3 + 1 + n + n - 1 | packets udp src port $port
END
