#!/usr/bin/env bash
# A SYN without an answer is a finding, but not where the recorder lost packets at that time: then it
# may have lost the answer. A loss that was over before is no obstacle.
set -u
. tests/lib.sh
recording=tests/golden/recordings/full-queue

lost() {        # FROM TO: the recording with a hole between these times; the findings of its report
	rm -rf "$TMP/lost"
	cp -r $recording "$TMP/lost"
	awk -v from="$1" -v to="$2" '{ print } NR == 1 && from != "" {
		printf "{\"type\":\"gap\",\"t\":\"%s\",\"of\":\"packets\",\"count\":3}\n", from
		printf "{\"type\":\"gap\",\"t\":\"%s\",\"of\":\"packets\",\"count\":0}\n", to }' \
		$recording/facts.jsonl >"$TMP/lost/facts.jsonl"
	"$TCPSTATE" report --format jsonl "$TMP/lost" >"$TMP/report"
	sed -n 's/^{"type":"finding".*"reason":"\(syn_unanswered\|capture_lost\)".*/\1/p' "$TMP/report" | sort | tr '\n' ' '
}

is "nothing lost: a SYN without an answer is a finding" "syn_unanswered " "$(lost '' '')"
is "a hole that was over before: it is" "capture_lost syn_unanswered " \
	"$(lost 1795393734.040000000 1795393734.043000000)"
is "a hole around it: it is none, and the loss is told" "capture_lost " \
	"$(lost 1795393734.060000000 1795393734.080000000)"
