#!/usr/bin/env bash
# Four final ACKs are ignored, and only the counters tell why: as many drops between two reads, or
# more, are these; none at all means that the listener never got them; anything else leaves the
# cause unknown.
set -u
. tests/lib.sh
run=$TMP/run
mkdir "$run"
"$BUILD/tests/golden/mkpcap" tests/golden/captures/final-ack-ignored.txt "$run/wire.pcap" || exit 1

# reason COUNTER=DELTA@SECOND...: what the ACKs at 0, 1, 3 and 7 s are said to have met
reason() {
	local read name delta second
	cat <<-END >"$run/facts.jsonl"
		{"type":"manifest","format":1,"version":"0.1.0","t":"1795367879.000000000"}
	END
	for read; do
		name=${read%%=*} delta=${read#*=} delta=${delta%@*} second=${read#*@}
		printf '{"type":"counter","t":"%d.500000000","name":"%s","value":%d,"delta":%d}\n' \
			$((1795367880 + second)) "$name" "$delta" "$delta" >>"$run/facts.jsonl"
	done
	"$TCPSTATE" report --format jsonl "$run" | grep '"type":"correction"' |
		grep -o '"reason":"[a-z_]*"' | head -n 1 | cut -d'"' -f4
}
deferred=TcpExtTCPDeferAcceptDrop overflows=TcpExtListenOverflows acks=TcpExtTCPPureAcks

is 'as many deferred as ignored: they were deferred' accept_deferred \
	"$(reason $deferred=4@8 $overflows=1@9)"
is 'fewer are not these four' final_ack_ignored \
	"$(reason $deferred=3@8 $overflows=1@9)"
is 'of more, some belong to clients whose data came at once' accept_deferred \
	"$(reason $deferred=5@8 $overflows=1@9)"
is 'but an overflow among more may be one of them' final_ack_ignored \
	"$(reason $deferred=5@8 $overflows=1@8)"
is 'an overflow of the same time may be one of them' final_ack_ignored \
	"$(reason $deferred=4@8 $overflows=1@8)"
is 'in several intervals each has its own' accept_deferred \
	"$(reason $deferred=2@2 $deferred=2@8 $overflows=1@9)"
is 'two of four leave the four unexplained' final_ack_ignored \
	"$(reason $deferred=2@2 $overflows=2@8)"
is 'where queues never overflowed, the run tells' accept_deferred \
	"$(reason $deferred=7@9)"
is 'none counted: the listener never got them' final_ack_filtered \
	"$(reason $acks=1@-1 $acks=1@8)"
is 'a drop that was counted may be theirs' final_ack_ignored \
	"$(reason $acks=1@-1 TcpExtListenDrops=1@8)"
is 'without a read after them nothing is known' final_ack_ignored \
	"$(reason $acks=1@-1 $acks=1@2)"
