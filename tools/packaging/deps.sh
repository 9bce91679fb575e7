#!/bin/sh
# What the build and the tests need: find it, say what is missing, install that with apt.
#   deps.sh [--check] build|test|long
# Things are found by using them, not by asking the package manager: whoever has them from elsewhere
# passes. With everything present nothing is printed or run. --check never installs.
set -u
PATH=$PATH:/usr/sbin:/sbin
CC=${CC:-cc}
check=''
if [ "${1-}" = --check ]; then check=1; shift; fi
missing='' packages='' wishes=''

lack() {
	missing="$missing${missing:+, }$1"
	case " $packages " in *" $2 "*) ;; *) packages="$packages${packages:+ }$2" ;; esac
}
program() { command -v "$1" >/dev/null 2>&1 || lack "$1" "$2"; }
# Of use where it is: installed along with what is missing, but nothing fails for lack of it.
wish() { pkg-config --exists "$1" 2>/dev/null || wishes="$wishes $2"; }
library() { pkg-config --exists "$1" 2>/dev/null || lack "$1" "$2"; }
compiler_exists() { command -v "${CC%% *}" >/dev/null 2>&1; }
compiles() {    # not with -o /dev/null: a compiler that fails removes its output, as root also that
	probe=$(mktemp) || return 1
	printf '#include <stdio.h>\nint main(void) { return 0; }\n' | $CC -x c -o "$probe" - >/dev/null 2>&1
	compiled=$?
	rm -f "$probe"
	return $compiled
}

for_build() {
	if ! compiler_exists; then
		lack "a C compiler" gcc
		lack "the C library's headers" libc6-dev
	elif ! compiles; then
		lack "the C library's headers" libc6-dev
	fi
	program pkg-config pkg-config
	library libpcap libpcap-dev
	library libmnl libmnl-dev
	library jansson libjansson-dev
	library libseccomp libseccomp-dev
	library libcap-ng libcap-ng-dev
	library libarchive libarchive-dev
	program msgfmt gettext
	wish ncursesw libncurses-dev
	wish libmicrohttpd libmicrohttpd-dev
}
for_test() {
	for_build
	library cmocka libcmocka-dev
	program xgettext gettext
	program tshark tshark
	program nft nftables
	program ss iproute2
}
for_long() {
	for_test
	program valgrind valgrind
	program strace strace
	program tmux tmux
	program clang clang
	program pdftotext poppler-utils
}

case ${1-} in
build | test | long) "for_$1" ;;
*) echo "usage: deps.sh [--check] build|test|long" >&2; exit 2 ;;
esac
[ -n "$missing" ] || exit 0

give_up() {
	echo "deps: not found: $missing; $1: apt-get install $packages" >&2
	exit 1
}
[ -z "$check" ] || give_up "\`make deps\` installs them; by hand"
command -v apt-get >/dev/null 2>&1 || give_up "this machine has no apt-get, so install what your distribution calls these Debian packages"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	as_root=sudo
else
	give_up "neither root nor sudo here, so have them installed"
fi

echo "deps: not found: $missing"
echo "deps: installing with ${as_root:+sudo }apt-get: $packages$wishes"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
apt update || echo "deps: apt-get update failed; trying the package lists that are there"
# The names hold no blanks: split on purpose.
# shellcheck disable=SC2086
apt install -y --no-install-recommends $packages || {
	cat "$log" >&2
	case $(cat "$log") in
	*"Failed to fetch"*) echo "deps: apt-get did not reach its package sources (above): is there a network, and a proxy to be named?" >&2 ;;
	*"Unable to locate package"*) echo "deps: what apt cannot locate is in a component that its sources do not name; on Ubuntu that is universe: add-apt-repository universe, or add the word in /etc/apt/sources.list" >&2 ;;
	esac
	echo "deps: apt-get install failed (above); once it works, run make again. Needed: $packages" >&2
	exit 1
}

# Each by itself: Ubuntu has some of it in universe, which not all sources name.
refused=''
for wished in $wishes; do
	apt install -y --no-install-recommends "$wished" || refused="$refused $wished"
done
[ -z "$refused" ] || echo "deps: not installed, and not needed:$refused"

missing='' packages=''
"for_$1"
[ -z "$missing" ] || give_up "still not found after installing"
