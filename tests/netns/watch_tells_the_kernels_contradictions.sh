#!/usr/bin/env bash
# also: root
# Where the packets say one thing and the kernel does another, `watch` takes its line back, names the
# cause, and tells the edge that did happen: a FIN behind a firewall, a full accept queue,
# TCP_DEFER_ACCEPT, SYN cookies, tcp_max_tw_buckets, tcp_abort_on_overflow.
set -u
. tests/lib.sh
needs_sealing
act=$BUILD/tests/cases/act

# What `said` looks through is what watch has printed so far.
cat >"$TMP/said" <<'END'
for n in $(seq 1200); do grep -qE "$1" "$SAID" && exit; sleep 0.05; done
END
ack_lost() { echo "sh nft 'table inet t { chain c { type filter hook input priority 0; tcp dport 18001 tcp flags & (syn|ack) == ack drop; }; }'"; }
fin_lost() { echo "sh nft 'table inet t { chain c { type filter hook input priority 0; tcp dport 18001 tcp flags & fin == fin drop; }; }'"; }
server() { printf 'tcp l\nbind l 127.0.0.1:18001\n%slisten l %s\n' "${2-}" "$1"; }
client() { printf 'tcp %s\nbind %s 127.0.0.1:%s\n%s %s 127.0.0.1:18001\n' "$1" "$1" "$2" "${3-connect}" "$1"; }
await() { echo "sh sh $TMP/said '$1'"; }

# watched NAME SYSCTL=VALUE|"" < SCRIPT: $lines is what watch said
watched() {
	local set=true
	[ -z "$2" ] || set="echo ${2#*=} >/proc/sys/net/ipv4/${2%=*}"
	lines=$TMP/$1
	SAID=$lines "$TCPSTATE" watch --findings --format jsonl -- sh -c "$set; exec '$act'" >"$lines" 2>"$lines.err" ||
		bad "$1: its script ends well: $(cat "$lines.err")"
}
# one line of that type, about the end LOCAL REMOTE, FROM TO, with REASON
line() { grep "\"type\":\"$1\"" "$lines" | grep "\"local\":\"$2\",\"remote\":\"$3\"" | grep "\"from\":\"$4\",\"to\":\"$5\"" | grep -cE "\"reason\":\"($6)\""; }
says() {        # SENTENCE, then as for line
	if [ "$(line "${@:2}")" -gt 0 ]; then good "$1"; else bad "$1"; cat "$lines"; fi
}
says_not() {
	if [ "$(line "${@:2}")" = 0 ]; then good "$1"; else bad "$1"; cat "$lines"; fi
}
finding() { if grep -q "\"type\":\"finding\".*\"reason\":\"$2\"" "$lines"; then good "$1"; else bad "$1"; cat "$lines"; fi; }
s=127.0.0.1:18001 c=127.0.0.1:18003 d=127.0.0.1:18004

watched fin '' < <(server 8; client c 18003; echo accept s l; fin_lost; echo shut c
	await '"type":"correction".*"to":"CLOSE_WAIT"')
says "a FIN that a firewall drops is claimed" transition $s $c ESTABLISHED CLOSE_WAIT fin_received
says "and taken back" correction $s $c ESTABLISHED CLOSE_WAIT segment_ignored
says "its sender's edge stands" transition $c $s ESTABLISHED FIN_WAIT1 fin_sent
says_not "and is not taken back" correction $c $s ESTABLISHED FIN_WAIT1 '.*'

watched full '' < <(server 0; client c 18003; client d 18004 connecting
	await '"type":"finding".*accept_queue_overflow')
finding "a full accept queue is found while it is full" accept_queue_overflow
says "who is let in has a request" transition $s $c LISTEN SYN_RECV syn_received
says "who is not has tried" transition $d $s CLOSED SYN_SENT syn_sent
says_not "and no request" transition $s $d LISTEN SYN_RECV '.*'

watched defer '' < <(server 8 $'set l defer 20\n'; client c 18003; await '"type":"correction"'; echo send c 1
	await '"type":"confirmation".*"from":"SYN_RECV","to":"ESTABLISHED".*"both"')
says "a final ACK that TCP_DEFER_ACCEPT ignores is taken back" correction $s $c SYN_RECV ESTABLISHED 'accept_deferred|final_ack_ignored'
says "and the data that make the connection are told" transition $s $c SYN_RECV ESTABLISHED final_ack_received

watched cookies tcp_syncookies=2 < <(server 8; ack_lost; client c 18003; await '"type":"correction".*syn_cookie'
	echo sh nft flush ruleset; echo send c 1; await '"type":"confirmation".*"from":"SYN_RECV","to":"ESTABLISHED".*"both"')
says "a request that SYN cookies never made is taken back" correction $s $c LISTEN SYN_RECV syn_cookie
says "the ACK that brings the cookie back makes the socket" transition $s $c LISTEN SYN_RECV cookie_accepted

watched buckets tcp_max_tw_buckets=1 < <(server 8; echo cycle l $s 3; await '"reason":"closed_without_time_wait"')
says "a TIME_WAIT beyond tcp_max_tw_buckets is taken back" correction '127.0.0.1:[0-9]*' $s FIN_WAIT2 TIME_WAIT time_wait_never_held
says "and told as closed without one" transition '127.0.0.1:[0-9]*' $s FIN_WAIT2 CLOSED closed_without_time_wait
holds "the one that there is room for stands" '[ "$(grep "\"type\":\"correction\"" "$lines" | grep -c "\"to\":\"TIME_WAIT\"")" -le 2 ]'

watched abort tcp_abort_on_overflow=1 < <(server 2; client a 18005; client b 18006; ack_lost; client c 18003; client d 18004
	await '"type":"confirmation".*18004.*"from":"LISTEN","to":"SYN_RECV"'; echo sh nft flush ruleset
	echo send c 1; await '"type":"confirmation".*18003.*"from":"SYN_RECV","to":"ESTABLISHED".*"both"'
	echo send d 1; await '"type":"transition".*18004.*"from":"SYN_RECV","to":"CLOSED"')
says "a request that the full queue turns away is told as reset" transition $s $d SYN_RECV CLOSED rst_sent
says "its client is told as reset" transition $d $s ESTABLISHED CLOSED rst_received
says "the last that found a place is in" transition $s $c SYN_RECV ESTABLISHED final_ack_received
