#!/usr/bin/env bash
# summary: reverse echo, right and with the mistakes of the 2020 report
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/reverse-common.sh"
message='¿qué?'
options "$@" <<'END'
message .{1,200} one more message to reverse
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
END
texts+=("$message")
export LC_ALL=C         # bash reads bytes here: some answers are not UTF-8
plan "4 * ${#texts[@]} + 2 + 4 + 2 * 4 + 2"
declare -A rule=(
	[right]=reversed [byte-reverse]='by 1' [pair-reverse]='by 2' [triple-reverse]='by 3'
)
for way in right byte-reverse pair-reverse triple-reverse; do
	faulty $way
	server "${flags[@]}"
	client c1 --linger 0
	hear c1 '^ready '
	for i in "${!texts[@]}"; do
		say c1 "${texts[i]}"
		hear c1 '^'
		# shellcheck disable=SC2086  # a rule may have an argument
		expect --let b=0 --cell message="${names[i]}" --cell way=$way \
			<<<"answer | $(show "$(${rule[$way]} "${texts[i]}")") | text $(show "$line")"
	done
	mark "reversed: $way"
	stop_all
done

for fault in none unbounded-line; do
	faulty $fault && kept='min(length, buffer - 1)' || kept=length
	server "${flags[@]}"
	client c1 --linger 0 --send "$(head -c 100 /dev/zero | tr '\0' x)"
	hear c1 '^x'
	expect --let b=0 --let length=100 --let buffer=64 --cell fault=$fault \
		<<<"bytes_answered | $kept | text ${#line}"
	mark "a line of 100 bytes: fault $fault"
	stop_all
done

# TCP carries bytes, not messages. The server reads when it is told to, and its read() takes what is
# there by then.
server --accept none --pause-before-read forever
call
tell server 'accept 1'
printf 'one\ntwo\n' >&"$raw"
arrived 8
tell server read
got=$line
reply
first=$line
reply
hang_up
expect --let b=0 --cell messages='two in one read()' <<<"read | ok read 8 bytes | text $got
answers | eno owt | text $first $line"
call
tell server 'accept 1'
printf 'caf\303' >&"$raw"
arrived 4
tell server read
got=$line
printf '\251\n' >&"$raw"
reply
hang_up
expect --let b=0 --cell messages='one in two read()s' <<<"read | ok read 4 bytes | text $got
answers | éfac | text $line"
mark 'messages joined and split'
stop_all

# The peer vanishes: one client ends without a word, the next one waits to be served. (Ports that
# may still be in TIME_WAIT are not used again.)
for fault in none ignore-eof; do
	if faulty $fault; then faulty=1 one=c13 next=c14; else faulty=0 one=c11 next=c12; fi
	server "${flags[@]}"
	client $one
	hear $one '^ready '
	stop $one                       # its FIN
	client $next --linger 0 --send hello
	wait_for "src port $port" CLOSE_WAIT=$faulty LAST_ACK=0
	# it answers a line, so it spins no more
	if [ $faulty = 1 ]; then tell server 'listen 5'; else hear $next olleh; fi
	spins=$(sed -n 's/.*returned 0 \([0-9]*\) times.*/\1/p' "$dir/server.err")
	expect --let b=0 --let faulty=$faulty --cell fault=$fault <<-END
	server_close_wait | faulty | count CLOSE_WAIT src port $port
	client_fin_wait2 | faulty | count FIN_WAIT2 dst port $port
	next_client_not_accepted | faulty | count ESTABLISHED unaccepted src port $port
	read_has_returned_0_in_vain | faulty * 100000 | text ${spins:-0}
	END
	mark "the peer has closed: fault $fault"
	stop_all
done
server
client c1 --linger 0 --send hello
hear c1 olleh
stop c1                                 # its RST
client c2 --linger 0 --send again
hear c2 niaga
expect --let b=0 <<END
sockets_left_by_the_reset | 0 | count SYN_RECV,ESTABLISHED,CLOSE_WAIT,LAST_ACK,TIME_WAIT src port $port and dst port 40001
what_read_said | ECONNRESET | text $(grep -o ECONNRESET "$dir/server.err" || echo nothing)
END
mark 'the peer has reset the connection: the next is served'
