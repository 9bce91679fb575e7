# shellcheck shell=bash
# A recording whose clock was wrong, for tests: every time in it moved by whole seconds.

# FILE SECONDS: a capture, rewritten in place. A record begins with its seconds; all is
# little-endian.
moved_packets() {
	local at=24 bytes seconds text
	mapfile -t bytes < <(od -An -v -tu1 -w1 "$1")
	while [ "$at" -lt ${#bytes[@]} ]; do
		seconds=$((bytes[at] + (bytes[at + 1] << 8) + (bytes[at + 2] << 16) + (bytes[at + 3] << 24) + $2))
		bytes[at]=$((seconds & 255)) bytes[at + 1]=$((seconds >> 8 & 255))
		bytes[at + 2]=$((seconds >> 16 & 255)) bytes[at + 3]=$((seconds >> 24 & 255))
		at=$((at + 16 + bytes[at + 8] + (bytes[at + 9] << 8) + (bytes[at + 10] << 16)))
	done
	printf -v text '\\x%02x' "${bytes[@]}"
	printf '%b' "$text" >"$1"
}

# FILE SECONDS: facts or calls, likewise. Every time is a string of seconds and nine decimals.
moved_lines() {
	awk -v by="$2" '{
		line = ""
		while (match($0, /"[0-9]+\.[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]"/)) {
			line = line substr($0, 1, RSTART) (substr($0, RSTART + 1, RLENGTH - 12) + by)
			$0 = substr($0, RSTART + RLENGTH - 11)
		}
		print line $0
	}' "$1" >"$1.moved" && mv "$1.moved" "$1"
}

# FROM TO SECONDS: a copy of a recording.
moved_recording() {
	local file
	mkdir "$2" && cp "$1"/*.pcap "$1"/*.jsonl "$2" || return 1
	for file in "$2"/*.pcap; do moved_packets "$file" "$3"; done
	for file in "$2"/*.jsonl; do moved_lines "$file" "$3"; done
}
