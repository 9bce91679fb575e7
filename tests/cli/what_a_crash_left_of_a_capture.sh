#!/usr/bin/env bash
# What a crash, or a hand, leaves of a recording: files that end in zeros or have some in their
# midst, and rings of which a file is gone.
set -u
. tests/lib.sh
cd "$TMP" || exit 1
recording=$OLDPWD/tests/golden/recordings/full-queue
report() { "$TCPSTATE" report --no-pager --format jsonl "$1" >"$1.jsonl" 2>err; }
field() { sed -nE "1s/.*\"$2\":([0-9]+).*/\1/p" "$1.jsonl"; }
# The folder's notes and verdict.
words() { "$TCPSTATE" report --no-pager --summary "$1" 2>&1 | tr -s ' \n' ' ' | cut -c -1200; }
# What does not hang on names and numbers of the input.
edges() { grep '"type":"transition"' "$1.jsonl"; }
# Where record N of a pcap file begins; beyond the last, its size.
record_at() {
	local at=24 n bytes
	mapfile -t bytes < <(od -A n -v -t u1 -w1 "$1")
	for ((n = 1; n < $2 && at < ${#bytes[@]}; n++)); do
		at=$((at + 16 + bytes[at + 8] + (bytes[at + 9] << 8) + (bytes[at + 10] << 16)))
	done
	echo $at
}
cp -r "$recording" whole
report whole
packets=$(field whole packets) messages=$(field whole diag_messages)
# as a recorder ends today's recordings
end=$(grep -o '"t":"[0-9.]*"' whole/facts.jsonl | tail -n 1)
echo "{\"type\":\"end\",$end,\"how\":\"orderly\",\"packets\":$packets,\"messages\":$messages}" >>whole/facts.jsonl
report whole
holds "the recording has packets and answers ($packets, $messages)" '[ "$packets" -gt 9 ] && [ "$messages" -gt 9 ]'

# ---- zeros at the end ----
for file in wire.pcap diag.pcap; do
	rm -rf tail && cp -r whole tail
	truncate -s +1600 "tail/$file"
	report tail
	is "zeros behind the last record of $file are none" "$packets $messages" "$(field tail packets) $(field tail diag_messages)"
	is "and change no edge" "$(edges whole | cksum)" "$(edges tail | cksum)"
	like "but are told" "$file holds 100 records of nothing but zeros" "$(words tail)"
done
holds "a file that is whole says nothing of zeros" '! words whole | grep -q zeros'

# ---- zeros instead of the last records ----
rm -rf lost && cp -r whole lost
at=$(record_at whole/wire.pcap $((packets - 2))) size=$(stat -c %s whole/wire.pcap)
truncate -s "$at" lost/wire.pcap && truncate -s "$size" lost/wire.pcap
report lost
is "a record that zeros have replaced does not count" $((packets - 3)) "$(field lost packets)"
like "so that the verdict says what is missing" "recording is incomplete: .*$((packets - 3)) of $packets packets" "$(words lost)"

# ---- zeros between two records ----
rm -rf amid && cp -r whole amid
at=$(record_at whole/wire.pcap 4)
{ head -c "$at" whole/wire.pcap; head -c 32 /dev/zero; tail -c +$((at + 1)) whole/wire.pcap; } >amid/wire.pcap
report amid
is "what follows zeros is read" "$packets" "$(field amid packets)"
frame() { edges "$1" | sed -nE 's/.*"frame":([0-9]+).*/\1/p' | sort -n | tail -n 1; }
is "and numbered as Wireshark numbers it" "$(($(frame whole) + 2))" "$(frame amid)"
is "(tshark: so many records)" "$((packets + 2))" "$(tshark -r amid/wire.pcap -T fields -e frame.number 2>/dev/null | wc -l)"

# ---- nothing but zeros, and somebody else's capture ----
{ head -c 24 whole/wire.pcap; head -c 4096 /dev/zero; } >zeros.pcap
report zeros.pcap
is "a capture of zeros has no packet" "0 0" "$? $(field zeros.pcap packets)"
like "and says so by its own name" "zeros.pcap holds 256 records of nothing but zeros" "$(words zeros.pcap)"

# ---- a ring without one of its files ----
mkdir ring && cp whole/facts.jsonl ring
for file in wire diag; do
	count=$packets
	[ $file = wire ] || count=$messages
	from=24
	for n in 0 1 2; do
		to=$(record_at whole/$file.pcap $((count * (n + 1) / 3 + 1)))
		piece=ring/$file.$n.pcap
		[ $n != 0 ] || piece=ring/$file.pcap
		{       head -c 12 whole/$file.pcap
			printf "\\x0$n\\0\\0\\0"
			tail -c +17 whole/$file.pcap | head -c 8
			tail -c +$((from + 1)) whole/$file.pcap | head -c $((to - from))
		} >"$piece"
		from=$to
	done
done
report ring
is "a ring is one recording" "$packets $messages" "$(field ring packets) $(field ring diag_messages)"
is "with the same edges" "$(edges whole | cksum)" "$(edges ring | cksum)"
third() { echo $(($1 * ($2 + 1) / 3 - $1 * $2 / 3)); }
for n in 0 1 2; do
	name=wire.$n.pcap
	[ $n != 0 ] || name=wire.pcap
	rm -rf gap && cp -r ring gap && rm "gap/$name"
	report gap
	is "without $name the others are read" $((packets - $(third "$packets" $n))) "$(field gap packets)"
	like "and the verdict says that packets are missing" "recording is incomplete" "$(words gap)"
done
rm -rf gap && cp -r ring gap && rm gap/diag.pcap
report gap
is "the same of the kernel's answers" $((messages - $(third "$messages" 0))) "$(field gap diag_messages)"
rm -rf gap && cp -r ring gap && rm gap/wire.1.pcap && mkfifo gap/wire.1.pcap
report gap
is "a pipe in the place of one is refused by name" "1 1" "$? $(grep -c 'wire.1.pcap: is a pipe' err)"
