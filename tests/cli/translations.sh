#!/usr/bin/env bash
# The catalogue says in Chinese all that the sources say, and --lang finds it: without a Chinese
# locale, in the build folder and installed.
set -u
. tests/lib.sh
say() { output=$("$@" 2>&1); }
explain="$TCPSTATE explain CLOSE_WAIT"
# shellcheck disable=SC2016  # conditions are evaluated by is()
chinese='LC_ALL=C.UTF-8 grep -qP "\p{Han}" <<<"$output"'

if output=$(tools/translations.sh 2>&1); then good "every text is translated, and no translation is stale"; else bad "every text is translated, and no translation is stale"; echo "$output"; fi

# What a missing, a fuzzy and a stale entry look like, so that the check above can fail.
cp po/zh.po "$TMP/zh.po"
text=$(sed -n 's/^msgid "\([A-Z][A-Za-z ]*\)"$/\1/p' po/zh.po | head -n 1)
msgattrib --no-wrap --clear-fuzzy po/zh.po | awk -v id="msgid \"$text\"" '$0 == id { print; getline; print "msgstr \"\""; next } { print }' >"$TMP/zh.po"
say tools/translations.sh "$TMP/zh.po"; holds "a text that is not translated is told" '[[ $output == *untranslated*"$text"* ]]'
awk -v id="msgid \"$text\"" '$0 == id { print "#, fuzzy" } { print }' po/zh.po >"$TMP/zh.po"
say tools/translations.sh "$TMP/zh.po"; holds "a fuzzy one is told" '[[ $output == *fuzzy*"$text"* ]]'
printf '\nmsgid "nobody says this"\nmsgstr "没人这么说"\n' | cat po/zh.po - >"$TMP/zh.po"
say tools/translations.sh "$TMP/zh.po"; holds "one that nobody says any longer is told" '[[ $output == *"no longer"*"nobody says this"* ]]'

say env -u LANG -u LC_ALL $explain --lang zh; holds "--lang zh speaks Chinese without a Chinese locale" "$chinese"
say env LC_ALL=C $explain --lang zh; holds "even in the C locale" "$chinese"
say env -u LC_ALL LANG=zh_CN.UTF-8 $explain; holds "the locale decides" "$chinese"
say env -u LC_ALL LANG=en_US.UTF-8 LANGUAGE=de:zh $explain; holds "LANGUAGE decides before the locale" "$chinese"
say env LC_ALL=C.UTF-8 LANGUAGE=zh $explain; holds "but not in the C locale" "! $chinese"
say env -u LC_ALL LANG=zh_CN.UTF-8 $explain --lang en; holds "--lang en speaks English in a Chinese locale" "! $chinese"
say env TCPSTATE_LANG=zh $explain; holds "TCPSTATE_LANG is an option for every command" "$chinese"
say $explain --lang tlh; holds "a language that we do not have is refused" '[[ $output == *"--lang tlh: not a language"*"en and zh"* ]]'
say env TCPSTATE_LOCALEDIR="$TMP/nowhere" $explain --lang zh; holds "a catalogue that is not there is named" '[[ $output == *"$TMP/nowhere/zh/LC_MESSAGES/tcpstate.mo: No such file"* ]]'
echo damaged >"$TMP/damaged"; mkdir -p "$TMP/locale/zh/LC_MESSAGES"; cp "$TMP/damaged" "$TMP/locale/zh/LC_MESSAGES/tcpstate.mo"
say env TCPSTATE_LOCALEDIR="$TMP/locale" $explain --lang zh; holds "so is one that is damaged" '[[ $output == *"not a catalogue"* ]]'
say env -u LC_ALL LANG=zh_CN.UTF-8 TCPSTATE_LOCALEDIR="$TMP/locale" $explain; holds "which the locale alone does not make an error" '[[ $output == CLOSE_WAIT* ]]'

env -u MAKEFLAGS make -s B="$BUILD" DESTDIR="$TMP/dest" PREFIX=/opt/bench install-built || bad "make install-built"
say env LC_ALL=C "$TMP/dest/opt/bench/bin/tcpstate" explain CLOSE_WAIT --lang zh; holds "installed and moved, it finds its catalogue" "$chinese"

golden=tests/golden/recordings/full-queue
say "$TCPSTATE" report --lang zh --format jsonl "$golden"; holds "JSON stays English" "! $chinese"
say "$TCPSTATE" report --lang zh "$golden"; holds "state names stay English" '[[ $output == *ESTABLISHED* && $output == *TIME_WAIT* ]]'
say env LC_ALL=C "$TCPSTATE" lab --lang zh; holds "the experiments' summaries are translated, and --lang may come first" "$chinese"
