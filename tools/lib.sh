# shellcheck shell=bash
# What the scripts of tests/ and of tools/ share. Sourced, not run.

# nap: 20 ms, without a process, for whoever looks again and again: forking sleep(1) costs more than
# most looks. Nothing is ever written to the FIFO $never, which is made at the first nap; it is open
# during the nap only, so that no program inherits it. Before 5.2 bash waits by an alarm (read -t), and
# one that rings before the read has begun is lost: it would wait for ever.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 502)); then
	nap() { # shellcheck disable=SC2154  # whoever reads this sets it
		[ -p "$never" ] || mkfifo "$never" || sleep 0.02
		read -r -t 0.02 <>"$never" || :
	}
else
	nap() { sleep 0.02; }
fi

# late RECORDING: prints for how many milliseconds its recorder did not look at the kernel, where that
# is so long that what it was to see may have come and gone (it looks every 50 ms at least); else 1.
late() {
	local pause
	pause=$("${TCPSTATE:-tcpstate}" report --format jsonl "$1" 2>/dev/null | sed -n '1s/.*"diag_pause_ms":\([0-9]*\).*/\1/p')
	[ "${pause:-0}" -gt 100 ] && echo "$pause"
}
