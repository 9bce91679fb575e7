#!/usr/bin/env bash
# also: root
# Somebody sets the wall clock an hour forward, then back, while a recorder runs: nothing waits
# longer for it, and its times go on. The clock of this machine stays as it is: the recorder is lied
# to by a library that shifts CLOCK_REALTIME by what a file says.
set -u
. tests/lib.sh
cd "$TMP" || exit 1

cat >shift.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift(void)
{
	char text[32] = "";
	const char *path = getenv("CLOCK_SHIFT");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*next)(clockid_t, struct timespec *);

	if (!next)
		next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = next(clock, now);
	if (clock == CLOCK_REALTIME)
		now->tv_sec += shift();
	return result;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}
C
${CC:-cc} -shared -fPIC -o shift.so shift.c -ldl || { echo "skip - no shared library can be built here"; exit; }
case $(ldd "$TCPSTATE") in *libasan*) echo "skip - a sanitized program wants no other library before its own"; exit ;; esac

# Each connection is told by a mark: both are in the files before mark returns. The set clock is
# noticed within a second.
cat >experiment.sh <<'SH'
set -e
set_clock() { echo "$1" >"$CLOCK_SHIFT.new"; mv "$CLOCK_SHIFT.new" "$CLOCK_SHIFT"; }
lines() { grep -c "\"type\":\"clock\"" run/facts.jsonl || true; }
await() { for i in $(seq 200); do [ "$(lines)" = "$1" ] && return; sleep 0.05; done; echo "the clock that was set is not noticed" >&2; exit 1; }
echo_server --port 12345 >ready & server=$!
tcpstate wait --timeout 10 LISTEN
talk() { echo_client --port 12345 --send hello --send bye >>answers; timeout 20 tcpstate mark "$1"; }
talk before
set_clock 3600
await 1
talk forward
set_clock -3600
await 2
talk back
kill $server
SH
export CLOCK_SHIFT=$TMP/shift
echo 0 >./shift
begun=$SECONDS
LD_PRELOAD=$TMP/shift.so timeout 60 "$TCPSTATE" record -o run -- sh experiment.sh >out 2>err
status=$?
took=$((SECONDS - begun))
holds "the recorder ends when COMMAND has ended" '[ '$status' = 0 ] && [ '$took' -lt 40 ]'
[ $status = 0 ] || cat err
holds "each time that the clock was set is a fact" '[ "$(grep -c "\"type\":\"clock\"" run/facts.jsonl)" = 2 ]'
holds "by how much it was set" 'grep -q "\"step_ns\":3[56]99*[0-9]*\|\"step_ns\":36000[0-9]*" run/facts.jsonl && grep -q "\"step_ns\":-7[12][0-9]*" run/facts.jsonl'
"$TCPSTATE" report --format jsonl run >lines 2>&1
span=$(sed -n 's/.*"first":"\([0-9]*\)\..*"last":"\([0-9]*\)\..*/\1 \2/p' lines | awk '{ print $2 - $1; exit }')
holds "the times of the recording go on" '[ "${span:-9999}" -lt 60 ]'
holds "packets too" '[ "$(grep -c "\"type\":\"connection\"" lines)" = 3 ]'
"$TCPSTATE" report run >text 2>&1
holds "the report says so" 'tr "\n" " " <text | tr -s " " | grep -q "wall clock was set forward by [0-9]"'

# A recorder without a command, in its own namespace, flushes within a second and ends on a signal,
# whatever the clock says.
cat >alone.sh <<'SH'
ip link set lo up 2>/dev/null
LD_PRELOAD=$TMP/shift.so "$TCPSTATE" record -o alone >/dev/null 2>alone.err & recorder=$!
for i in $(seq 100); do [ -s alone/facts.jsonl ] && break; sleep 0.05; done
echo -3600 >"$CLOCK_SHIFT"
size() { stat -c %s alone/diag.pcap; }
before=$(size)
for i in $(seq 60); do [ "$(size)" -gt "$before" ] && break; sleep 0.05; done
[ "$(size)" -gt "$before" ] && echo flushed
kill -INT $recorder
for i in $(seq 100); do kill -0 $recorder 2>/dev/null || { echo ended; break; }; sleep 0.05; done
kill -KILL $recorder 2>/dev/null
wait
SH
echo 0 >./shift
export TMP TCPSTATE
if unshare -Urn true 2>/dev/null; then unshare -Urn sh alone.sh >alone.out 2>&1
elif unshare -n true 2>/dev/null; then unshare -n sh alone.sh >alone.out 2>&1
else echo "skip - no network namespace may be made here"; exit; fi
holds "with the clock set back an hour, what is recorded is flushed" 'grep -q flushed alone.out'
holds "and a signal ends the recorder" 'grep -q ended alone.out'
[ "$(grep -c . alone.out)" = 2 ] || cat alone.out alone.err
