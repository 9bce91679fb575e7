# shellcheck shell=bash disable=SC2154  # common.sh and time-wait.sh set them
# Part of time-wait: who may use a port again while a connection of before still holds it.

# by OLD|NEW NONE|OLD|NEW|BOTH: --reuseaddr, if that one is to have it.
by() { [ "$2" != "$1" ] && [ "$2" != both ] || echo --reuseaddr; }

# The client's TIME_WAIT, and the same client again to the same server: which call fails?
# SO_REUSEADDR decides about bind(), tcp_timestamps about connect(), tcp_tw_reuse about neither.
matrix() {
	local ts reuse addr after taken setting
	plan "3 * 4 * $(list "$timestamps" | wc -l) * $(list "$tw_reuse" | wc -l)"
	server
	for addr in none old new both; do
		for ts in $(list "$timestamps"); do
			for reuse in $(list "$tw_reuse"); do
				kernel tcp_timestamps "$ts"
				kernel tcp_tw_reuse "$reuse"
				after='bind: EADDRINUSE'
				if [ "$addr" = both ]; then
					[ "$ts" = 0 ] && after='connect: EADDRNOTAVAIL' || after=ready
				fi
				[ "$after" = ready ] && taken=1 || taken=0
				fresh
				# shellcheck disable=SC2046  # no word or one
				caller client "$own" --close-first --send bye $(by old "$addr")
				wait_for "src port $own" TIME_WAIT=1
				setting="SO_REUSEADDR $addr, tcp_timestamps $ts, tcp_tw_reuse $reuse"
				mark "TIME_WAIT of port $own: $setting"
				# shellcheck disable=SC2046
				outcome again echo_client "-$family" --port "$port" --bind "$own" \
					--linger 0 $(by new "$addr")
				check --cell reuseaddr="$addr" --cell timestamps="$ts" \
					--cell tw_reuse="$reuse" <<-END
				same_port_again | $after | text $line
				recycled | $taken | counter TcpExtTWRecycled
				time_wait | $((1 - taken)) | count TIME_WAIT src port $own
				END
				stop client again
			done
		done
	done
	stop server
}

# What tcp_tw_reuse is for: a port that the kernel chooses; here it has only one to choose. From a
# second after the TIME_WAIT began (with 2 only on the loopback interface, which this is), and only
# with timestamps. A port that bind() was asked for by number it never takes.
chosen_by_the_kernel() {
	local ts reuse range i ports=() settings=()
	range=$(kernel ip_local_port_range | tr '\t' ' ')
	plan "$(list "$timestamps" | wc -l) * $(list "$tw_reuse" | wc -l)"
	server
	for ts in $(list "$timestamps"); do
		kernel tcp_timestamps "$ts"
		for reuse in $(list "$tw_reuse"); do
			fresh
			kernel ip_local_port_range "$own $own"
			caller client none --close-first --send bye
			wait_for "src port $own" TIME_WAIT=1
			stop client
			ports+=("$own") settings+=("$ts $reuse")
		done
	done
	sleep 1.1                       # the experiment's own clock: tcp_tw_reuse_delay
	for i in "${!ports[@]}"; do
		read -r ts reuse <<<"${settings[i]}"
		kernel tcp_timestamps "$ts"
		kernel tcp_tw_reuse "$reuse"
		kernel ip_local_port_range "${ports[i]} ${ports[i]}"
		[ "$ts" = 0 ] || [ "$reuse" = 0 ] && after='connect: EADDRNOTAVAIL' || after=ready
		rerun none
		check --cell timestamps="$ts" --cell tw_reuse="$reuse" <<-END
		only_port_again | $after | text $line
		END
	done
	kernel ip_local_port_range "$range"
	stop server
}
