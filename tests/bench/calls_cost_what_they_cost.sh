#!/usr/bin/env bash
# What --calls and --calls=sockets cost: microseconds of a connection, of open and close of a file,
# of a one-byte write, each beside the same recorded without.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cost() { "$TCPSTATE" record $1 -o "r$1$2" -- "$BUILD/tests/bench/call_cost" "$2" "$3" 2>err || cat err >&2; }
for what in 'connections 3000' 'files 20000' 'writes 20000'; do
	read -r kind count <<<"$what"
	plain=$(cost '' "$kind" "$count") calls=$(cost --calls "$kind" "$count") sockets=$(cost --calls=sockets "$kind" "$count")
	awk -v kind="$kind" -v plain="$plain" -v calls="$calls" -v sockets="$sockets" 'BEGIN {
		printf "ok - %s: %.1f us each; with --calls %.1f (x %.1f), with --calls=sockets %.1f (x %.1f)\n", kind, plain, calls, calls / plain, sockets, sockets / plain }'
done
