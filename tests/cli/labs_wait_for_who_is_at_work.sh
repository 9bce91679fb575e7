#!/usr/bin/env bash
# A lab waits 15 s for what a program is to say, and longer while that program is at work: with
# --calls a hundred thousand calls take it more. Here a second stands for the 15.
# shellcheck disable=SC2034,SC2154  # shared with common.sh
set -u
. tests/lib.sh
. labs/experiments/common.sh
patience_turns=6
# a program: says ready, and what it is to do
busy() { echo "ready "; while [ $SECONDS -lt "$1" ]; do :; done; echo finished; read -r; }
idle() { echo "ready "; sleep "$1"; echo finished; read -r; }
export -f busy idle
program() { patience=15; start "$1" bash -c "SECONDS=0; $2"; patience=1; }

program c1 'busy 3'
heard c1 '^finished'
is 'who is at work for 3 s is waited for' '0 finished' "$? $line"
holds 'beyond the first second' '[ "$turns" -gt 1 ]'
stop c1
program c2 'idle 4'
heard c2 '^finished'
is 'who does nothing is not' '1 1' "$? $turns"
stop c2
# What becomes of it: a failure, or the machine was too slow.
program c3 'busy 100'
patience_turns=2
output=$(trap - EXIT; (hear c3 '^finished') 2>&1)
is 'who is at work to the last: nobody can tell' '3 the machine was too slow to tell: in 2 s c3 has not said '"'^finished', and is at work still" "$? $output"
program c4 'idle 100'
output=$(trap - EXIT; (hear c4 '^finished') 2>&1)
status=$?
if [[ $output == *'too slow'*'was looked at'* ]]; then
	echo "skip - who does nothing has failed: a lab has no second here: $output"
else
	is 'who does nothing has failed' '1 ' "$status ${output##*has not said "'^finished'": }"
fi
