#!/usr/bin/env bash
# A few hundred damaged recordings, on the program as it is built; thousands under ASan and UBSan
# are left to make check-long.
set -u
for recording in tests/golden/recordings/*/; do
	if "$BUILD/tests/hostile/mutate" "$recording" "${SEED:-$RANDOM}" 300 >"$TMP/log" 2>&1; then echo "ok - $(basename "$recording"): $(sed -n 's/^# //p' "$TMP/log")"
	else tail -n 60 "$TMP/log"; echo "not ok - $(basename "$recording"), mutated"; fi
done
