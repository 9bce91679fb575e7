#!/usr/bin/env bash
# also: root
# timeout: 720
# `tcpstate lab states`: every state held and seen, every edge of the diagram taken, what a filter
# withheld withdrawn; as root, judged by the kernel's tracepoint.
set -u
. tests/lib.sh
. tests/netns/oracle.sh
succeeds() { local sentence=$1; shift; if "$@" >/dev/null; then good "$sentence"; else bad "$sentence"; fi; }
lacks() { local sentence=$1; shift; if "$@"; then bad "$sentence"; else good "$sentence"; fi; }

unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit 0; }
oracle_addresses
dir=$ORACLE_DIR/states truth=
if (oracle_or_skip) | grep -q '^skip'; then (oracle_or_skip); else oracle_or_skip; truth=1; fi
if "$TCPSTATE" lab states -o "$dir" --address "127.$v4.1" >"$TMP/report" 2>"$TMP/errors"; then good "the tour is green"
else bad "the tour is green"; grep MISMATCH "$TMP/report"; tail -n 3 "$TMP/errors"; fi
[ -z "$truth" ] || cat "$ORACLE_INSTANCE/trace" >"$dir/trace.txt"
"$TCPSTATE" report --edges --format jsonl "$dir" >"$TMP/jsonl" || bad "a report is made"

for state in CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT; do
	succeeds "$state is held, and sock_diag shows it twice, 0.25 s apart" awk -v n="\"held\":\"$state\"" \
		'index($0, n) && /"name":"sockets_in_sock_diag"/ && /"measured":"1"/ { i++ } END { exit i != 2 }' "$TMP/jsonl"
	succeeds "a mark has a picture of $state" grep -q "\"type\":\"sample\".*\"state\":\"$state\"" "$TMP/jsonl"
done
lacks "every edge of the figure that Linux has was taken" grep '"type":"edge".*"figure":true,"linux":true,"taken":0' "$TMP/jsonl"
lacks "no edge was taken that Linux does not have" grep '"linux":false,"taken":[1-9]' "$TMP/jsonl"
succeeds "the edges that Linux does not have are listed" awk '/"type":"edge".*"linux":false,"taken":0/ { i++ } END { exit i != 2 }' "$TMP/jsonl"
succeeds "the page ends with the diagram" grep -q "18 of the 18 edges that Linux has were taken" "$TMP/report"

# What the filters made the kernel ignore: FROM TO HOW-OFTEN-AT-LEAST
while read -r from to least; do
	succeeds "a claim of $from -> $to that the kernel ignored is a correction" awk -v from="$from" -v to="$to" -v least="$least" \
		'/"type":"correction"/ && index($0, "\"from\":\"" from "\",\"to\":\"" to "\"") { i++ } END { exit i < least }' "$TMP/jsonl"
done <<'END'
SYN_SENT ESTABLISHED 3
SYN_SENT CLOSED 2
SYN_RECV ESTABLISHED 1
FIN_WAIT1 FIN_WAIT2 2
FIN_WAIT1 CLOSING 1
LAST_ACK CLOSED 1
END

if "$TCPSTATE" lab states -o "$TMP/six" --family 6 >"$TMP/report" 2>"$TMP/errors"; then good "the tour is green over IPv6"
else bad "the tour is green over IPv6"; grep MISMATCH "$TMP/report"; tail -n 3 "$TMP/errors"; fi
[ -z "$truth" ] || oracle_agrees "the tour's edges are those of the tracepoint" "$dir" --address "127.$v4.1"
