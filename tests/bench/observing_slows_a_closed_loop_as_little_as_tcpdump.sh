#!/usr/bin/env bash
# alone
# What observing costs those who are observed: connections that follow each other as fast as two
# threads can, with nobody, tcpdump -w, `record` and `watch` beside them in turn, each in a network
# of its own; the median ratio to the unobserved one next to it. Then the same at 10,000 connections
# a second: what is lost, and how long a connection takes. PAIRS=n (9), TIME=seconds each (3).
set -u
work=$(mktemp -d "${TMPDIR:-/var/tmp}/bench.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit; }
export TCPSTATE
cat >beside <<'END'
# beside WHAT RATE SECONDS, in a network of its own: what connections says, then what WHAT lost
rm -rf rec watched told
ip link set lo up
ready() { for ((n = 0; n < 3000; n++)); do eval "$1" && return; sleep 0.02; done; exit 1; }
case $1 in
tcpdump) tcpdump -i lo -B 32768 -w td.pcap 2>told & ready 'grep -q listening told' ;;
record) "$TCPSTATE" record -o rec 2>told & ready '[ -S rec/control ]' ;;
watch) "$TCPSTATE" watch --format jsonl >watched 2>told & ready '[ -s watched ]' ;;
esac
"$CONNECTIONS" 6000 "$2" "$3"
[ "$1" = nobody ] || { kill -INT $!; wait $!; grep -oE '[0-9]+ (packets dropped by kernel|drops)' told; }
[ "$1" != watch ] || grep -c '"type":"transition".*"from":"CLOSED","to":"SYN_SENT"' watched
END
export CONNECTIONS=$BUILD/tests/bench/connections
run() { unshare -n bash beside "$@" | tr '\n' ' '; echo; }
median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }
count() { awk '{ print $1 }' <<<"$1"; }
p99() { sed -nE 's/.*p99 ([0-9]+) us.*/\1/p' <<<"$1"; }

observers='record watch'
command -v tcpdump >/dev/null && observers="tcpdump $observers"
for ((pair = 0; pair < ${PAIRS:-9}; pair++)); do
	for who in $observers; do
		alone=$(count "$(run nobody 0 "${TIME:-3}")") beside=$(run "$who" 0 "${TIME:-3}")
		echo "$who $(awk -v a="$(count "$beside")" -v b="$alone" 'BEGIN { print a / b }') $(grep -oE '[0-9]+ (packets dropped|drops)' <<<"$beside" | cut -d' ' -f1)" >>ratios
	done
done
of() { awk -v who="$1" '$1 == who { print $2 }' ratios | median; }
peer=$(of tcpdump)
[ "$peer" ] || echo "skip - tcpdump is not installed"
for who in record watch; do
	awk -v who=$who -v ours="$(of $who)" -v peer="${peer:-0}" -v drops="$(awk -v who=$who '$1 == who { print $3 }' ratios | median)" 'BEGIN {
		printf "%s - %s beside a closed loop: %.2f of unobserved (tcpdump -w: %.2f; wanted: that - 0.05), %d packets dropped (median)\n", (ours >= peer - 0.05 ? "ok" : "not ok"), who, ours, peer, drops }'
done
for ((pair = 0; pair < ${PAIRS:-9}; pair++)); do
	run nobody 10000 "${TIME:-3}" >>nobody1; run nobody 10000 "${TIME:-3}" >>nobody2
	for who in record watch; do run "$who" 10000 "${TIME:-3}" >>"$who.fixed"; done
done
middle() { while read -r line; do p99 "$line"; done <"$1" | median; }
for who in record watch; do
	lost=$(grep -oE '[0-9]+ drops' "$who.fixed" | awk '{ sum += $1 } END { print sum + 0 }')
	missed=$([ $who = watch ] && awk '{ sum += $1 - $NF } END { print sum }' watch.fixed || echo 0)
	awk -v who=$who -v lost="$lost" -v missed="$missed" -v ours="$(middle $who.fixed)" -v a="$(middle nobody1)" -v b="$(middle nobody2)" 'BEGIN {
		least = a < b ? a : b; most = a < b ? b : a
		printf "%s - %s at 10,000 connections a second: %d packets dropped, %d connections not displayed, p99 %d us (unobserved, twice: %d and %d us; wanted: 1.1 times)\n",
			(lost == 0 && missed == 0 && (ours <= 1.1 * least || ours <= most) ? "ok" : "not ok"), who, lost, missed, ours, a, b }'
done
