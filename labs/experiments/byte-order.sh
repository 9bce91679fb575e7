#!/usr/bin/env bash
# summary: a forgotten htons(), htonl() or ntohs(): who meets whom
# calls: on
# shellcheck disable=SC2154  # common.sh sets them
. "$(dirname "$0")/common.sh"
client_port=22535
options "$@" <<'END'
client_port 1-65535 the port that the client binds
port 1-65535 the server's port
family 4|6 IPv4 or IPv6 (an IPv6 address is an array of bytes: there is no mistake to make)
server .+ your own server instead, a command line: './mine {port} {backlog}'
client .+ with --server: your own client, './mine {host} {port}'
END
# On a big-endian machine htons() changes nothing, nor does its absence: the same formulas predict
# that.
swapped() {
	printf '\x'"$(printf %x $(($1 / 256)))"'\x'"$(printf %x $(($1 % 256)))" |
		od -An -tu2 | tr -d ' '
}
[ "$server" ] && { own_byte_order; exit; }
[ "$(swapped 258)" != 258 ] ||
	echo "This machine is big-endian: its own byte order is the network's, and no mistake shows."
# The ports as two bytes on the wire: destination and source of a SYN.
[ "$family" = 4 ] && tcp='tcp[' at=0 || tcp='ip6[' at=40
syn="${tcp}$((at + 13))] = 2"

# try SERVER CLIENT: each "htons" or "no-htons".
try() {
	local server_holds='port' client_holds='client_port' dials='port'
	local there=$port here=$client_port dialled=$port outcome=met found=3
	server=() client=()
	[ "$1" = htons ] || server=(--no-htons) server_holds='htons(port)' there=$(swapped "$port")
	[ "$2" = htons ] || client=(--no-htons) client_holds='htons(client_port)' \
		dials='htons(port)' dialled=$(swapped "$port") here=$(swapped "$client_port")
	[ "$there" = "$dialled" ] || outcome='connect: ECONNREFUSED' found=1 # the listener alone
	[ "$there" = "$port" ] || found=0                # nor that: it is elsewhere
	start server echo_server "-$family" --port "$port" --reuseaddr "${server[@]}"
	local heard=${line#ready * } met=
	start c1 echo_client "-$family" --port "$port" --bind "$client_port" --reuseaddr \
		--linger 0 "${client[@]}"
	local asks=${line##*:} has=${line% *}
	if [ "$outcome" = met ]; then
		hear c1 '^ready '
		met=met
	else
		complaint c1
		met=$line
	fi
	local dials_these from_these
	dials_these="$tcp$((at + 2)):2] = $(printf 0x%04x "$dialled")"
	from_these="$tcp$at:2] = $(printf 0x%04x "$here")"
	expect --since-mark --cell server="$1" --cell client="$2" --let b=0 --let port="$port" \
		--let client_port="$client_port" <<-END
	server_port_in_the_kernel | $server_holds | text ${heard% *}
	client_port_in_the_kernel | $client_holds | text ${has##*:}
	client_dials | $dials | text $asks
	syns_with_those_two_bytes | 1 | packets $syn and $dials_these and $from_these
	listens_there | 1 | count LISTEN src port $there
	outcome | $outcome | text $met
	grep_for_the_port_asked_for | $found | count LISTEN,SYN_SENT,SYN_RECV,ESTABLISHED tcp port $port
	END
	mark "server $1, client $2: $met"
	stop_all
}
plan "4 * 7 + 3 + (6 - $family) / 2 * 3"
for server_side in htons no-htons; do
	for client_side in htons no-htons; do
		try "$server_side" "$client_side"
	done
done

# Printing is the other direction, and the same mistake: the kernel has the right port, the reader
# of the output a wrong one.
server --accept none --fault no-ntohs-print
printed=${line#ready * }
start c1 echo_client "-$family" --port "$port" --bind "$client_port" --reuseaddr --linger 0
tell server 'accept 1'
expect --cell fault=no-ntohs-print --let b=0 --let port="$port" --let client_port="$client_port" <<END
server_prints_as_its_own_port | htons(port) | text ${printed% *}
server_prints_as_the_client_port | htons(client_port) | text ${line##*:}
the_kernel_has_both_right | 1 | count ESTABLISHED src port $port and dst port $client_port
END
mark "printed without ntohs(): the client's port $client_port as ${line##*:}"
stop_all

[ "$family" = 4 ] || exit 0
# 127.0.0.1 unconverted is 1.0.0.127: a host out there. This network is sealed; elsewhere the
# programs refuse --no-htonl.
start server echo_server --port "$port"
echo_client --no-htonl --port "$port" </dev/null >"$dir/turned.out" 2>"$dir/turned.err"
complained() { sed -nE '$s/.*: (connect|bind) .*\((E[A-Z]+)\)$/\1: \2/p'; }
outcome=$(complained <"$dir/turned.err")
bound=$(echo_server --no-htonl --port 0 2>&1 </dev/null | complained)
expect --since-mark --let b=0 --cell fault=no-htonl <<END
client_outcome | connect: ENETUNREACH | text ${outcome:-none}
server_outcome | bind: EADDRNOTAVAIL | text ${bound:-none}
packets_to_1.0.0.127 | 0 | packets host 1.0.0.127
END
mark "an address without htonl(): 127.0.0.1 becomes 1.0.0.127"
