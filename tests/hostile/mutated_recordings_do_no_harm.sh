#!/usr/bin/env bash
# Recordings cut off, flipped, reordered, repeated and filled with hostile facts are reported on in
# every format under ASan and UBSan, without a crash and without a long wait. MUTANTS says how many.
# long
# timeout: 3600
set -u
# the Makefile knows what lies in its own folder by its relative name only
make -s B="$BUILD/asan" CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' \
	"${BUILD#"$PWD"/}/asan/tests/hostile/mutate" >"$TMP/make.log" 2>&1 || { cat "$TMP/make.log"; echo "not ok - the mutator builds"; exit 1; }
mutate=$BUILD/asan/tests/hostile/mutate
run() {         # sentence, arguments
	if "$mutate" "${@:2}" >"$TMP/log" 2>&1; then echo "ok - $1: $(sed -n 's/^# //p' "$TMP/log")"
	else tail -n 60 "$TMP/log"; echo "not ok - $1"; fi
}
for recording in tests/golden/recordings/*/; do
	name=$(basename "$recording")
	run "$name, mutated" "$recording" "${SEED:-1}" "${MUTANTS:-2000}"
done
run "full-queue, each file cut off at every 41st byte" tests/golden/recordings/full-queue cut 41
run "wide-checks, cut off at every byte" tests/golden/recordings/wide-checks cut 1
