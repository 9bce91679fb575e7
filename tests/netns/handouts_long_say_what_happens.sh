#!/usr/bin/env bash
# The same for the handouts' commands that take minutes: real expiries.
# long
# timeout: 1500
set -u
export TMPDIR=$TMP
for file in docs/labs/*.md; do
	[[ $file != *.zh.md ]] && grep -q '^<!--.*\blong\b' "$file" || continue
	tools/handout.sh --long "$BUILD" "$file" || failed=1
done
[ -n "${failed-}" ] || echo "ok - the handouts' long commands"
