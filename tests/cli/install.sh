#!/usr/bin/env bash
# make install puts everything where it is looked for, and uninstall takes all of it away.
set -u
. tests/lib.sh
dest=$TMP/dest
# What is built is installed as it is: other tests are using it.
run_make() { env -u MAKEFLAGS make -s B="$BUILD" DESTDIR="$dest" PREFIX=/opt/bench "$@" || bad "make $1"; }

run_make install-built
for file in bin/tcpstate libexec/tcpstate/echo_server libexec/tcpstate/echo_client; do
	if [ -x "$dest/opt/bench/$file" ]; then good "$file is installed"; else bad "$file is not installed"; fi
done
for script in labs/experiments/*.sh; do
	if [ -x "$dest/opt/bench/libexec/tcpstate/experiments/$(basename "$script")" ]; then good "$script is installed"; else bad "$script is not installed"; fi
done
for file in share/man/man1/tcpstate.1 share/bash-completion/completions/tcpstate share/zsh/site-functions/_tcpstate share/fish/vendor_completions.d/tcpstate.fish; do
	if [ -s "$dest/opt/bench/$file" ]; then good "$file is installed"; else bad "$file is not installed"; fi
done
outside=$(find "$dest" -type f ! -path "$dest/opt/bench/*")
if [ -z "$outside" ]; then good "nothing is installed outside the prefix"; else bad "installed outside the prefix: $outside"; fi

listed=$("$dest/opt/bench/bin/tcpstate" --version)
if [ -n "$listed" ]; then good "the installed program runs"; else bad "the installed program does not run"; fi
listed=$("$dest/opt/bench/bin/tcpstate" lab)
if [[ $listed == *backlog* ]]; then good "installed and moved, it finds the experiments beside it"; else bad "installed and moved, it lists: $listed"; fi

mv "$dest/opt/bench/libexec" "$dest/opt/bench/elsewhere"
listed=$(TCPSTATE_LIBEXEC=$dest/opt/bench/elsewhere/tcpstate "$dest/opt/bench/bin/tcpstate" lab)
if [[ $listed == *backlog* ]]; then good "TCPSTATE_LIBEXEC names another place"; else bad "TCPSTATE_LIBEXEC: it lists: $listed"; fi
mv "$dest/opt/bench/elsewhere" "$dest/opt/bench/libexec"

run_make uninstall
left=$(find "$dest" -type f)
if [ -z "$left" ]; then good "uninstall leaves no file"; else bad "uninstall left $left"; fi
