#!/bin/sh
# What the tests have reached: coverage.sh BUILD, a build with --coverage that tests have run on.
# Lines and branches, by room. Fails where less is reached than the bars below say.
set -u
build=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
gcovr -r . --object-directory "$build" --exclude-throw-branches --filter src/ --json -o "$work/all.json" "$build" || exit 1
status=0
figure() {      # name, filter, and the bars: percent of lines, of branches
	gcovr -r . -a "$work/all.json" --filter "$2" --print-summary -o "$work/unused" |
		awk -v name="$1" -v of_lines="${3-0}" -v of_branches="${4-0}" '
		function check(what, figure, bar) {
			if (figure != "" && figure + 0 >= bar)
				return
			print "coverage: " name ": fewer than " bar " % of the " what
			bad = 1
		}
		/^lines:/ { sub(/^lines: /, ""); lines = $0 }
		/^branches:/ { sub(/^branches: /, ""); branches = $0 }
		END {
			printf "%-10s lines %-30s branches %s\n", name, lines, branches
			check("lines", lines, of_lines)
			check("branches", branches, of_branches)
			exit bad
		}' || status=1
}
for room in util tcp packet sockdiag evidence report; do figure "$room" "src/$room/"; done
figure core 'src/(util|tcp|packet|sockdiag|evidence|report)/' 95 90
for room in prose source sink; do figure "$room" "src/$room/"; done
figure src 'src/' 88 75
exit $status
