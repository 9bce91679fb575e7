#!/usr/bin/env bash
# The catalogue says in Chinese all that the sources say, and --lang finds it: without a Chinese locale, in the build folder and installed.
set -u
good() { echo "ok - $1"; }
bad() { echo "not ok - $1"; }
is() { if eval "$2"; then good "$1"; else bad "$1: $2"; echo "$output"; fi; }
say() { output=$("$@" 2>&1); }
explain="$TCPSTATE explain CLOSE_WAIT"
# shellcheck disable=SC2016  # conditions are evaluated by is()
chinese='LC_ALL=C.UTF-8 grep -qP "\p{Han}" <<<"$output"'

if output=$(tools/translations.sh 2>&1); then good "every text is translated, and no translation is stale"; else bad "every text is translated, and no translation is stale"; echo "$output"; fi

# What a missing, a fuzzy and a stale entry look like, so that the check above can fail.
cp po/zh.po "$TMP/zh.po"
text=$(sed -n 's/^msgid "\([A-Z][A-Za-z ]*\)"$/\1/p' po/zh.po | head -n 1)
msgattrib --no-wrap --clear-fuzzy po/zh.po | awk -v id="msgid \"$text\"" '$0 == id { print; getline; print "msgstr \"\""; next } { print }' >"$TMP/zh.po"
say tools/translations.sh "$TMP/zh.po"; is "a text that is not translated is told" '[[ $output == *untranslated*"$text"* ]]'
awk -v id="msgid \"$text\"" '$0 == id { print "#, fuzzy" } { print }' po/zh.po >"$TMP/zh.po"
say tools/translations.sh "$TMP/zh.po"; is "a fuzzy one is told" '[[ $output == *fuzzy*"$text"* ]]'
printf '\nmsgid "nobody says this"\nmsgstr "没人这么说"\n' | cat po/zh.po - >"$TMP/zh.po"
say tools/translations.sh "$TMP/zh.po"; is "one that nobody says any longer is told" '[[ $output == *"no longer"*"nobody says this"* ]]'

say env -u LANG -u LC_ALL $explain --lang zh; is "--lang zh speaks Chinese without a Chinese locale" "$chinese"
say env LC_ALL=C $explain --lang zh; is "even in the C locale" "$chinese"
say env -u LC_ALL LANG=zh_CN.UTF-8 $explain; is "the locale decides" "$chinese"
say env -u LC_ALL LANG=en_US.UTF-8 LANGUAGE=de:zh $explain; is "LANGUAGE decides before the locale" "$chinese"
say env LC_ALL=C.UTF-8 LANGUAGE=zh $explain; is "but not in the C locale" "! $chinese"
say env -u LC_ALL LANG=zh_CN.UTF-8 $explain --lang en; is "--lang en speaks English in a Chinese locale" "! $chinese"
say env TCPSTATE_LANG=zh $explain; is "TCPSTATE_LANG is an option for every command" "$chinese"
say $explain --lang tlh; is "a language that we do not have is refused" '[[ $output == *"--lang tlh: not a language"*"en and zh"* ]]'
say env TCPSTATE_LOCALEDIR="$TMP/nowhere" $explain --lang zh; is "a catalogue that is not there is named" '[[ $output == *"$TMP/nowhere/zh/LC_MESSAGES/tcpstate.mo: No such file"* ]]'
echo damaged >"$TMP/damaged"; mkdir -p "$TMP/locale/zh/LC_MESSAGES"; cp "$TMP/damaged" "$TMP/locale/zh/LC_MESSAGES/tcpstate.mo"
say env TCPSTATE_LOCALEDIR="$TMP/locale" $explain --lang zh; is "so is one that is damaged" '[[ $output == *"not a catalogue"* ]]'
say env -u LC_ALL LANG=zh_CN.UTF-8 TCPSTATE_LOCALEDIR="$TMP/locale" $explain; is "which the locale alone does not make an error" '[[ $output == CLOSE_WAIT* ]]'

env -u MAKEFLAGS make -s B="$BUILD" DESTDIR="$TMP/dest" PREFIX=/opt/bench install-built || bad "make install-built"
say env LC_ALL=C "$TMP/dest/opt/bench/bin/tcpstate" explain CLOSE_WAIT --lang zh; is "installed and moved, it finds its catalogue" "$chinese"

golden=tests/golden/recordings/full-queue
say "$TCPSTATE" report --lang zh --format jsonl "$golden"; is "JSON stays English" "! $chinese"
say "$TCPSTATE" report --lang zh "$golden"; is "state names stay English" '[[ $output == *ESTABLISHED* && $output == *TIME_WAIT* ]]'
say env LC_ALL=C "$TCPSTATE" lab --lang zh; is "the experiments' summaries are translated, and --lang may come first" "$chinese"
