#!/usr/bin/env bash
# README.md works as it stands: its session, in a terminal, and the experiments it names.
# timeout: 480
set -u
. tests/lib.sh
export TMPDIR=$TMP
tools/handout.sh "$BUILD" README.md

mapfile -t commands < <(sed -nE 's/^    (tcpstate lab [^#]*[^# ]) *(#.*)?$/\1/p' README.md)
cd "$TMP" || exit 1
PATH=$BUILD:$PATH
for command in "${commands[@]}"; do
	if timeout 120 bash -c "$command" >said 2>&1; then good "$command"; else
		bad "$command: exit status $?"
		tail -n 20 said
	fi
done
is 'it names experiments' 2 "${#commands[@]}"
