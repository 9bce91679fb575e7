#!/usr/bin/env bash
# --open: the page of a recording is given to xdg-open when it is written, outside the sealed
# namespace, where the browser is, and by whoever called sudo; where nothing can open it, a line says
# so and no harm is done.
# also: user
# shellcheck disable=SC2016  # conditions are evaluated by holds()
set -u
. tests/lib.sh
needs_sealing
mkdir "$TMP/bin" "$TMP/none" "$TMP/here" && chmod 777 "$TMP/here" && chmod 755 "$TMP" || exit 1
cat >"$TMP/bin/xdg-open" <<END
#!/bin/sh
{ id -u; echo "\$HOME"; readlink /proc/self/ns/user /proc/self/ns/net | xargs; echo "\$@"; head -c 15 "\$1"; echo; } >"$TMP/here/told"
END
chmod 755 "$TMP/bin/xdg-open"

outside=$(readlink /proc/self/ns/user /proc/self/ns/net | xargs)
PATH=$TMP/bin:$PATH "$TCPSTATE" record -o "$TMP/here/own" --open -- true 2>"$TMP/err"
is 'a recording whose page is opened ends well' 0 $?
is 'xdg-open has the whole page, outside, as the user who recorded' \
	"$(printf '%s\n' "$(id -u)" "$HOME" "$outside" "$TMP/here/own/report.html" '<!doctype html>')" \
	"$(cat "$TMP/here/told" || cat "$TMP/err")"

if [ "$(id -u)" = 0 ]; then
	rm "$TMP/here/told"
	nobody=$(getent passwd 65534 | cut -d: -f6)
	PATH=$TMP/bin:$PATH SUDO_UID=65534 SUDO_GID=65534 \
		"$TCPSTATE" record -o "$TMP/here/sudo" --open -- true 2>"$TMP/err"
	is 'under sudo it is the invoker who opens it, with the home of its own' \
		"65534 $nobody $outside" "$(head -3 "$TMP/here/told" | xargs)"
fi

for program in /usr/bin/true /bin/true; do ln -sf "$program" "$TMP/none/true"; done
PATH=$TMP/none "$TCPSTATE" record -o "$TMP/here/none" --open -- true 2>"$TMP/err"
is 'without xdg-open the recording ends well' 0 $?
holds 'and a line names the page to open' \
	'grep -q "xdg-open could not open $TMP/here/none/report.html; open it in a browser" "$TMP/err"'
holds 'which is there' '[ -s "$TMP/here/none/report.html" ]'

PATH=$TMP/bin:$PATH "$TCPSTATE" record -o "$TMP/here/named" -- true 2>"$TMP/err"
holds 'without --open it is written and named, wherever standard error leads' \
	'grep -qx "tcpstate: the page is $TMP/here/named/report.html" "$TMP/err" && [ -s "$TMP/here/named/report.html" ]'
PATH=$TMP/bin:$PATH "$TCPSTATE" record -o "$TMP/here/no-page" --no-page -- true 2>"$TMP/err"
holds 'with --no-page there is none' '! grep -q "the page is" "$TMP/err" && [ ! -e "$TMP/here/no-page/report.html" ]'
