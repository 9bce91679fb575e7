#!/usr/bin/env bash
# summary: a parent keeps its copy: CLOSE_WAIT, FIN_WAIT2, no descriptor
# shellcheck disable=SC2034,SC2154  # shared with common.sh and close-wait-descriptors.sh
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/fork-common.sh"
slow='' nofile=7
options "$@" <<'END'
slow flag leave net.ipv4.tcp_fin_timeout at the kernel's 60 s, and wait for it
nofile 5-9 descriptors that the server may have in the last part, four of them from the beginning
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
server .+ your own server instead, a command line: './mine {port} {backlog}'
client .+ with --server: your own client, './mine {host} {port}'
END
[ "$server" ] && { own_close_wait; exit; }
[ "$(kernel tcp_fin_timeout)" != 60 ] || [ "$slow" ] ||
	kernel tcp_fin_timeout 3 >/dev/null || exit 1
fin_timeout=$(kernel tcp_fin_timeout)
# The kernel's rule: at least 3.5 retransmission time-outs (of 200 ms, here). Above 60 s it takes
# what exceeds 60 s, twice.
life='max(1000 * fin_timeout, 700)' timer='max(1000 * fin_timeout, 700)' mini=2
stays_ms=$((fin_timeout > 0 ? 1000 * fin_timeout : 700))        # for so long they are as predicted
[ "$fin_timeout" -le 60 ] || {
	life='2000 * (fin_timeout - 60)' timer='1000 * (fin_timeout - 60)' mini=0
	stays_ms=$((1000 * (fin_timeout - 60)))
}
[ "$family" = 4 ] && reset='tcp[13] & 4 != 0' || reset='ip6[53] & 4 != 0'
plan "4 + 7 + 7 + 6 + 4 + 5 + 3"
# phase NAME OPTION... <<END: check what happened since the last mark, then mark.
phase() {
	expect --since-mark --cell phase="$1" --let b=0 --let fin_timeout="$fin_timeout" \
		--let "had=${had:-0}" "${@:2}"
	mark "$1"
}

begin
guest c1 --close-first
say c1 bye
hear server '^ok child '
wait_for "port $port" TIME_WAIT=1 ESTABLISHED,FIN_WAIT2,CLOSE_WAIT,LAST_ACK=0
phase 'the parent closes its copy' <<END
server_close_wait | 0 | count CLOSE_WAIT src port $port
client_fin_wait2 | 0 | count FIN_WAIT2 dst port $port
client_time_wait | 1 | count TIME_WAIT dst port $port
parent_descriptors | had | descriptors ${pid[server]}
END
stop_all

# Client 2 shuts down and stays; clients 3 and 4 are gone. The three children end; no FIN follows,
# since the parent holds the sockets, too.
begin --fault keep-descriptor
guest c2 --half-close
guest c3
guest c4
say c2 bye
stopwatch orphaned
stop c3 c4
ended "${children[@]:1}"
wait_for "src port $port" ESTABLISHED=0
wait_for "dst port $port" ESTABLISHED,FIN_WAIT1=0
phase 'the parent keeps its copy' <<END
server_close_wait | 3 | count CLOSE_WAIT src port $port
client_fin_wait2 | 3 | count FIN_WAIT2 dst port $port
orphans | 2 | count FIN_WAIT2 orphan dst port $port
mini_sockets | $mini | count FIN_WAIT2 mini dst port $port
countdown_ms | 0..$timer | timer_ms FIN_WAIT2 src port 40003
timer_of_the_live_one | off | timer FIN_WAIT2 src port 40002
parent_descriptors | had + 3 | descriptors ${pid[server]}
END
[ "$missed" = 0 ] || ! late orphaned "$stays_ms" ||
	too_slow "it took more than $stays_ms ms to look at the orphans"

gone='(src port 40003 or src port 40004)'
tcpstate wait --timeout $((2 * fin_timeout + 10)) "$gone" FIN_WAIT2=0 || die 'the orphans do not go'
phase 'the orphans are gone' <<END
ended_without_a_packet | 0 | packets port 40003 or port 40004
client_time_wait | 0 | count TIME_WAIT $gone
client_fin_wait2 | 1 | count FIN_WAIT2 src port 40002
timer_of_the_live_one | off | timer FIN_WAIT2 src port 40002
server_close_wait | 3 | count CLOSE_WAIT src port $port
END
# From the beginning on: on a busy machine a short life may be over before the mark.
expect --let b=0 --let fin_timeout="$fin_timeout" --cell phase='the orphans are gone' <<END
orphan_held_ms | $life..$life * 9 / 8 + 300 | held_ms FIN_WAIT2 src port 40003
ended | 2 | transitions FIN_WAIT2 CLOSED $gone
END

# At last the parent does something. To a host that knows nothing of the connection any more, data
# and FIN are equally strange.
tell server 'send 2 too late'
tell server 'close 3'
tell server 'send 1 still there?'
hear c2 'still there'
still=$line
wait_for "src port $port and not dst port 40002" CLOSE_WAIT,LAST_ACK=0
tell server 'close 1'
wait_for "src port 40002" FIN_WAIT2=0
phase 'the parent sends, the parent closes' <<END
data_answered_by_RST | 1 | packets src port 40003 and $reset
CLOSE_WAIT_to_CLOSED | 1 | transitions CLOSE_WAIT CLOSED dst port 40003
FIN_answered_by_RST | 1 | packets src port 40004 and $reset
LAST_ACK_to_CLOSED | 1 | transitions LAST_ACK CLOSED dst port 40004
live_client_still_reads | still there? | text $still
its_TIME_WAIT | 1 | count TIME_WAIT src port 40002
END
stop_all

. "$(dirname "$0")/close-wait-descriptors.sh"   # the child calls shutdown(); no descriptor is left
