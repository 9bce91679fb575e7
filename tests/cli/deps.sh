#!/usr/bin/env bash
# Setting up a machine: silent when all is there, one clear sentence when it cannot be, apt-get
# exactly for what is missing. The machine is a PATH of our own: stubs stand for apt-get, id and
# sudo, and note how they were called.
# shellcheck disable=SC2053      # the right-hand sides are patterns
set -u
bin=$TMP/bin log=$TMP/log
bare() {        # a machine with the tools that deps.sh itself uses
	rm -rf "$bin" "$log"; mkdir "$bin"; : >"$log"
	local tool
	for tool in sh env mktemp rm cat chmod; do ln -s "$(command -v "$tool")" "$bin/$tool"; done
}
stub() { printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"; chmod +x "$bin/$1"; }
root() { stub id 'echo 0'; }
user() { stub id 'echo 1000'; }
apt() { stub apt-get "echo \"\$*\" >>$log; case \"\$*\" in *install*) ${1-:} ;; esac"; }
# /usr/sbin stays reachable, as in real life; without TERM, without a terminal
deps() { output=$(env -i PATH="$bin" HOME="$TMP" sh tools/packaging/deps.sh "$@" 2>&1 </dev/null); status=$?; }
ends() {  # sentence, status, pattern of the whole output
	if [ "$status" = "$2" ] && [[ $output == $3 ]]; then echo "ok - $1"; else printf 'not ok - %s: exit %s and:\n%s\n' "$1" "$status" "$output"; fi
}
asked() { if [[ $(cat "$log") == $2 ]]; then echo "ok - $1"; else printf 'not ok - %s: apt-get was called with:\n%s\n' "$1" "$(cat "$log")"; fi; }

output=$(tools/packaging/deps.sh test 2>&1); status=$?
ends "nothing is said when all is there" 0 ""

bare; root; apt
deps --check build
ends "what the build lacks is named with its packages" 1 "deps: not found: a C compiler, *libpcap, libmnl, jansson, libseccomp, libcap-ng, libarchive, msgfmt; *apt-get install gcc libc6-dev pkg-config libpcap-dev libmnl-dev libjansson-dev libseccomp-dev libcap-ng-dev libarchive-dev gettext"
asked "--check installs nothing" ""

bare; user; apt
deps build
ends "without root and sudo it stops with one sentence" 1 "deps: not found: *; neither root nor sudo here, so have them installed: apt-get install gcc *"
asked "without root and sudo nothing is tried" ""

bare; user; apt; stub sudo 'exit 1'
deps build
ends "a sudo that would ask for a password, with no one to type it, is no sudo" 1 "*neither root nor sudo*"

bare; root
deps build
ends "without apt-get it names the Debian packages" 1 "*no apt-get*libpcap-dev*"

bare; root
apt "for p in cc pkg-config msgfmt; do printf '#!/bin/sh\\nexit 0\\n' >$bin/\$p; chmod +x $bin/\$p; done"
deps build
ends "as root it says what it installs, and installs it" 0 "deps: not found: a C compiler,*deps: installing with apt-get: gcc libc6-dev pkg-config libpcap-dev libmnl-dev libjansson-dev libseccomp-dev libcap-ng-dev libarchive-dev gettext libncurses-dev libmicrohttpd-dev"
asked "apt-get is updated first and asked for no more than needed" "*update*-y --no-install-recommends gcc libc6-dev pkg-config libpcap-dev libmnl-dev libjansson-dev libseccomp-dev libcap-ng-dev libarchive-dev gettext*install -y --no-install-recommends libncurses-dev*install -y --no-install-recommends libmicrohttpd-dev"

bare; root; apt "for p in cc pkg-config msgfmt; do printf '#!/bin/sh\\nexit 0\\n' >$bin/\$p; chmod +x $bin/\$p; done"
sed -i '2s/$/\ncase "$*" in *microhttpd*) exit 100 ;; esac/' "$bin/apt-get"
deps build
ends "what is of use and not to be had stops nothing, nor keeps the rest away" 0 "*not installed, and not needed: libmicrohttpd-dev"
asked "what is of use and to be had is installed all the same" "*install -y --no-install-recommends libncurses-dev*"

bare; root; apt; stub cc 'exit 0'; stub msgfmt 'exit 0'; stub pkg-config 'test "$2" != libmnl'
deps --check build
ends "only what is missing is named" 1 "deps: not found: libmnl; *: apt-get install libmnl-dev"

bare; user; apt; stub sudo 'test "$1" != -n || exit 0; exec "$@"'; stub cc 'exit 0'; stub msgfmt 'exit 0'; stub pkg-config 'test "$2" != libmnl'
deps build
ends "by sudo, and a package that does not help is noticed" 1 "*installing with sudo apt-get: libmnl-dev*still not found after installing: apt-get install libmnl-dev"

bare; root; stub apt-get 'echo "E: no network" >&2; exit 100'
deps build
ends "what apt-get said is shown when it fails" 1 "*E: no network*deps: apt-get install failed*"

bare; root; apt "for p in cc pkg-config msgfmt; do printf '#!/bin/sh\\nexit 0\\n' >$bin/\$p; chmod +x $bin/\$p; done"
sed -i '2s/$/\ncase "$*" in *update*) exit 100 ;; esac/' "$bin/apt-get"
deps build
ends "a broken package source is no reason to stop" 0 "*apt-get update failed; trying*"

bare; root; stub apt-get 'case "$*" in *install*) echo "E: Unable to locate package tshark"; exit 100 ;; esac'
deps test
ends "a package that the package sources do not know: the component to add is named" 1 "*E: Unable to locate package tshark*on Ubuntu that is universe*deps: apt-get install failed*"
bare; root; stub apt-get 'echo "W: Failed to fetch http://mirror/InRelease"; case "$*" in *install*) echo "E: Unable to locate package tshark"; exit 100 ;; esac'
deps test
ends "without a network it says that the package sources were not reached" 1 "*Failed to fetch*deps: apt-get did not reach its package sources*deps: apt-get install failed*"
