#!/usr/bin/env bash
# The layers of docs/architecture.md: this tree keeps to them, and whoever breaks one is told which
# file and what.
set -u
copy=$TMP/copy
mkdir -p "$copy/tools" "$TMP/build/tools"
cp -r include src labs "$copy/"
cp -r tools/tcpstate "$copy/tools/"
cp -r "$BUILD/src" "$TMP/build/"
cp -r "$BUILD/tools/tcpstate" "$TMP/build/tools/"
as_it_was() {   # FILE of the copy
	if [ -e "$1" ]; then cp "$1" "$copy/$1"; else rm "$copy/$1"; fi
}
check() { output=$(tools/check-layers.sh "$@" 2>&1); status=$?; }
refused() {     # sentence, what the message must hold
	if [ "$status" = 1 ] && [[ $output == *"$2"* ]]; then echo "ok - $1"
	else printf 'not ok - %s: exit %s and:\n%s\n' "$1" "$status" "$output"; fi
}
planted=()
plant() {       # file, line: planted in a copy; planted_check() looks at the includes of all of them
	printf '%s\n' "$2" >>"$copy/$1"
	planted+=("$1" "$2")
}
planted_check() {
	local i name
	check "$copy"
	for ((i = 0; i < ${#planted[@]}; i += 2)); do
		name=${planted[i + 1]##*include }
		refused "${planted[i]} must not have ${planted[i + 1]}" "${planted[i]} includes ${name//\"/}"
	done
	for ((i = 0; i < ${#planted[@]}; i += 2)); do
		[ ! -e "$copy/${planted[i]}" ] || as_it_was "${planted[i]}"
	done
}
plant_call() {  # file, function of the C library or of ours: compiled and checked with the other objects
	local object=$TMP/build/${1%.c}.o
	: >"$copy/$1"
	printf 'extern int %s(void);\nint planted(void);\nint planted(void) { return %s(); }\n' "$2" "$2" |
		"${CC:-cc}" -fno-builtin -x c -c - -o "$object" || echo "not ok - could not compile the planted call"
	check "$copy" "$TMP/build"
	refused "$1 must not call $2()" "$1 uses $2()"
	as_it_was "$1"
	rm "$object"
}

check . "$BUILD"
if [ "$status" = 0 ]; then echo "ok - the tree keeps to its layers"; else printf 'not ok - the tree breaks its layers:\n%s\n' "$output"; fi

plant src/tcp/state.c '#include "tcpstate/source.h"'
plant src/tcp/state.c '#include "tcpstate/prose.h"'
plant src/tcp/state.c '#  include <sys/time.h>'
plant src/tcp/state.c '#include <unistd.h>'
plant src/tcp/state.c '#include "../source/pcap_file.h"'
plant src/tcp/state.c '#include "no_such_header.h"'
plant include/tcpstate/record.h '#include "tcpstate/sink.h"'
plant src/packet/segment.c '#include "report/index_map.h"'
plant src/source/planted.c '#include "tcpstate/sink.h"'
plant src/sink/planted.c '#include "tcpstate/source.h"'
plant src/prose/planted.c '#include "tcpstate/sink.h"'
plant labs/planted.c '#include "tcpstate/state.h"'
plant labs/planted.c '#include "../src/util/text.h"'
planted_check
check "$copy" "$TMP/build"
if [ "$status" = 0 ]; then echo "ok - the copy is as it was"; else printf 'not ok - the copy is as it was:\n%s\n' "$output"; fi

# Two files that call each other, though each may know the other.
mutual() {      # NAME OTHER
	echo "int circle_$1(void); int circle_$2(void); int circle_$1(void) { return circle_$2(); }" |
		"${CC:-cc}" -x c -c - -o "$TMP/build/src/tcp/$1.o"
	: >"$copy/src/tcp/$1.c"
}
mutual a b
mutual b a
check "$copy" "$TMP/build"
refused 'two files may not call each other' 'src/tcp/a.c calls src/tcp/b.c'
rm "$copy"/src/tcp/{a,b}.c "$TMP"/build/src/tcp/{a,b}.o

plant_call src/tcp/planted.c clock_gettime
plant_call src/source/planted.c sink_jsonl
[ -n "${LONG-}" ] || exit 0
plant_call src/tcp/planted.c fopen
plant_call src/tcp/planted.c printf
plant_call src/tcp/planted.c socket
plant_call src/tcp/planted.c mnl_socket_open
plant_call src/tcp/planted.c sink_text
plant_call src/sink/planted.c wire_open_live
plant_call src/sink/planted.c verb_report
