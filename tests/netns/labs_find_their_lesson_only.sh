#!/usr/bin/env bash
# The experiments, run as they stand: their reports have the findings that are their lesson, and no
# other.
# long
# alone
# timeout: 1800
set -u
. "$(dirname "$0")/../lib.sh"
PATH=$BUILD/labs:$BUILD:$PATH
# LAB: the kinds of finding that it stages. An unloaded machine need not show each of them; none
# else may be there.
staged() {
	cat <<-'L'
		backlog: accept_queue_overflow syn_unanswered connect_late
		backlog-legacy: accept_queue_overflow defer_accept syn_ack_retransmitted syn_unanswered connect_late
		backlog-phases: accept_queue_overflow syn_unanswered connect_late
		backlog-serve-one: accept_queue_overflow syn_unanswered connect_late listener_closed_on refused_after_close
		byte-order: refused_byte_swapped bind_failed connect_failed
		chat: datagrams_unreachable
		chat-loss: udp_drops
		close-wait: close_wait_held descriptor_leak accept_failed answered_late never_accepted client_left
		concurrent: bind_failed zombies
		half-open: accept_queue_overflow syn_queue_full syn_cookies syn_ack_retransmitted syn_unanswered connect_late never_accepted listener_closed_on ghost
		nat:
		reverse:
		states: close_wait_held syn_ack_retransmitted data_unacknowledged listener_closed_on
		time-wait: refused_after_close syn_answered_by_ack time_wait_overflow unread_at_close bind_failed
	L
}
cd "$TMP" || exit 1
while IFS=: read -r lab kinds; do
	"$TCPSTATE" lab "$lab" -o "$lab" >lab.out 2>&1
	status=$?
	if [ $status = 3 ]; then # too slow to measure
		echo "skip - $lab: $(tail -n 1 lab.out)"
		continue
	fi
	"$TCPSTATE" report --format jsonl "$lab" >report.jsonl 2>report.err || { bad "$lab: its report"; cat report.err; continue; }
	others=''
	for word in $(sed -n 's/^{"type":"finding".*"reason":"\([a-z_]*\)".*/\1/p' report.jsonl | sort -u); do
		[[ " $kinds " == *" $word "* ]] || others+=" $word"
	done
	is "$lab has no finding beside its lesson" "" "$others"
	[ -z "$others" ] || grep '"type":"finding"' report.jsonl
done < <(staged)
card=$("$TCPSTATE" report --lang en --format md close-wait | sed -n '/^\*\*Who was/,/^$/p')
[[ $card != *'failed with EMFILE'* ]] ||
	like "the page of close-wait says what was closed before the last client was taken" \
		'then closed .*C6.*, but took .*C9.* only after .* or more' "$card"
