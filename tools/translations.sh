#!/usr/bin/env bash
# The catalogues of po/ against what the sources say.
#   translations.sh [--update] [PO...]    --update: merge new and changed texts into them, to be translated
# Without it: fails on a text that is not translated, fuzzy, or no longer said. What is said: the
# arguments of _(), N_(), C_(), ngettext(), of error_set(), error_context() and usage_error() (which
# look them up themselves), the words of page_words*.h, and the experiments' summaries and options.
set -u
update=''
if [ "${1-}" = --update ]; then update=yes; shift; fi
here=$PWD
cd "$(dirname "$0")/.." || exit 1
for program in xgettext msgmerge msgattrib; do
	command -v "$program" >/dev/null || { echo "translations: no $program here: apt-get install gettext" >&2; exit 1; }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fail() { echo "translations: $*" >&2; exit 1; }

# The summaries stand in comments of shell scripts, what is said of options behind `options`: put
# into calls that xgettext reads, under the scripts' own names.
for script in labs/experiments/*.sh; do
	mkdir -p "$work/labs/experiments"
	sed -n '2,3s/^# summary: *\(.*\)/gettext "\1"/p' "$script" >"$work/$script"
	awk '/^options "\$@" <<.?END/ { on = 1; next } /^END$/ { on = 0 }
		on { sub(/^[^ ]+ +[^ ]+ +/, ""); gsub(/"/, "\\\""); printf "gettext \"%s\"\n", $0 }' \
		"$script" >>"$work/$script"
done
(
	keywords=(-k_ -kN_ '-kC_:1c,2' '-kngettext:1,2' -kerror_set:2 -kerror_context:2 -kusage_error:2)
	flags=(--flag=_:1:pass-c-format --flag=error_set:2:c-format --flag=error_context:2:c-format --flag=usage_error:2:c-format)
	xgettext -L C --from-code=UTF-8 -k "${keywords[@]}" "${flags[@]}" -cTRANSLATORS: --add-location=file --no-wrap --package-name=tcpstate \
		-o "$work/c.pot" src/*/*.c tools/tcpstate/*.c &&
		xgettext -L C --from-code=UTF-8 -k -kX:2,2t -kX:2,3,3t --add-location=file --no-wrap --package-name=tcpstate \
			-o "$work/w.pot" include/tcpstate/page_words*.h &&
		cd "$work" && xgettext -L Shell --from-code=UTF-8 --add-location=file --no-wrap --package-name=tcpstate -o s.pot labs/experiments/*.sh
) || fail "xgettext failed"
msgcat --no-wrap --use-first "$work/c.pot" "$work/w.pot" "$work/s.pot" -o "$work/all.pot" || fail "msgcat failed"
sed -i 's/charset=CHARSET/charset=UTF-8/; /^"POT-Creation-Date/d' "$work/all.pot"

status=0
files=()
for po in "$@"; do [[ $po == /* ]] && files+=("$po") || files+=("$here/$po"); done
[ $# -gt 0 ] || files=(po/*.po)
for po in "${files[@]}"; do
	msgmerge -q --no-wrap --add-location=file --previous --sort-by-file -o "$work/new.po" "$po" "$work/all.pot" || fail "$po: msgmerge failed"
	if [ "$update" ]; then
		msgattrib --no-obsolete --no-wrap "$work/new.po" -o "$po" || fail "$po: msgattrib failed"
	fi
	for kind in untranslated only-fuzzy only-obsolete; do
		msgattrib --force-po --no-wrap "--$kind" "$work/new.po" -o "$work/left.po" || fail "$po: msgattrib failed"
		left=$(sed -n 's/^\(#~ \)*msgid "\(..*\)"$/\2/p' "$work/left.po")
		[ "$left" ] || continue
		[ "$update" ] && [ "$kind" = only-obsolete ] && continue
		status=1
		printf '%s: %d texts are %s:\n' "${po#"$PWD"/}" "$(wc -l <<<"$left")" "${kind#only-}" | sed 's/obsolete/said no longer/'
		printf '%s\n' "$left" | sed 's/^/  /'
	done
done
[ "$update" ] && exit 0
exit $status
