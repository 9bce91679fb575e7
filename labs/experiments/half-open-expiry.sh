# shellcheck shell=bash disable=SC2154  # common.sh and half-open.sh set them
# Part of half-open: how long a request waits for its ACK.

# Nobody answers: the SYN-ACK is repeated after 1, 3, 7 ... s, tcp_synack_retries times, then the
# request is gone. The client would not know.
expiry() {
	local life=$(((2 << retries) - 1))              # seconds
	plan 5
	kernel tcp_syncookies 1
	kernel tcp_synack_retries "$retries"
	local both_of_them="src port $port and dst portrange 21001-21002"
	server --backlog 1 --accept none
	stopwatch sent
	silent 2 --bind "$nobody:21001"
	check --cell phase='just sent' --let 'age=held_ms SYN_RECV dst port 21002' \
		--let 'repeated=min(1, age / 1000)' --let 'due=1000 + 2000 * repeated - age' <<-END
	timer_ms | due - 250..due + 250 | timer_ms SYN_RECV dst port 21002
	repeated_syn_acks | repeated | retrans SYN_RECV dst port 21002
	END
	# the kernel rounds its timers by up to 64 ms: near 1 s nobody can say what is due
	[ "$missed" = 0 ] || ! late sent 950 ||
		too_slow 'the requests were looked at when their SYN-ACKs were due again'
	tcpstate wait --timeout 90 "src port $port" SYN_RECV=0 || die 'requests that do not expire'
	check --cell phase=expired --let retries="$retries" --let "life=$life" <<-END
	syn_acks | 2 * (retries + 1) | packets src port $port and $flags = 18
	repeated_syn_acks | 2 * retries | counter TcpExtTCPSynRetrans
	lifetime_ms | life * 1000 - 20..life * 1060 + 300 | held_ms SYN_RECV ended $both_of_them
	END
	[ "$missed" = 0 ] || ! late sent $((life * 1060 + 300)) ||
		too_slow 'the recorder was not there when the requests ended'
	mark "expired, tcp_synack_retries $retries"
	stop_all
}

# When more than 4 requests (half the SYN queue, if that is more) are old ones, they are given up
# after two repetitions, until 4 are left.
pruning() {
	[ "$somaxconn" -ge 4 ] || {
		echo "net.core.somaxconn = $somaxconn: no SYN queue is long enough to be pruned"
		return
	}
	plan 4
	kernel tcp_synack_retries "$((retries < 3 ? 3 : retries))"
	server --backlog 7 --accept none
	stopwatch sent
	silent 8
	wait_for "src port $port" SYN_RECV=4
	expect --since-mark --let b=7 --cell phase=pruned <<-END
	repeated_syn_acks | 2 * (b_eff + 1) + 4 | counter TcpExtTCPSynRetrans
	lifetime_ms | 6980..7700 | held_ms SYN_RECV ended src port $port
	syn_acks | 3 * (b_eff + 1) + 4 + (7 - b_eff) | packets src port $port and $flags = 18
	cookies_sent | 7 - b_eff | counter TcpExtSyncookiesSent
	END
	[ "$missed" = 0 ] || ! late sent 7700 ||
		too_slow 'the recorder was not there when the requests were given up'
	mark 'pruned: 4 are left'
	stop_all
}
