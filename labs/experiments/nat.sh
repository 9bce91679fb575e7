#!/usr/bin/env bash
# summary: one connection on both sides of a masquerading router
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
bind=22535 n=2
options "$@" <<'END'
bind 1-65535 the port that every client binds, each at an address of its own
n 1-9 number of clients
port 1-65535 the server's port
END
#       client 10.1.0.2, .3, ... --- 10.1.0.1 router 10.2.0.1 --- 10.2.0.2 server
# The router is the namespace we are in, recorded in DIR; the others are recorded in DIR/client and
# DIR/server.
here=${TCPSTATE_CONTROL%/control} program=$(type -P tcpstate) failed=''
declare -A net=([router]=$$)    # a process in each namespace

# at NAME COMMAND...: in that namespace. tcpstate there speaks with the recorder of that namespace.
must() { "$@" || die "failed: $*"; }
at() { nsenter -t "${net[$1]}" -n "${@:2}"; }
namespace() {   # NAME NETWORK ADDRESS...: joined to the router by a veth pair, and recorded
	local name=$1 network=$2 address
	unshare -n sleep infinity &
	net[$name]=$!
	until [ "$(readlink "/proc/${net[$name]}/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do
		sleep 0.01
	done
	must ip link add "to-$name" type veth peer name "$name" netns "${net[$name]}"
	must ip addr add "$network.1/24" dev "to-$name"
	must ip link set "to-$name" up
	must at "$name" ip link set lo up
	must at "$name" ip link set "$name" up
	for address in "${@:3}"; do
		must at "$name" ip addr add "$network.$address/24" dev "$name"
	done
	start "record-$name" "$program" record -o "$here/$name" --netns "${net[$name]}" -- \
		sh -c 'echo ready for the packets; exec cat'
	TCPSTATE_CONTROL+=:$here/$name/control
}
# check NAME PHASE <<END: the lines of standard input, measured in that namespace.
check() {
	at "$1" "$program" expect --cell phase="$2" --cell seen_by="$1" --let n="$n" >"$dir/checks" ||
		failed=1
	grep -v '^ok ' "$dir/checks" || :
}
# phase TEXT CLIENT-STATE TRACKED-STATE SERVER-STATE: once all clients, and the server's sockets,
# are in it. The router has no socket: what it says is the state that its connection tracking has
# made up from the packets.
phase() {
	must at client "$program" wait --timeout 20 "dst port $port" "$2=$n"
	must at server "$program" wait --timeout 20 "src port $port" \
		"ESTABLISHED,CLOSE_WAIT,LAST_ACK=$([ "$4" = none ] && echo 0 || echo "$n")"
	mark "$1"
	check client "$1" <<-END
	state | $2 | states dst host 10.2.0.2 and dst port $port and src net 10.1.0.0/24 and src port $bind
	END
	check router "$1" <<<"state | $3 | conntrack dst host 10.2.0.2 and dst port $port"
	check server "$1" <<<"state | $4 | states src port $port and dst host 10.2.0.1"
}

plan '3 + 2'    # the router's; those at the other two are counted by their own recorders
namespace client 10.1.0 $(seq 2 $((n + 1)))
namespace server 10.2.0 2
must at client ip route add default via 10.1.0.1
echo 1 >/proc/sys/net/ipv4/ip_forward
must nft add table ip nat
must nft add chain ip nat postrouting '{ type nat hook postrouting priority srcnat; }'
must nft add rule ip nat postrouting oifname to-server masquerade

start server nsenter -t "${net[server]}" -n \
	echo_server --bind 10.2.0.2 --port "$port" --backlog "$n" --accept none --reuseaddr
for i in $(seq "$n"); do
	start "c$i" nsenter -t "${net[client]}" -n \
		echo_client --bind "10.1.0.$((i + 1)):$bind" --connect "10.2.0.2:$port" --close-first
done
phase 'connected' ESTABLISHED ESTABLISHED ESTABLISHED
check router 'connected' <<END
sockets | 0 | count LISTEN,SYN_SENT,SYN_RECV,ESTABLISHED
mapping | 10.1.0.2:$bind -> 10.2.0.1:$bind | mapping src host 10.1.0.2
END
check server 'connected' <<END
from_the_port_the_client_bound | 1 | count ESTABLISHED src port $port and dst host 10.2.0.1 and dst port $bind
from_ports_the_router_chose | n - 1 | count ESTABLISHED src port $port and dst host 10.2.0.1 and not dst port $bind
from_the_clients_addresses | 0 | count ESTABLISHED src port $port and dst net 10.1.0.0/24
END

for i in $(seq "$n"); do                # and FIN; nobody has called accept() yet
	say "c$i" bye
done
phase 'half closed' FIN_WAIT2 CLOSE_WAIT CLOSE_WAIT
for i in $(seq "$n"); do
	tell server 'accept 1'
done
phase 'closed' TIME_WAIT TIME_WAIT none

stop_all
kill "${net[client]}" "${net[server]}"
[ -z "$failed" ] || die 'a prediction was wrong'
