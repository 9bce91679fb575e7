#!/usr/bin/env bash
# record --for and --until end the recording, and COMMAND with it, with status 0; enter without a
# name lists what is running.
# also: root
set -u
cd "$TMP" || exit 1
check() { if eval "$2"; then echo "ok - $1"; else echo "not ok - $1"; cat err; fi; }
record() { timeout 60 "$TCPSTATE" record "$@" 2>err; }
ended() { tail -n 1 "$1/facts.jsonl" | grep -q '"how":"orderly"'; }

record -o for --for 0.3 -- sleep 1000; status=$?
check "--for ends COMMAND and the recording, which was asked for" '[ $status = 0 ] && ended for'
record -o short --for 1000 -- sh -c 'exit 3'; status=$?
check "a COMMAND that ends earlier passes its status on" '[ $status = 3 ]'
record -o stubborn --for 0.3 -- bash -c 'trap "" TERM HUP; while :; do sleep 0.1; done'; status=$?
check "one that ignores TERM and HUP is ended all the same" '[ $status = 0 ] && ended stubborn'
record -o state --until TIME_WAIT -- bash -c 'echo_server --port 12345 >ready & tcpstate wait LISTEN && echo_client --port 12345 --send hello; sleep 1000'; status=$?
check "--until STATE ends it when a socket enters that state" '[ $status = 0 ] && ended state && "$TCPSTATE" report --format jsonl state | grep "\"type\":\"transition\"" | grep -q "\"to\":\"TIME_WAIT\""'
record -o finding --until connection_refused_seen -- bash -c 'tcpstate mark before; exec 3<>/dev/tcp/127.0.0.1/9; sleep 1000'; status=$?
check "--until FINDING ends it when a report would make that finding" '[ $status = 0 ] && ended finding && "$TCPSTATE" report --summary finding | grep -q refused'
record -o either --until CLOSE_WAIT,connection_refused_seen -- bash -c 'tcpstate mark before; exec 3<>/dev/tcp/127.0.0.1/9; sleep 1000'; status=$?
check "of several, states and findings, the first that comes ends it" '[ $status = 0 ] && ended either'

# shellcheck disable=SC2016      # expanded by the inner shell
"$TCPSTATE" record -o running -- sh -c 'echo here >up; while [ ! -e stop ]; do sleep 0.05; done' 2>/dev/null &
until [ -s up ]; do sleep 0.05; done
"$TCPSTATE" enter >list 2>err; status=$?
check "enter without a name lists the recordings that are running" '[ $status = 0 ] && grep -q "^  $PWD/running  *0 connections" list'
: >stop; wait
check "and none that has ended" '! "$TCPSTATE" enter 2>err | grep -q "$PWD/running "'
