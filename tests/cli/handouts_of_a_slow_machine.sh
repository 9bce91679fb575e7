#!/usr/bin/env bash
# tools/handout.sh: a lab that says it was too slow to tell is run again and then left out, with what
# looks into its folder; a wrong output is wrong, unless the block is quick and the recording has
# SYNs that went out again.
# long
set -u
. tests/lib.sh
mkdir "$TMP/build"
cat >"$TMP/build/tcpstate" <<'END'
#!/bin/bash
# A stand-in: what $TMP/mode says.
read -r status out syns pause <"$TMP/mode"
case $1 in
lab) echo >>"$TMP/tries"; mkdir -p x-run; echo "$out" | tee x-run/said; exit "$status" ;;
report) echo '{"type":"manifest","diag_pause_ms":'"$pause"'}'
	echo '{"type":"finding","t":"1","reason":"syn_unanswered","weight":61,"count":1,"connections":1,"syns":'"$syns"'}' ;;
esac
END
chmod +x "$TMP/build/tcpstate"
printf '%s\n' '<!-- quick -->' '```console' '$ tcpstate lab x -o x-run' right '```' '' '```console' \
	'$ cat x-run/said' right '```' >"$TMP/quick.md"
grep -v quick "$TMP/quick.md" >"$TMP/plain.md"

# told HANDOUT STATUS OUTPUT SYNS [LOAD [PAUSE]]: the first words of the two results, and how often the lab ran
told() {
	echo "$2 $3 $4 ${6-50}" >"$TMP/mode"
	echo "${5-0.10} 0.10 0.10 1/100 100" >"$TMP/loadavg"
	: >"$TMP/tries"
	HANDOUT_LOADAVG=$TMP/loadavg tools/handout.sh "$TMP/build" "$TMP/$1.md" >"$TMP/log"
	sed -n 's/^\(ok\|not ok\|skip\) - .*/\1/p' "$TMP/log" | paste -sd ,
	wc -l <"$TMP/tries"
}
is "a lab that prints what is pasted" $'ok,ok\n1' "$(told quick 0 right 9)"
is "one that was too slow to tell is tried four times, then left out" $'skip,skip\n4' "$(told plain 3 other 1)"
is "so is a quick one whose SYNs went out again" $'skip,skip\n4' "$(told quick 0 other 2)"
is "with a SYN a client the output is wrong" $'not ok,not ok\n1' "$(told quick 0 other 1)"
is "it is in a block that is not quick, too" $'not ok,not ok\n1' "$(told plain 0 other 2)"
is "a lab that fails is no slow one" $'not ok,ok\n1' "$(told quick 1 right 2)"
is "what differs on a machine that is very busy is left out" $'skip,skip\n4' "$(told plain 0 other 1 999.00)"
is "what differs where the recorder was late is left out" $'skip,skip\n4' "$(told plain 0 other 1 0.10 150)"
is "but not what failed there" $'not ok,ok\n1' "$(told plain 1 right 1 0.10 150)"
is "but no lab that fails there" $'not ok,ok\n1' "$(told plain 1 right 1 999.00)"
