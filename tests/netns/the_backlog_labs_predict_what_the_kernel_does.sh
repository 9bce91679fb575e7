#!/usr/bin/env bash
# The backlog experiments against expectations typed here: every cell of the sweep, the rule of
# Linux 3.10 wrong in just the cells where the two rules differ, somaxconn and tcp_abort_on_overflow
# moving prediction and measurement together, five phases in their order. (make check: without the
# sweep by the old rule and that under another somaxconn.)
# as: user
# timeout: 1200
set -u
. tests/lib.sh
cd "$TMP" || exit 1

# lab NAME STATUS OPTION...: into NAME.txt and, check by check, NAME.checks: name b n predicted
# measured match formula
lab() {
	local out=$1 expected=$2 status
	shift 2
	lab_run "$out" "$@" >"$out.txt" 2>&1
	status=$?
	"$TCPSTATE" report --format jsonl "$out" >"$out.jsonl" || return 1
	awk '
	function member(name,   rest) {
		if (!match($0, "\"" name "\":(\"[^\"]*\"|[a-z]+)")) return "-"
		rest = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
		gsub(/"/, "", rest)
		return rest == "" ? "-" : rest
	}
	/^\{"type":"check"/ {
		b = member("b"); n = member("n")
		if (match($0, /"cells":\{[^}]*\}/)) { all = $0; $0 = substr(all, RSTART, RLENGTH); cell = member("backlog"); cell = cell == "-" ? member("b") : cell; n = $0 ~ /"n":/ ? member("n") : "-"; $0 = all; b = cell }
		print member("name"), b, n, member("predicted"), member("measured"), member("match"), member("formula")
	}' "$out.jsonl" >"$out.checks"
	[ "$status" = "$expected" ] && return
	echo "# exit status $status, expected $expected"
	tail -n 5 "$out.txt"
	return 1
}

# The tables of the two rules, first client accepted (the last row of all: nobody is), with the
# backlog in force.
rules='
function min(x, y) { return x < y ? x : y }
function max(x, y) { return x > y ? x : y }
function current(name, b, n) {
	if (name == "listen_recv_q" || name == "server_unaccepted") return min(n - 1, b + 1)
	if (name == "listen_send_q") return b
	if (name == "server_syn_recv") return 0
	if (name == "client_established") return min(n, b + 2)
	if (name == "actual_number_of_queued_connections") return b + 1
	return max(0, n - b - 2)        # SYN_SENT, and one SYN each that nobody answered
}
function old(name, b, n) {
	if (name == "server_syn_recv") return max(0, n - b - 2)
	if (name == "client_syn_sent") return 0
	if (name == "client_established") return n
	if (name == "listen_overflows" || name == "listen_drops") return current(name, b, n) + max(0, n - b - 2)
	if (name == "actual_number_of_queued_connections") return b + 3
	return current(name, b, n)
}'
# A SYN that goes unanswered is sent again after a second: on a machine so slow that a cell lasts
# that long it overflows the queue once more. tshark says how many there were.
repeated() { tshark -n -r "$1/wire.pcap" -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.analysis.retransmission' 2>/dev/null | grep -c .; }
surplus='
function surplus(   more) {
	if (($1 != "listen_overflows" && $1 != "listen_drops") || $5 <= expected) return 0
	more = $5 - expected
	return (total[$1] += more) > repeated ? 0 : more
}'
cells() { awk -v somaxconn="${2-4096}" -v repeated="$(repeated "$1")" "$rules$surplus"'
	{ effective = min($2, somaxconn); expected = current($1, effective, $3); expected += surplus(); seen[$1]++ }
	$5 != expected || $4 != expected || $6 != "true" || $7 == "-" { print "expected " expected ": " $0; bad++ }
	END { for (name in seen) { if (name != "actual_number_of_queued_connections") { names++; bad += seen[name] != 48 } else bad += seen[name] != 15 }
		exit bad > 0 || names != 8 }' "$1.checks"; }

lab sweep 0 backlog && cells sweep
verdict $? "every cell of the sweep is predicted and measured as the current rule says, with its formula"
grep -q 'min(n - 1, b_eff + 1)' sweep.txt && grep -q '^Checks: 399 of 399' sweep.txt
verdict $? "the report shows the formulas and the count"

# The page's grid, by the titles of its cells: a line a client, then the queue.
"$TCPSTATE" report --format html sweep >sweep.html && awk '
	function min(x, y) { return x < y ? x : y }
	/<title>backlog [0-9]+, n = [0-9]+$/ { cells++; sub(/.*<title>backlog /, ""); b = $1 + 0; n = $4; clients = 0; next }
	n && /^:[0-9]+ / { clients++ }
	n && /queue [0-9]+ of [0-9]+/ {
		wanted = "queue " min(n - 1, b + 1) " of " b + 1 "<"
		if (clients != n || !index($0, wanted)) { print b, n ": " clients " clients, not " wanted; bad++ }
		n = 0
	}
	END { if (cells != 48) print cells " cells"; exit bad > 0 || cells != 48 }' sweep.html
verdict $? "the page draws in each cell its own clients and queue, not those of the trial before"

if long; then
	lab old 1 backlog --rule old && awk -v repeated="$(repeated old)" "$rules$surplus"'
		{ expected = current($1, $2, $3); differ = old($1, $2, $3) != expected; many += differ; more = surplus() }
		$4 != old($1, $2, $3) + more || $5 != expected + more || ($6 == "true") == differ { print "differ " differ ": " $0; bad++ }
		END { if (NR != 399 || many != 110) print NR, many; exit bad > 0 || NR != 399 || many != 110 }' old.checks
	verdict $? "--rule old mismatches in exactly the cells where the formulas of the two rules differ"

	lab somaxconn 0 backlog --sysctl net.core.somaxconn=2 --family 6 && cells somaxconn 2 && [ "$(awk '$1 == "listen_send_q" && $5 > 2' somaxconn.checks)" = "" ]
	verdict $? "net.core.somaxconn=2 changes prediction and measurement together (IPv6)"
fi

lab phases 0 backlog-phases && [ "$(sed -n 's/.*"type":"mark".*"text":"\([^"]*\)".*/\1/p' phases.jsonl | tr '\n' ,)" = "one client too many: its SYN is dropped,no server,server up,each connects,each sends hi,each sends bye," ]
verdict $? "backlog-phases has five phases, and before them the trial of the rule"
awk '/^Phase 4/, /^Phase 5/ { if (/client side/) side = 1; if (side && /SYN_SENT/) syn++; if (side && /ESTABLISHED +echo_client/) est++ } END { exit syn != 2 || est != 3 }' phases.txt
verdict $? "each connects: client 4 of four is in SYN_SENT in the client's table"
"$TCPSTATE" report --lang en --format html phases | sed 's/<[^>]*>//g' >phases.page
like "its page says which queue each of the two met, and which of them never got in" \
	'C3 \(trial\): never got in\. The SYN met a full accept queue: 1 waiting( \(C2\))?, room for 1 \(backlog 0 \+ 1\)\..*C7: got in after [0-9.]+ s, when its SYN was sent again\. The SYN met a full accept queue: 2 waiting( \(C5, C6\))?, room for 2 \(backlog 1 \+ 1\)\.' \
	"$(grep 'a full accept queue' phases.page | head -c 2000)"
grep -qx 'backlog 1 and four clients in five phases, after a trial' <(sed -n "s/.*<p class='sub'>//p" \
	<("$TCPSTATE" report --lang en --format html phases) | sed 's/<.*//')
verdict $? "and, under its title, what the experiment is about"

like "what was left out in the trial alone is not said of the experiment" \
	'Who was left out, and why\?C3 \(trial\) left out, C7 delayed: SYN dropped' "$(grep 'Who was left out' phases.page | head -c 4000)"
like "and which connections were of the trial" 'Of a trial before the experiment: C1–C3\.' "$(grep 'What happened' phases.page | head -c 2000)"

# What tcp_abort_on_overflow changes, as the kernel and the wire have it: RST to client 4 instead of
# silence.
lab abort 0 backlog-legacy --seconds 1 --sysctl net.ipv4.tcp_abort_on_overflow=1 &&
	awk '$1 == "server_syn_recv" && $5 != 0 { bad++ } $1 == "last_client_established" { seen++; bad += $5 != 0 || $4 != 0 } END { exit bad > 0 || seen != 2 }' abort.checks &&
	[ "$(grep -c '"type":"transition".*"local":"127.0.0.1:12345","remote":"127.0.0.1:40004",.*"from":"SYN_RECV","to":"CLOSED"' abort.jsonl)" = 2 ] &&
	[ "$(grep -c '"type":"transition".*"local":"127.0.0.1:40004","remote":"127.0.0.1:12345",.*"from":"ESTABLISHED","to":"CLOSED".*"reason":"rst_received"' abort.jsonl)" = 2 ]
verdict $? "net.ipv4.tcp_abort_on_overflow=1 changes prediction and measurement of backlog-legacy together: RST for client 4"
lab kept 0 backlog-legacy --seconds 1 --recipe defer &&
	awk '$1 == "server_syn_recv" { bad += $5 != 1 } $1 == "last_client_established" { seen++; bad += $5 != 1 } END { exit bad > 0 || seen != 1 }' kept.checks
verdict $? "without it client 4 is ESTABLISHED, and SYN_RECV at the server"
card() { "$TCPSTATE" report --lang en --format md "$1" | sed -n '/^\*\*Who was/,/^$/p' | tr -d '*'; }
like "for how long there was room already, and why it was out all the same" \
	'C4: .*met a full accept queue \(2 waiting: C2, C3;[^)]*\), then for ([12]\.[0-9] s|[1-9][0-9]* ms) there was room, but its ACK came again only with the next SYN-ACK' "$(card kept)"
is "that those in the queue came later is not said of earlier ones" 0 "$(card kept | grep -c 'came later')"
lab later 0 backlog-legacy --seconds 1 --recipe hold
like "and is said of those that came later" 'met a full accept queue \(2 waiting: C3, C4, which came later;' "$(card later)"
like "marks name the connection of the port" 'client :40004 \(C2\) kept out' "$("$TCPSTATE" report --format md later | grep '^### ')"
"$TCPSTATE" report --format html -o abort.html abort
holds "a row of the table of phases is of one connection, also where the next one has its ports" \
	'[ "$(grep -o "<th scope=.row.><a [^>]*>C[0-9]*</a> <span" abort.html | wc -l)" -ge 9 ] && ! grep -q "<th scope=.row.><a [^>]*>C[0-9]*</a>, " abort.html'
