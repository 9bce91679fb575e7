#!/usr/bin/env bash
# make install puts everything where it is looked for, and uninstall takes all of it away.
set -u
good() { echo "ok - $1"; }
bad() { echo "not ok - $1"; }
dest=$TMP/dest
# -o: this build's flags are taken as they are, whatever compiled it.
run_make() { env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES make -s -o "$BUILD/flags" B="$BUILD" DESTDIR="$dest" PREFIX=/opt/bench "$@" || bad "make $1"; }

run_make install
for file in bin/tcpstate libexec/tcpstate/echo_server libexec/tcpstate/echo_client; do
	if [ -x "$dest/opt/bench/$file" ]; then good "$file is installed"; else bad "$file is not installed"; fi
done
for script in labs/experiments/*.sh; do
	if [ -x "$dest/opt/bench/libexec/tcpstate/experiments/$(basename "$script")" ]; then good "$script is installed"; else bad "$script is not installed"; fi
done
for file in share/man/man1/tcpstate.1 share/bash-completion/completions/tcpstate; do
	if [ -s "$dest/opt/bench/$file" ]; then good "$file is installed"; else bad "$file is not installed"; fi
done
outside=$(find "$dest" -type f ! -path "$dest/opt/bench/*")
if [ -z "$outside" ]; then good "nothing is installed outside the prefix"; else bad "installed outside the prefix: $outside"; fi

run_make uninstall
left=$(find "$dest" -type f)
if [ -z "$left" ]; then good "uninstall leaves no file"; else bad "uninstall left $left"; fi
