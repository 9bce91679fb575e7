# shellcheck shell=bash disable=SC2154
# Read by the tests that run the fuzzed peer (fuzz.h): one seed recorded live and judged by the
# tracepoint and by rows. Needs oracle.sh.

fuzz_number=0

fuzz_one() {    # CHARACTER SEED NUMBER (that no other run has): leaves $ORACLE_DIR/CHARACTER-SEED with recording, truth.txt, report.jsonl, score.txt
	local dir=$ORACLE_DIR/$1-$2 kernel=10.$v4.$(($3 * 2 % 250)) peer=10.$v4.$(($3 * 2 % 250 + 1)) length=31 nodad=''
	if [ $(($2 % 4)) = 0 ]; then kernel=fd00:$v6:$3::1 peer=fd00:$v6:$3::2 length=64 nodad=nodad; fi
	if ! oracle_record "$dir" sh -c '
		ip link set lo up && ip tuntap add dev tun0 mode tun && ip addr add "$2/$4" dev tun0 $5 &&
		exec "$0" --kernel "$2" --peer "$3" --rows "$6/rows.txt" --seed "$7" "$1"' \
		"$BUILD/tests/netns/fuzz_peer" "$1" "$kernel" "$peer" $length "$nodad" "$dir" "$2"; then
		echo "$1 $2: not recorded: $(tail -n 2 "$dir/log.txt" | tr '\n' ' ')"
		return 1
	fi
	"$BUILD/tests/netns/fuzz_truth" --trace "$dir/trace.txt" --rows "$dir/rows.txt" --address "$kernel" >"$dir/truth.txt" 2>"$dir/doubtful.txt" &&
		"$TCPSTATE" report --format jsonl "$dir" >"$dir/report.jsonl" &&
		"$BUILD/tests/truth/score" --verbose "$dir/truth.txt" "$dir/report.jsonl" >"$dir/score.txt" || {
		echo "$1 $2: not judged: $(tail -n 1 "$dir/doubtful.txt")"
		return 1
	}
	rm "$dir/trace.txt"
}

# Several at a time: most of a run is waiting.
fuzz_all() {    # CHARACTER SEED...
	local character=$1 seed
	shift
	for seed in "$@"; do
		fuzz_number=$((fuzz_number + 1))
		[ $((fuzz_number % 120)) != 0 ] || oracle_addresses     # the trace holds them all
		while [ "$(jobs -rp | wc -l)" -ge 4 ]; do wait -n; done
		fuzz_one "$character" "$seed" $fuzz_number &
	done
	wait
}

# Sets runs, edges, found, false, called (false ones said to be shown by the kernel), doubtful.
fuzz_tally() {  # CHARACTER
	local ends
	read -r runs edges found false called < <(cat "$ORACLE_DIR/$1"-*/score.txt | awk '/^runs / { runs += $2; edges += $8; found += $10; wrong += $12; called += $14 + $16 }
		END { print runs + 0, edges + 0, found + 0, wrong + 0, called + 0 }')
	read -r doubtful ends < <(cat "$ORACLE_DIR/$1"-*/doubtful.txt | awk '{ d += $2; n += $4 } END { print d + 0, n + 0 }')
	echo "# $1: $runs runs, $edges edges of the kernel's: $found found, $false told are false, $called of these called kernel or both; $doubtful of $ends connections in doubt"
}
