#!/usr/bin/env bash
# The verdict of `tcpstate lab`: checks that match and are all there, and a script that ends well;
# anything else is exit status 1.
# also: user
set -u
cd "$TMP" || exit 1
mkdir -p shelf/experiments
export TCPSTATE_LIBEXEC=$TMP/shelf
experiment() { printf '#!/bin/sh\n# summary: %s\n%s\n' "$1" "$2" >"shelf/experiments/$1.sh"; chmod +x "shelf/experiments/$1.sh"; }
verdict() {     # sentence, name, exit status, words
	rm -rf "$2"
	output=$("$TCPSTATE" lab "$2" -o "$2" 2>&1)
	status=$?
	if [ "$status" = "$3" ] && [[ $output == *"$4"* ]]; then echo "ok - $1"; else printf 'not ok - %s: exit %s:\n%s\n' "$1" "$status" "$output"; fi
}
experiment good 'tcpstate expect --plan 2-1; tcpstate expect a 0 "count LISTEN"'
experiment wrong 'tcpstate expect a 1 "count LISTEN"; exit 0'
experiment unmeasured 'tcpstate expect a 1 "recv_q LISTEN"; exit 0'
experiment few 'tcpstate expect --plan "2 * 3"; tcpstate expect a 0 "count LISTEN"'
experiment none 'true'
experiment broken 'tcpstate expect a 0 "count LISTEN"; exit 4'
experiment slow 'tcpstate expect a 1 "count LISTEN"; tcpstate mark --failed "it was gone"; exit 3'
experiment misused 'echo "misused: unknown option" >&2; exit 2'
verdict "checks that match are a success, and the report is printed" good 0 "Recording good"
verdict "a mismatch fails" wrong 1 "1 of 1 checks do not match"
verdict "a check that cannot be measured fails" unmeasured 1 "1 of 1 checks do not match"
verdict "a check that was announced and is missing fails" few 1 "6 checks were announced, 1 made"
verdict "no check at all fails" none 1 "it made no check"
verdict "a script that fails fails, however good its checks" broken 1 "its script ended with status 4"
verdict "a script that came too late is neither right nor wrong" slow 3 "slow: the machine was too slow to tell"
verdict "options the script does not know are a usage error" misused 2 "unknown option"
if [ -e misused ]; then echo "not ok - a mistyped lab leaves a recording behind"; else echo "ok - a mistyped lab leaves no recording behind"; fi
verdict "an unknown experiment is named" nothing 2 'no experiment "nothing"'
listed=$("$TCPSTATE" lab | cut -d' ' -f1 | tr '\n' ' ')
if [ "$listed" = "broken few good misused none slow unmeasured wrong " ]; then echo "ok - without a name, all are listed"; else echo "not ok - listed: $listed"; fi
