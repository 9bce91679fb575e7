#!/usr/bin/env bash
# summary: how to serve one client only, and what the others see
# calls: on
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
b=0 n=3
options "$@" <<'END'
b 0-65535 the server's backlog
n 1-9 clients of the server that goes on listening
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
rule probe|current|old predict by this rule instead of the one found by probing
END
[ "$somaxconn" -ge 1 ] ||
	die "net.core.somaxconn = $somaxconn leaves no place to queue in: 1 or more is needed"
plan 13
find_rule
predict_by "$rule"
[ "$family" = 4 ] && reset='tcp[13] & 4 != 0' || reset='ip6[53] & 4 != 0'

# phase NAME OPTION... <<END: check what happened since the last mark, then mark.
phase() {
	expect --since-mark --cell phase="$1" --let b="$b" --let n="$n" "${@:2}"
	mark "$1"
}

# The report's first idea. The listening socket stays, and whoever comes finds it: backlog 0 queues
# one, the next ones wait for a place.
server --backlog "$b" --accept none
join_clients "$n" --linger 0
phase 'only one is accepted' <<END
listeners | 1 | count LISTEN src port $port
served | 1 | count ESTABLISHED src port $port and dst port 40001
queued | min(n - 1, b_eff + 1) | recv_q LISTEN src port $port
client_established | $established | count ESTABLISHED dst port $port
client_syn_sent | $syn_sent | count SYN_SENT dst port $port
END
stop_all

# What works: accept(), close() of the listening socket, then the conversation.
server --backlog 1 --accept none --serve-one
client c1
client c2
wait_for "dst port $port" ESTABLISHED=2
phase 'one queued behind the first' <<END
queued | 2 | recv_q LISTEN src port $port
END
tell server 'accept 1'
complaint c2
queued=$line
client c3
complaint c3
late=$line
say c1 abc
hear c1 cba
phase 'the listening socket is closed' <<END
listeners | 0 | count LISTEN src port $port
queued_client | read: ECONNRESET | text $queued
late_client | connect: ECONNREFUSED | text $late
resets | 2 | packets src port $port and $reset
answer_to_the_first | cba | text $line
served | 1 | count ESTABLISHED src port $port and dst port 40001
END
say c1 bye
wait "${pid[server]}"
expect --let b=0 <<<"server_ends_with_status | 0 | text $?"
mark 'the first has left'
