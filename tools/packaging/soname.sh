#!/bin/sh
# The name by which a program that is linked with a library asks for it: what dlopen() is to load.
#   soname.sh CC PACKAGE      PACKAGE as pkg-config knows it
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
echo 'int main(void) { return 0; }' >"$folder/empty.c"
# The compiler may come with options, and the libraries are several words.
# shellcheck disable=SC2046,SC2086
$1 "$folder/empty.c" -Wl,--no-as-needed $(pkg-config --libs "$2") -o "$folder/empty" &&
	LC_ALL=C readelf -d "$folder/empty" | sed -n "s/.*(NEEDED).*\\[\\(${2%%-*}[^]]*\\)\\].*/\\1/p"
