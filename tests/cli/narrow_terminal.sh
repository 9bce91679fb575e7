#!/usr/bin/env bash
# also: root
# On a terminal of 80 columns, of 100 or of 130, nothing that people read runs over its edge: what
# is too wide is folded between words. In a pipe lines stay whole; only what is read as pages
# (report, explain) is folded for the terminal behind it.
set -u
. tests/lib.sh

# on_terminal COLUMNS COMMAND: what it prints there
on_terminal() { NO_COLOR=1 LC_ALL=C.UTF-8 script -qec "stty cols $1 rows 50; $2" /dev/null </dev/null 2>&1 | tr -d '\r'; }
# fits NAME WORD COMMAND [COLUMNS]: it says WORD, in lines of at most 80 columns
fits() {
	local line too_long='' text columns=${4-80}
	text=$(on_terminal "$columns" "$3")
	while IFS= read -r line; do
		[ ${#line} -le "$columns" ] || too_long+=$line$'\n'
	done <<<"$text"
	if [ -z "$too_long" ] && grep -q -- "$2" <<<"$text"; then good "$1"; else bad "$1"; echo "${too_long:-$text}"; fi
}

fits "usage fits" 'Usage: tcpstate' "$TCPSTATE --help"
for verb in $("$TCPSTATE" --help | sed -n 's/^  tcpstate \([a-z]*\) .*/\1/p'); do fits "$verb --help fits" 'Usage: tcpstate' "$TCPSTATE $verb --help"; done
fits "the state diagram fits" 'FIN_WAIT2  CLOSING' "$TCPSTATE explain"
states="CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT"
for columns in 80 100 130; do fits "what is said of the states fits into $columns" '^  RFC 9293' "$TCPSTATE explain $states" "$columns"; done
fits "it fits behind a pipe as well" '^  RFC 9293' "$TCPSTATE explain $states | cat"
fits "the list of the experiments fits" '^time-wait ' "$TCPSTATE lab"
for program in "$BUILD"/labs/{echo_server,echo_client,fork_server,chat_server,chat_client,syn_sender}; do
	fits "${program##*/} --help fits" 'this text' "$program --help"
done
fits "hold --help fits" 'FIN_WAIT2-mini' "$BUILD/labs/hold --help"

words() { tr ' ' '\n' | sed '/^$/d'; }
# shellcheck disable=SC2086
if [ "$(on_terminal 80 "$TCPSTATE explain $states" | words)" = "$("$TCPSTATE" explain $states | words)" ]; then good "folding loses no word"
else bad "folding loses no word"; diff <("$TCPSTATE" explain $states | words) <(on_terminal 80 "$TCPSTATE explain $states" | words); fi
if [ "$(on_terminal 150 "$TCPSTATE explain LISTEN")" = "$("$TCPSTATE" explain LISTEN)" ]; then good "where it fits it is as in a pipe"; else bad "where it fits it is as in a pipe"; fi
names=$("$TCPSTATE" lab | sed 's/ .*//')
if [ "$names" = "$(sort <<<"$names")" ] && ! grep -q '^ \|^$' <<<"$("$TCPSTATE" lab)"; then good "in a pipe an experiment is one line, and they are in order"; else bad "in a pipe an experiment is one line, and they are in order"; "$TCPSTATE" lab; fi
is 'and it fits into 80 columns there, too' yes "$([ "$("$TCPSTATE" lab | wc -L)" -le 80 ] && echo yes)"

unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; }
# shellcheck disable=SC2016  # expanded inside
cat >"$TMP/full" <<'END'
#!/bin/sh
echo_server --backlog 0 --accept none </dev/zero >/dev/null 2>&1 &
tcpstate wait LISTEN=1 && echo_client --bind 40001 --count 1 </dev/null >/dev/null 2>&1 &
tcpstate wait 'dst port 12345' ESTABLISHED=1 && echo_client --bind 40002 --count 1 </dev/null >/dev/null 2>&1 &
tcpstate wait 'dst port 12345' ESTABLISHED=1 SYN_SENT=1 && tcpstate mark 'a queue that is full, told at some length' && tcpstate list -p
for message in two three; do
	for way in right byte-reverse; do
		tcpstate expect --cell message=$message --cell way=$way >/dev/null <<-CHECKS
			answer | bytes 80 98 9f f0 a0 bd e4 a9 c3 | text bytes 80 98 9f f0 a0 bd e4 a9 c3
		CHECKS
	done
done
END
chmod +x "$TMP/full"
cd "$TMP" || exit
for columns in 80 100 130; do
	fits "list fits into $columns, with a full queue and owners" 'accept queue 1 of 1 (backlog 0 + 1), full' "$TCPSTATE record -o run$columns -- ./full 2>err" "$columns"
	[ -s "run$columns/wire.pcap" ] || cat err
done
fits "report fits" '^ Recv-Q Send-Q .* owner, timer' "$TCPSTATE report run80"
cp "$BUILD/labs/plain/tcp_server" a_server_with_a_name_that_is_long
"$TCPSTATE" record -o long -- sh -c './a_server_with_a_name_that_is_long 12345 & tcpstate wait LISTEN=1
	tcpstate mark up' 2>err
fits "the owner with a long name has a line of its own" '^  *a_server_with_a_name_that_is_lo' \
	"$TCPSTATE report long"
fits "a table of long texts fits: what was measured stands below" '^      *measured$' \
	"$TCPSTATE report run80"
fits "the state diagram's edges fit" '^  edge  *taken .*withdrawn$' "$TCPSTATE report --edges run80"
fits "report fits behind a pipe" '^ Recv-Q Send-Q .* owner, timer' "$TCPSTATE report run80 | cat"
if [ "$(on_terminal 200 "$TCPSTATE report run80 | cat")" = "$("$TCPSTATE" report run80)" ]; then good "in a pipe a report is the same on every terminal that is wide enough"
else bad "in a pipe a report is the same on every terminal that is wide enough"; diff <("$TCPSTATE" report run80) <(on_terminal 200 "$TCPSTATE report run80 | cat"); fi
