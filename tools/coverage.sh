#!/bin/sh
# What the tests have reached: coverage.sh BUILD, a build with --coverage that tests have run on.
# Lines and branches, by room.
set -u
build=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
gcovr -r . --object-directory "$build" --exclude-throw-branches --filter src/ --json -o "$work/all.json" "$build" || exit 1
figure() {      # name, filter
	gcovr -r . -a "$work/all.json" --filter "$2" --print-summary -o "$work/unused" | awk -v name="$1" '
		/^lines:/ { sub(/^lines: /, ""); lines = $0 } /^branches:/ { sub(/^branches: /, ""); branches = $0 }
		END { printf "%-10s lines %-30s branches %s\n", name, lines, branches }'
}
for room in util tcp packet sockdiag evidence report; do figure "$room" "src/$room/"; done
figure core 'src/(util|tcp|packet|sockdiag|evidence|report)/'
for room in prose source sink; do figure "$room" "src/$room/"; done
figure src 'src/'
