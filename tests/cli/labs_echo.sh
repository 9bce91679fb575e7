#!/usr/bin/env bash
# also: root
# The conversation of echo_server and echo_client: lines out of a stream, reversed by code point,
# and every way a conversation can end. The raw client is bash's /dev/tcp, whose printf is one
# write().
# shellcheck disable=SC2154  # common.sh sets them
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
shift
ip link set lo up || exit 1
export LC_ALL=C PATH=$BUILD/labs:$PATH
. labs/experiments/common.sh

call() { exec {raw}<>/dev/tcp/127.0.0.1/12345; }        # sets $raw
hang_up() { exec {raw}>&-; }
# What the next line from the server is, within 5 s; "(end)" at the end of the stream.
answer() {
	local text=
	IFS= read -r -t 5 -u "$raw" text && { printf '%s\n' "$text"; return; }
	[ $? -gt 128 ] && echo "(nothing)" || echo "(end)"
}
reversed() { printf "$2\\n" >&"$raw"; is "$1" "$(printf "$3\\n")" "$(answer)"; }

server --accept all
call
reversed 'ASCII is reversed'                            'hello, world'          'dlrow ,olleh'
reversed 'an empty line is answered by an empty line'   ''                      ''
reversed '2-byte characters stay whole'                 'caf\303\251 \303\237'  '\303\237 \303\251fac'
reversed '3-byte characters stay whole'                 '\344\275\240\345\245\275'      '\345\245\275\344\275\240'
reversed '4-byte characters stay whole'                 'a\360\237\230\200b'    'b\360\237\230\200a'
reversed 'lengths may be mixed'                         'a\303\251\344\275\240\360\237\230\200' '\360\237\230\200\344\275\240\303\251a'
reversed 'a combining mark is a code point: it moves before its letter'         'xe\314\201'    '\314\201ex'
reversed 'an invalid byte is a character of its own and is kept'        'a\377b'        'b\377a'
reversed 'a lone continuation byte is kept'             'a\200\200b'            'b\200\200a'
reversed 'a sequence cut short falls into its bytes'    '\344\275x'             'x\275\344'
reversed 'a sequence cut short by the line end, too'    'x\360\237\230'         '\230\237\360x'
reversed 'an overlong form is not a character'          'a\300\257'             '\257\300a'
reversed 'an overlong form of three bytes is not'       'a\340\200\257'         '\257\200\340a'
reversed 'a surrogate is not a character'               'a\355\240\200'         '\200\240\355a'
reversed 'U+10FFFF is the last character'               'a\364\217\277\277'     '\364\217\277\277a'
reversed 'beyond U+10FFFF there is none'                'a\364\220\200\200'     '\200\200\220\364a'
reversed 'a CR before the LF belongs to the line end'   'abc\r'                 'cba'
reversed 'a message that only begins with bye is a message'     'byebye'        'eybeyb'
printf 'one\ntwo\nthree\n' >&"$raw"
is 'three lines in one write() are three messages' 'eno owt eerht' "$(answer) $(answer) $(answer)"

x4096=$(head -c 4096 /dev/zero | tr '\0' x)
printf '%s\n' "$x4096" >&"$raw"
is 'a line of 4096 bytes is answered' "$x4096" "$(answer)"
printf '%s\r\n' "$x4096" >&"$raw"
is 'so it is with CR LF at its end' "$x4096" "$(answer)"
printf '%sx\n' "$x4096" >&"$raw"
is 'one of 4097 bytes is refused' 'error: line too long, ignored; at most 4096 bytes' "$(answer)"
printf '%s%s%s\nabc\n' "$x4096" "$x4096" "$x4096" >&"$raw"
is 'one much longer is refused once' 'error: line too long, ignored; at most 4096 bytes' "$(answer)"
is 'and the line after it is whole' cba "$(answer)"

# Somebody else waits in the accept queue meanwhile.
first=$raw
call
printf 'other\n' >&"$raw"
printf '%s%s\n' "$x4096" "$x4096" >&"$first"
second=$raw raw=$first
is 'a second client waits while the first is served' 'error: line too long, ignored; at most 4096 bytes' "$(answer)"
printf 'bye\nafter\n' >&"$raw"
is 'bye is answered by bye' bye "$(answer)"
hang_up
raw=$second
is 'then the second is served, and nothing of it is lost' rehto "$(answer)"
printf 'bye\n' >&"$raw"
is 'bye again' bye "$(answer)"
is 'a client that says bye and does not close is closed' '(end)' "$(answer)"
hang_up

