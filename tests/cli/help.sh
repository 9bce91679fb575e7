#!/usr/bin/env bash
# --help, --usage, and what is said of a wrong command line: whole in either language, within 79
# columns.
# shellcheck disable=SC2016  # conditions are evaluated by holds()
set -u
. tests/lib.sh
widest() { LC_ALL=C.UTF-8 wc -L <"$1"; }
verbs=$("$TCPSTATE" --help | sed -n 's/^  tcpstate \([a-z][a-z]*\) .*/\1/p')
for verb in $verbs; do
	for language in en zh; do
		"$TCPSTATE" --lang "$language" "$verb" --help >"$TMP/$language" 2>"$TMP/err"
		holds "$verb --help in $language: status 0, nothing on stderr, within 79 columns" \
			'[ $? = 0 ] && [ ! -s "$TMP/err" ] && [ -s "$TMP/$language" ] && [ "$(widest "$TMP/$language")" -le 80 ]'
	done
	# the words of an option are its name, its argument and what stands in brackets; no sentence
	# is English
	is "$verb --help in Chinese has the same options" "$(grep -oE -- '^ +(-., )?--[a-z-]+' "$TMP/en")" "$(grep -oE -- '^ +(-., )?--[a-z-]+' "$TMP/zh")"
	is "$verb --help in Chinese has no English sentence" '' "$(grep -E '[a-z]{2,} (the|a|is|are|of|to|in|that|which) ' "$TMP/zh")"
	[ "$verb" = lab ] && continue
	"$TCPSTATE" "$verb" --usage >"$TMP/usage"
	holds "$verb --usage names every option, within 79 columns" \
		'[ "$(widest "$TMP/usage")" -le 80 ] && (for option in $(grep -oE -- "--[a-z-]+" <(grep -E "^ +(-., )?--" "$TMP/en" | cut -c -29) | sort -u); do grep -qF -- "[$option" "$TMP/usage" || exit 1; done)'
done

wrong() {       # COMMAND LINE, what is said of it; then in Chinese
	local said
	# shellcheck disable=SC2086  # words
	said=$("$TCPSTATE" $1 2>&1 </dev/null)
	is "tcpstate $1: exit status" 2 $?
	is "tcpstate $1: what is said" "tcpstate ${1%% *}: $2" "$(head -n 1 <<<"$said")"
	is "tcpstate $1: where to look" "Try \`tcpstate ${1%% *} --help' or \`tcpstate ${1%% *} --usage' for more information." "$(tail -n 1 <<<"$said")"
	# shellcheck disable=SC2086
	said=$("$TCPSTATE" --lang zh $1 2>&1 </dev/null)
	is "tcpstate $1 in Chinese" "tcpstate ${1%% *}: $3" "$(head -n 1 <<<"$said")"
}
wrong 'list --foo' "unrecognized option '--foo'" "没有选项 '--foo'"
wrong 'list -J' "invalid option -- 'J'" "无效的选项 -- 'J'"
wrong 'list -pJe' "invalid option -- 'J'" "无效的选项 -- 'J'"
wrong 'list -e tcp -J' "invalid option -- 'J'" "无效的选项 -- 'J'"
wrong 'list --json=3' "option '--json' doesn't allow an argument" "选项 '--json' 不接受参数"
wrong 'list --stat' "option '--state' requires an argument" "选项 '--state' 需要参数"
wrong 'list --s LISTEN' "option '--s' is ambiguous" "选项 '--s' 有歧义"
wrong 'report . -f' "option requires an argument -- 'f'" "选项需要参数 -- 'f'"
wrong 'report --format' "option '--format' requires an argument" "选项 '--format' 需要参数"
holds 'an abbreviated option is taken' '"$TCPSTATE" list --proc >/dev/null'
holds 'letters in one word, the last with its argument, are taken' '! "$TCPSTATE" report -tfjsonl "$TMP/none" 2>&1 | grep -q "option"'
holds 'what follows -- is no option' '! "$TCPSTATE" report -- --foo 2>&1 | grep -q "option"'
