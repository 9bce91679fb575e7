#!/usr/bin/env bash
# alone
# What a report costs, as a ratio to a bare pcap_next_ex() loop over the same file in the same run
# (processor time), and its largest memory. tcptrace, argus and tshark are timed beside it where
# they are installed. ROUNDS=n: of how many rounds the median is taken (3).
set -u
rounds=${ROUNDS:-3}
tools=$BUILD/tests/bench
work=$(mktemp -d "${TMPDIR:-/var/tmp}/bench.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# name, most ratio, most MB, bare command, command
compare() {
	local said
	said=$("$tools/alternate" "$rounds" "$4" "$5") || { echo "not ok - $1: no measurement"; return; }
	awk -v name="$1" -v ratio="$2" -v memory="$3" 'NR == 1 { bare = $1 } NR == 2 {
		good = $2 <= ratio && $3 <= memory
		printf "%s - %s: %.2f s, %.2f times the bare loop (wanted: %s), %d MB (wanted: %d)\n", (good ? "ok" : "not ok"), name, $1, $2, ratio, $3, memory
	}' <<<"$said"
}
# name, most seconds, most MB, command
within() {
	local said
	said=$("$tools/alternate" "$rounds" "$4") || { echo "not ok - $1: no measurement"; return; }
	awk -v name="$1" -v seconds="$2" -v memory="$3" '{
		printf "%s - %s: %.2f s of processor time (wanted: %s), %d MB (wanted: %d)\n", ($1 <= seconds && $3 <= memory ? "ok" : "not ok"), name, $1, seconds, $3, memory
	}' <<<"$said"
}

"$tools/captures" short 200000 short && "$tools/captures" half-open 1000000 half-open && "$tools/captures" bulk 1448 300 bulk-1500 &&
	"$tools/captures" bulk 65000 300 bulk-64k && "$tools/captures" recorded 20000 run || exit 1
bare="$tools/bare_loop"
compare "200,000 short connections, text" 3 80 "$bare short" "$TCPSTATE report short"
compare "1,000,000 half-open connections, text" 3.3 280 "$bare half-open" "$TCPSTATE report half-open"
forgotten=$("$TCPSTATE" report half-open | grep -c 'forgotten')
[ "$forgotten" = 0 ] && echo "ok - of the half-open ones none is forgotten" || echo "not ok - of the half-open ones some are forgotten"
compare "bulk, 1500-byte packets" 1.25 80 "$bare bulk-1500" "$TCPSTATE report bulk-1500"
compare "bulk, 64 KiB packets" 1.05 80 "$bare bulk-64k" "$TCPSTATE report bulk-64k"
within "200,000 short connections, jsonl" 2 80 "$TCPSTATE report --format jsonl short"
within "a recording of 20,000 connections with the kernel's answers" 0.2 40 "$TCPSTATE report run"

# Peers, by the clock: they use several processors or none of the same work.
peer() {        # name, how many times faster we are to be, command
	local said
	command -v "${3%% *}" >/dev/null || { echo "skip - $1 is not installed"; return; }
	said=$("$tools/alternate" 1 "$TCPSTATE report short" "$3") || { echo "skip - $1 does not read this capture"; return; }
	awk -v name="$1" -v factor="$2" 'NR == 1 { ours = $4 } NR == 2 {
		printf "%s - %s: %.2f s, ours %.2f s: %.1f times faster (wanted: %s)\n", ($4 / ours >= factor ? "ok" : "not ok"), name, $4, ours, $4 / ours, factor
	}' <<<"$said"
}
peer tcptrace 5 "tcptrace short"
peer argus 3 "argus -r short -w /dev/null"
peer tshark 20 "tshark -r short -q -z conv,tcp"
