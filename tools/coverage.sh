#!/bin/sh
# What the tests have reached: coverage.sh BUILD, a build with --coverage that tests have run on. Lines and branches, by room.
set -u
build=$1
figure() {      # name, filter
	gcovr -r . --object-directory "$build" --exclude-throw-branches --gcov-ignore-errors=all --filter "$2" --print-summary \
		-o /dev/null "$build" 2>/dev/null | awk -v name="$1" '
		/^lines:/ { lines = $2 " " $3 " " $4 " " $5 " " $6 } /^branches:/ { branches = $2 " " $3 " " $4 " " $5 " " $6 }
		END { printf "%-10s lines %-34s branches %s\n", name, lines, branches }'
}
for room in util tcp packet sockdiag evidence report; do figure "$room" "src/$room/"; done
figure core 'src/(util|tcp|packet|sockdiag|evidence|report)/'
for room in prose source sink; do figure "$room" "src/$room/"; done
figure src 'src/'
