#!/usr/bin/env bash
# A recorder may run for hours: what it holds must not grow with the connections that came and went.
# After 20 seconds of 2,000 a second, and after 40 seconds more, its memory is read; a tenth of a KiB
# for each of the later ones is allowed, and a MiB. (Once each took a KiB, without end.)
# long
# timeout: 800
set -u
. tests/lib.sh
needs_sealing
export CONNECTIONS=$BUILD/tests/bench/connections
cat >"$TMP/command" <<'END'
# in the sealed network, DIR: connections in two parts, each followed by a pause
until_there() { until [ -e "$1" ]; do sleep 0.05; done; }
ip link set lo up
"$CONNECTIONS" 6000 2000 20 >"$1/first.part" && mv "$1/first.part" "$1/first"
until_there "$1/go"
"$CONNECTIONS" 6001 2000 40 >"$1/second.part" && mv "$1/second.part" "$1/second"
until_there "$1/end"
END
held() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$1/status"; }
# part DIR PART PID: until the connections of that part have been made, or the program has ended.
part() { until [ -e "$1/$2" ]; do kill -0 "$3" 2>/dev/null || return 1; sleep 0.1; done; }

# steady VERB OPTION...: a program that observes the connections
steady() {
	local dir=$TMP/$1 pid early late made
	mkdir "$dir"
	"$TCPSTATE" "$@" -- bash "$TMP/command" "$dir" >"$dir/out" 2>"$dir/err" &
	pid=$!
	if part "$dir" first $pid && early=$(held $pid) && : >"$dir/go" &&
		part "$dir" second $pid && late=$(held $pid); then
		made=$(cut -d ' ' -f 1 "$dir/second")
		echo "# $1: $(cat "$dir/first"), $early KiB; then $(cat "$dir/second"), $late KiB"
		holds "$1 needs no more memory in time" \
			"[ $early -gt 0 ] && [ $made -gt 10000 ] && [ $((late - early)) -le $((made / 10 + 1024)) ]"
	else
		bad "$1: the connections are made" "$(tail -n 5 "$dir/err")"
	fi
	: >"$dir/go"; : >"$dir/end"
	wait $pid
	rm -rf "$dir" "$TMP/recording"
}
steady record -o "$TMP/recording"
steady watch --format jsonl