call; printf 'no line end yet\033' >&"$raw"
is 'ESC ends the conversation at once, in the middle of a line' 'bye (end)' "$(answer) $(answer)"
hang_up
call; printf '%s%s\033\n' "$x4096" "$x4096" >&"$raw"
is 'ESC counts in a line that is too long' 'error: line too long, ignored; at most 4096 bytes bye (end)' "$(answer) $(answer) $(answer)"
hang_up

call; reversed 'the next client is served' 'abc' 'cba'
printf 'half a li' >&"$raw"; hang_up
call; reversed 'so it is after one that vanished in the middle of a line' 'abc' 'cba'
hang_up
unfinished() { grep -c 'left an unfinished line, which got no answer' "$dir/server.err"; }
is 'of which the server says that its line was unfinished' 1 "$(unfinished)"
call; printf 'another half' >&"$raw"; hang_up
call; reversed 'the next one is served after another of these' 'abc' 'cba'
is 'and it is said only once' 1 "$(unfinished)"
hang_up
client c1 --linger 0 --send hello
hear c1 '^olleh'
stop c1
call; reversed 'and after one that reset its connection' 'abc' 'cba'
hang_up
client c1 --linger 0 --pause-before-read forever --send $(seq 1000)
hear c1 '^ready'
stop c1
call; reversed 'and after one that reset it without reading its answers' 'abc' 'cba'
hang_up
grep -q 'Connection reset by peer (ECONNRESET)' "$dir/server.err" && echo "ok - the server says ECONNRESET" || { echo "not ok - the server says ECONNRESET"; cat "$dir/server.err"; }
tell server quit
stop server

# Split writes: the server reads when it is told to, so each part is read by itself.
read_part() { until tell server read; [[ $line == *bytes ]]; do :; done; }
server --accept none --pause-before-read forever
call
tell server "accept 1"
printf 'caf\303' >&"$raw"
read_part
is 'the server has read a message cut within a character' 'ok read 4 bytes' "$line"
printf '\251!\nnext' >&"$raw"
is 'a message in two writes is one message' "$(printf '!\303\251fac')" "$(answer)"
printf ' one\n' >&"$raw"
is 'what came with its end begins the next' 'eno txen' "$(answer)"
hang_up
stop server

# The client.
server
is 'a client prints the answer' olleh "$(echo_client --send hello </dev/null | sed -n 3p)"
is 'it says connecting and ready first' 'connecting ready' "$(echo_client --send hello </dev/null | sed -n '1,2s/ .*//p' | paste -sd ' ')"
is 'its arguments after --send are messages' 'a1 b2 c3' "$(echo_client --send 1a 2b 3c </dev/null | sed 1,2d | paste -sd ' ')"
is 'lines of standard input are messages, the last one without line end too' 'cba fed' "$(printf 'abc\ndef' | echo_client | sed 1,2d | paste -sd ' ')"
is 'bye ends it' 'cba' "$(printf 'abc\nbye\nnever sent\n' | echo_client | sed 1,2d | paste -sd ' ')"
is 'ESC ends it' 'cba' "$(printf 'abc\n\033\nnever sent\n' | echo_client | sed 1,2d | paste -sd ' ')"
is 'an answer that is bye ends it from the other side' '' "$(printf 'eyb\nnever answered\n' | timeout 5 echo_client | sed 1,2d | paste -sd ' ')"
printf '%sx\nabc\n' "$x4096" | echo_client >"$TMP/out" 2>"$TMP/err"
is 'a line too long for the server is not sent, the next one is' 'cba' "$(sed 1,2d "$TMP/out")"
is 'which it says' 'echo_client: a line longer than 4096 bytes, not sent' "$(cat "$TMP/err")"
stop server

start server echo_server --bind ::1 --port 12346
is 'IPv6: the server says where it is' 'ready ::1 12346 5' "$line"
is 'IPv6: a client, by -6' cba "$(echo_client -6 --port 12346 --send abc </dev/null | sed 1,2d)"
is 'IPv6: a client, by address' cba "$(echo_client '[::1]:12346' --send abc </dev/null | sed 1,2d)"
stop server
start server echo_server --bind :: --reuseaddr
is 'IPv4 clients reach a server on ::' cba "$(echo_client 127.0.0.1 --send abc </dev/null | sed 1,2d)"
stop server
echo_server --port 12347 </dev/null >"$TMP/ready" 2>"$TMP/err" &
background=$!
until [ -s "$TMP/ready" ]; do sleep 0.02; done
is 'a server whose standard input is at its end serves' 'cba fed' "$(for w in abc def; do echo_client --port 12347 --send $w </dev/null | sed 1,2d; done | paste -sd ' ')"
kill "$background"
