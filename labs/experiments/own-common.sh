# shellcheck shell=bash disable=SC2034,SC2154  # common.sh and the experiments set them
# The experiments with programs of your own: --server './mine {port} {backlog}', --client
# './my_client {host} {port}'. What they say is not read, only what the kernel shows of them.
# Sourced after options, not run.
[ "$family" = 4 ] && host=127.0.0.1 || host=::1

# asked WORD COMMAND: has the command a place for it? filled COMMAND: its places taken.
asked() { [[ $2 == *"{$1}"* ]]; }
filled() {
	local command=$1
	command=${command//\{port\}/$port}
	command=${command//\{backlog\}/${b:-5}}  # most experiments ask for none in particular
	echo "exec ${command//\{host\}/$host}"
}
# cannot_be_asked WHAT WORD: said where a check is left out.
cannot_be_asked() { mark "$1 cannot be asked of it: the command has no {$2}"; }

# own_server: yours, once the kernel shows that it listens; own_server anywhere: on whatever port.
own_server() {
	launch server bash -c "$(filled "$server")"
	local end=$((SECONDS + 10))
	until tcpstate wait --timeout 0.2 tcp LISTEN 2>/dev/null; do
		kill -0 "${pid[server]}" 2>/dev/null && [ $SECONDS -lt $end ] ||
			lost server 'your server does not listen'
	done
	[ "${1-}" = anywhere ] || tcpstate wait --timeout 2 "tcp src port $port" LISTEN 2>/dev/null ||
		die "your server listens on$(where_it_listens), not on port $port: $(port_of_command)"
}
where_it_listens() {
	tcpstate list --state=LISTEN tcp | awk '$2 == "LISTEN" { printf "%s %s", comma, $3; comma = "," }'
}
port_of_command() {
	asked port "$server" && echo 'is htons() forgotten, or {port} not taken?' ||
		echo 'its command has no {port}'
}
# lost NAME WHAT: ends the experiment with what NAME said last, on standard error or else on
# standard output, and how it ended.
lost() {
	local said line part='' status=0
	said=$(tail -n 1 "$dir/$1.err")
	while line_of "$1"; do [ "$said" ] || said=$line; done
	said=${said:-$part}
	kill -0 "${pid[$1]}" 2>/dev/null && die "$2: ${said:-it says nothing}, and it still runs"
	wait "${pid[$1]}" || status=$?
	die "$2: ${said:-it said nothing} (it ended with status $status)"
}
# own_client cN: yours, or ours from port 40000 + N, once it has called connect().
own_client() {
	if [ "$client" ]; then
		launch "$1" bash -c "$(filled "$client")"
	else
		launch "$1" echo_client "-$family" --port "$port" --reuseaddr --close-first \
			--bind "$((40000 + ${1#c}))"
	fi
}
own_clients() {
	local i had
	had=$(descriptors)
	for i in $(seq "$1"); do
		own_client "c$i"
		wait_for "dst port $port" "ESTABLISHED,SYN_SENT=$i"
		[ "$i" -gt 1 ] || accepts "$had"
	done
}
# accepts N: the first client before the second comes, which shows in a descriptor more than N. A
# server that never accepts shows in the checks.
descriptors() { find "/proc/${pid[server]}/fd" -type l 2>/dev/null | wc -l; }
accepts() {
	local end=$((SECONDS + 3))
	until [ "$(descriptors)" -gt "$1" ] || [ $SECONDS -ge $end ]; do :; done
}
# leaves NAME...: their standard input ends, so they close.
leaves() {
	local name in
	for name; do
		in=${into[$name]}
		exec {in}>&-
		kill -TERM "${pid[$name]}" 2>/dev/null
		wait "${pid[$name]}" 2>/dev/null
	done
}
# The listener is where it was asked for; without that no other check means anything.
listens() {
	expect "$@" <<<"listens_on_the_port | 1 | count LISTEN src port $port"
	tcpstate wait --timeout 0.1 "src port $port" LISTEN 2>/dev/null
}

own_byte_order() {
	plan 2
	own_server anywhere
	listens --let port="$port"
	expect --let port="$port" \
		<<<"listens_on_the_port_reversed | 0 | count LISTEN src port $(swapped "$port")"
	mark 'your server'
	[ "$client" ] || return 0
	plan 1
	own_client c1
	tcpstate wait --timeout 5 tcp ESTABLISHED 2>/dev/null
	expect --since-mark --let port="$port" \
		<<<"its_SYN_asks_for_the_port | yes | text $(asks_for_the_port)"
	mark 'your client'
}
asks_for_the_port() {
	tcpstate wait --timeout 0.1 "dst port $port" ESTABLISHED 2>/dev/null && echo yes || echo no
}

# It accepts one client and serves it; the others wait. A server that accepts all of them has no
# queue to show.
own_backlog() {
	local b_is b
	asked backlog "$server" || { cannot_be_asked 'a backlog' backlog; backlogs=unknown; }
	for b in $([ "$backlogs" = unknown ] && echo 0 || list "$backlogs"); do
		for n in $(list "$clients"); do
			plan 5
			own_server
			b_is=$b
			[ "$backlogs" != unknown ] || b_is="send_q LISTEN src port $port"
			own_clients "$n"
			tcpstate expect --since-mark --cell b="${backlogs/[0-9]*/$b}" --cell n="$n" \
				--let "b=$b_is" --let "somaxconn=$somaxconn" \
				--let 'b_eff=min(b, somaxconn)' >"$dir/checks" <<-END
			listen_send_q | b_eff | send_q LISTEN src port $port
			listen_recv_q | min(n - 1, b_eff + 1) | recv_q LISTEN src port $port
			server_unaccepted | min(n - 1, b_eff + 1) | count ESTABLISHED unaccepted src port $port
			client_established | $established | count ESTABLISHED dst port $port
			client_syn_sent | $syn_sent | count SYN_SENT dst port $port
			END
			[ $? -le 1 ] || die 'a check could not be made'
			grep -v '^ok ' "$dir/checks" || :
			mark "your server: backlog ${backlogs/[0-9]*/$b}, n = $n"
			stop_all
		done
	done
}

# Each client says hello, is answered, and leaves, while your server lives on: nothing of it may
# remain there.
own_close_wait() {
	plan 3
	own_server
	had=$(descriptors)
	for i in 1 2 3; do
		own_client "c$i"
		wait_for "dst port $port" ESTABLISHED=1
		leaves "c$i"
		tcpstate wait --timeout 3 "src port $port" ESTABLISHED,CLOSE_WAIT,LAST_ACK=0 2>/dev/null
		mark "client $i has left"
	done
	expect --let had="$had" <<-END
	server_close_wait | 0 | count CLOSE_WAIT src port $port
	client_fin_wait2 | 0 | count FIN_WAIT2 dst port $port
	descriptors | had | descriptors ${pid[server]}
	END
	mark 'three clients have come and gone'
}

# All are served at once: none waits for accept() while the others are still there, and no child
# stays as a zombie.
own_concurrent() {
	plan '2 + 2'
	own_server
	own_clients "$n"
	tcpstate wait --timeout 3 "src port $port and tcp" ESTABLISHED="$n" 2>/dev/null
	expect --let n="$n" <<-END
	established | n | count ESTABLISHED src port $port
	not_accepted | 0 | count ESTABLISHED unaccepted src port $port
	END
	mark "$n clients at once"
	for i in $(seq "$n"); do leaves "c$i"; done
	tcpstate wait --timeout 3 "src port $port" ESTABLISHED,CLOSE_WAIT,LAST_ACK=0 2>/dev/null
	expect <<-END
	zombies | 0 | zombies
	server_sockets | 0 | count ESTABLISHED,CLOSE_WAIT,LAST_ACK src port $port
	END
	mark 'they have left'
}

# Whoever closes first has the TIME_WAIT; a server that ends first is started again on the same
# port.
own_time_wait() {
	local open=ESTABLISHED,FIN_WAIT1,FIN_WAIT2,CLOSING,CLOSE_WAIT,LAST_ACK
	plan '2 + 2'
	own_server
	own_client c1
	wait_for "dst port $port" ESTABLISHED=1
	leaves c1
	tcpstate wait --timeout 3 "tcp port $port" "$open=0" 2>/dev/null
	expect --cell first=client <<-END
	client_time_wait | 1 | count TIME_WAIT dst port $port
	server_sockets | 0 | count $open,TIME_WAIT src port $port
	END
	mark 'the client closed first'
	own_client c2
	wait_for "dst port $port" ESTABLISHED=1
	stop server
	leaves c2
	tcpstate wait --timeout 3 "tcp port $port" "$open=0" 2>/dev/null
	expect --cell first=server <<<"server_time_wait | 1 | count TIME_WAIT src port $port"
	mark 'the server ended first'
	launch server bash -c "$(filled "$server")"
	tcpstate wait --timeout 3 "src port $port" LISTEN 2>/dev/null
	expect --cell first=server <<<"server_again | 1 | count LISTEN src port $port"
	mark 'your server, started again'
}
