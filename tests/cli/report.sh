#!/usr/bin/env bash
# What report writes and where: a file is replaced as a whole or not at all, JSON lines come in time
# order, inputs may be several.
# also: root
# shellcheck disable=SC2016  # conditions are evaluated by is()
set -u
. tests/lib.sh
captures=$PWD/tests/golden/captures recording=$PWD/tests/golden/recordings/full-queue
cd "$TMP" || exit 1
for name in handshake-and-close final-ack-ignored many-connections; do
	"$BUILD/tests/golden/mkpcap" "$captures/$name.txt" "$name.pcap" || exit 1
done
report() { "$TCPSTATE" report "$@"; }
types() { sed 's/^{"type":"\([a-z]*\)".*/\1/' "$1"; }
times() { sed -n '/"type":"manifest"/!s/^{"type":"[a-z]*",\("run":"[^"]*",\)*"t":"\([0-9.]*\)".*/\2/p' "$1"; }

report handshake-and-close.pcap >shown
echo old >out.txt
report -o out.txt handshake-and-close.pcap >printed
holds 'the file holds what standard output would' 'cmp -s shown out.txt && [ ! -s printed ]'

echo old >out.txt
report -o out.txt no-such.pcap 2>err
holds 'a failed report leaves the old file and nothing else' '[ "$(cat out.txt)" = old ] && [ "$(echo out.txt*)" = out.txt ]'

(
	ulimit -f 1
	report -o out.txt --format jsonl many-connections.pcap 2>err
	echo $? >status
)
holds 'no room for the report: the old file stays, the error names it, exit status 1' \
	'[ "$(cat out.txt status)" = "$(printf "old\n1")" ] && [ "$(echo out.txt*)" = out.txt ] && grep -q "out.txt: File too large" err'

mkfifo pipe
report -o pipe handshake-and-close.pcap &
cat pipe >from-pipe
wait $!
holds 'a pipe is written to, not replaced' '[ -p pipe ] && cmp -s shown from-pipe'

report - <handshake-and-close.pcap | grep -v "^Recording" >from-stdin
grep -v "^Recording" shown >from-file
holds 'a capture may come by standard input' 'cmp -s from-stdin from-file'

for input in "$recording" "final-ack-ignored.pcap handshake-and-close.pcap"; do
	# shellcheck disable=SC2086  # two inputs
	report --format jsonl $input >lines
	times lines >t
	holds "JSON lines of $(basename "$input") are in time order, manifests first" \
		'[ $(wc -l <t) -gt 10 ] && sort -c t && [ "$(types lines | uniq | grep -n manifest)" = 1:manifest ]'
done
holds 'with several inputs each line names its run' '! grep -qv "\"run\":\"[a-z-]*\.pcap\"" lines && [ $(grep -c "\"type\":\"manifest\"" lines) = 2 ]'

report --format jsonl final-ack-ignored.pcap handshake-and-close.pcap >both
report --format jsonl final-ack-ignored.pcap >one
report --format jsonl handshake-and-close.pcap >other
holds 'several inputs lose and add nothing' '[ $(wc -l <both) = $(cat one other | wc -l) ]'

report --summary many-connections.pcap >summary
holds '--summary shows counts and findings, no timelines' 'grep -q "^Summary" summary && grep -q "^Findings" summary && ! grep -q "^Connection" summary'
report many-connections.pcap >few
report --all many-connections.pcap >all
holds '--all shows every connection' '[ $(grep -c "^Connection" all) = 20 ] && [ $(grep -c "^Connection" few) = 3 ]'
holds 'no line is wider than 100 columns' '[ "$(wc -L <all)" -le 100 ] && [ "$(wc -L <few)" -le 100 ]'
holds 'nothing is coloured that is no terminal' '! grep -q "$(printf "\033")" all'

editcap -s 26 handshake-and-close.pcap short.pcap || exit 1
report short.pcap >shown
holds 'packets cut short before their TCP flags are told' \
	'grep -q "note  *$(tshark -r short.pcap -Y tcp 2>/dev/null | wc -l) packets are cut short" shown && grep -q "transitions *0:" shown'

mkdir odd
cp "$recording"/* odd || exit 1
printf 'no json\n{"type":"mark"}\n{"type":"mark","t":"1795393734.100000000","text":"a \\"quoted\\" mark"}\n' >>odd/facts.jsonl
report --format jsonl odd >lines
holds 'lines of facts.jsonl that make no sense are skipped and told' 'grep -q "facts.jsonl: 2 lines were not understood" lines && grep -q "a ..quoted.. mark" lines'

"$TCPSTATE" report --fail-on close_wait_held,syn_unanswered "$recording" >shown 2>err; status=$?
"$TCPSTATE" report "$recording" >whole
holds '--fail-on: exit status 1 at a finding that was made, which is named; the report is whole' \
	'[ "$status" = 1 ] && [ "$(cat err)" = "tcpstate report: --fail-on: syn_unanswered" ] && cmp -s shown whole'
"$TCPSTATE" report --fail-on close_wait_held -o out.txt "$recording" 2>err; status=$?
holds 'and 0 when it was not' '[ "$status" = 0 ] && [ ! -s err ] && cmp -s out.txt whole'
"$TCPSTATE" report --fail-on any -o out.txt handshake-and-close.pcap 2>err; status=$?
holds 'any finds nothing where nothing is to be found' '[ "$status" = 0 ] && [ ! -s err ]'
"$TCPSTATE" report --fail-on any --compare "$recording" odd >shown 2>err; status=$?
holds 'of compared recordings a finding is named once' '[ "$status" = 1 ] && [ -s shown ] && [ -s err ] && [ -z "$(sort err | uniq -d)" ]'
for word in close_wait:'did you mean close_wait_held, close_wait_unaccepted?' syn_unanswerd:'did you mean syn_unanswered?' nonsense:'those of docs/findings.md'; do
	"$TCPSTATE" report --fail-on "${word%%:*}" "$recording" >shown 2>err; status=$?
	holds "--fail-on ${word%%:*} is refused with: ${word#*:}" '[ "$status" = 2 ] && [ ! -s shown ] && grep -qF -- "${word#*:}" err'
done
for flows in abc -5 0 1x 99999999; do
	TCPSTATE_FLOWS=$flows "$TCPSTATE" report "$recording" >shown 2>err; status=$?
	holds "TCPSTATE_FLOWS=$flows is refused, with what it may be" '[ "$status" = 1 ] && [ ! -s shown ] && grep -q "^tcpstate report: TCPSTATE_FLOWS=$flows: not a number from 1 to" err'
done
