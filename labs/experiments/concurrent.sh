#!/usr/bin/env bash
# summary: a child process for each client, and who leaves zombies
# calls: on
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/fork-common.sh"
n=5
options "$@" <<'END'
n 1-99 number of clients
port 1-65535 the server's port
family 4|6 IPv4 or IPv6
server .+ your own server instead, a command line: './mine {port} {backlog}'
client .+ with --server: your own client, './mine {host} {port}'
END
[ "$server" ] && { own_concurrent; exit; }
plan "6 + 4 * 4 + 2 * 3 + 2"

serve
for i in $(seq "$n" -1 1); do           # the last one first: nobody waits for anybody
	say "c$i" "hello from $i"
	hear "c$i" '^[0-9]+ morf olleh'
	answers=$((${answers-0} + 1))
done
expect --let b=0 --let n="$n" <<END
answers | n | text $answers
served_at_once | n | count ESTABLISHED src port $port
not_accepted | 0 | count ESTABLISHED unaccepted src port $port
children | n | text ${#children[@]}
client_ports_printed |$(seq -s ' ' -f ' %.0f' 40001 $((40000 + n)) | tr -s ' ') | text $addresses
zombies | 0 | zombies
END
mark "$n clients at once, a child for each"
stop_all

# Every client leaves while the parent is stopped: n children end, and of n SIGCHLD one is pending
# when the parent goes on. Signals do not queue.
for way in handler ignore-sigchld wait-once no-sigchld; do
	case $way in
	# waits until there is nobody to wait for
	handler) flags=() zombies=0 meanwhile=n ;;
	# SIG_IGN: the kernel does it, at once
	ignore-sigchld) flags=(--ignore-sigchld) zombies=0 meanwhile=0 ;;
	# a handler with one waitpid()
	wait-once) flags=(--fault "$way") zombies='n - 1' meanwhile=n ;;
	no-sigchld) flags=(--fault "$way") zombies=n meanwhile=n ;;
	esac
	serve "${flags[@]}"
	frozen "${pid[server]}"
	stop "${guests[@]}"
	ended "${children[@]}"
	wait_for "src port $port" ESTABLISHED,CLOSE_WAIT,LAST_ACK=0
	expect --let b=0 --let n="$n" --cell way=$way \
		<<<"zombies_before_the_signal | $meanwhile | zombies"
	kill -CONT "${pid[server]}"
	tell server kept                # it answers after the signal
	expect --let b=0 --let n="$n" --cell way=$way <<-END
	zombies | $zombies | zombies
	listeners | 1 | count LISTEN src port $port
	server_sockets | 0 | count ESTABLISHED,CLOSE_WAIT,LAST_ACK src port $port
	END
	mark "the clients have left: $way"
	stop_all
done

# Who holds the listening socket? The parent ends while its children serve on: closed by them, the
# port is free; else they keep it in LISTEN.
for fault in none child-keeps-listener; do
	[ $fault = none ] && flags=() kept=0 again_says=works ||
		flags=(--fault "$fault") kept=1 again_says=EADDRINUSE
	serve "${flags[@]}"
	stop server
	again=$(echo quit | $server_program "-$family" --port "$port" --reuseaddr 2>&1)
	expect --let b=0 --let n="$n" --let kept=$kept --cell fault=$fault <<-END
	children_serve_on | n | count ESTABLISHED src port $port
	listeners_without_a_server | kept | count LISTEN src port $port
	bind_again | $again_says | text $(grep -o 'EADDR[A-Z]*' <<<"$again" || echo works)
	END
	mark "the parent has ended: fault $fault"
	stop_all
	wait_for "src port $port" LISTEN=0      # its last holder ends when its client has left
done

# Printed without ntohs(), as in the report's own fork server: the port of the client is turned
# around.
serve --fault no-ntohs-print
its_port=$((40000 + ${guests[0]#c}))
expect --let b=0 --let its_port=$its_port <<END
first_client_printed_as | htons(its_port) | text $(cut -d ' ' -f 2 <<<"$addresses")
its_port_in_the_kernel | 1 | count ESTABLISHED src port $port and dst port $its_port
END
mark 'printed without ntohs()'
