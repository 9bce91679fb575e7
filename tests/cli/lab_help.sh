#!/usr/bin/env bash
# `tcpstate lab NAME --help`: every option of the experiment, what may be given and what is taken
# without it, in either language, within 79 columns; and completion offers the same options.
# shellcheck disable=SC2016  # conditions are evaluated by holds()
set -u
. tests/lib.sh

widest() { LC_ALL=C.UTF-8 wc -L <"$1"; }
# options_of FILE: those of a help text
options_of() { grep -oE '^  --[a-z-]+' "$1"; }
names=$("$TCPSTATE" lab | awk '/^[a-z]/ { print $1 }')
holds "there are experiments" '[ "$names" ]'
for name in $names; do
	for language in en zh; do
		"$TCPSTATE" lab "$name" --help --lang $language >"$TMP/$language" 2>"$TMP/err"
		is "$name --help in $language: exit status, and nothing on stderr" 0 \
			"$?$(cat "$TMP/err")"
		holds "$name --help in $language: within 79 columns" \
			'[ -s "$TMP/$language" ] && [ "$(widest "$TMP/$language")" -le 79 ]'
	done
	is "$name --help has every option that its script reads" \
		"$(sed -n "/^options \"/,/^END/s/^\([a-z_]*\) .*/  --\1/p" "labs/experiments/$name.sh" |
			grep -v -- '--options$' | tr _ -)" "$(options_of "$TMP/en")"
	is "$name --help in Chinese has the same options" "$(options_of "$TMP/en")" \
		"$(options_of "$TMP/zh")"
	# but for the title of a table, in quotation marks
	is "$name --help in Chinese has no English sentence" '' \
		"$(sed 's/“[^”]*”//' "$TMP/zh" |
			grep -E '[a-z]{2,} (the|a|is|are|of|to|in|that|which) ')"
done

"$TCPSTATE" lab time-wait --help --lang en | tr -s ' \n' ' ' >"$TMP/time-wait"
like "the parts of an experiment are named" \
	'--part=WORD [^(]*\(all, first, matrix, restart, avoided; default all\)' \
	"$(cat "$TMP/time-wait")"
like "an option without a value is shown without one" '--slow wait until [^(]*seconds --' \
	"$(cat "$TMP/time-wait")"
like "an option without a default shows none" "--client=TEXT with --server: [^(]*\{port\}' --out" \
	"$(cat "$TMP/time-wait")"

# What completion offers behind `tcpstate lab half-open --`: its own options, and those of all.
offered=$(PATH=$(dirname "$TCPSTATE"):$PATH bash -c '. tools/packaging/tcpstate.bash
	COMP_WORDS=(tcpstate lab half-open --) COMP_CWORD=3
	_tcpstate
	printf "%s\n" "${COMPREPLY[@]}"')
for option in --syncookies --retries --part --family --output --sysctl; do
	holds "completion behind lab half-open offers $option" 'grep -qx -- "$option" <<<"$offered"'
done

# An experiment of one's own is asked in the same way; one that has no options says what it likes.
cat >"$TMP/mine.sh" <<'END2'
#!/usr/bin/env bash
# summary: mine
. "$TCPSTATE_EXPERIMENTS/common.sh"
depth=7
options "$@" <<'OPTIONS'
depth 1-9 how deep
OPTIONS
END2
is "an experiment of one's own" "  --depth=N           how deep (1 to 9; default 7)" \
	"$("$TCPSTATE" lab "$TMP/mine.sh" --help --lang en | grep -- --depth)"
printf '#!/bin/sh\necho "no options: $*"\n' >"$TMP/other.sh"
is "one that does not have common.sh read its options" 'no options: --help' \
	"$("$TCPSTATE" lab "$TMP/other.sh" --help)"
# --calls takes one word: another is no option of the experiment's, and starts nothing.
"$TCPSTATE" lab close-wait --calls=foo --lang en -o "$TMP/not" >"$TMP/out" 2>&1
is "--calls=foo" "2 tcpstate lab: --calls=foo: the only word it takes is \"sockets\"" "$? $(head -n 1 "$TMP/out")"
holds "nothing was recorded" '[ ! -e "$TMP/not" ]'
