#!/usr/bin/env bash
# also: user
# `tcpstate explain` names the sysctl that governs a state with the value set in this namespace, and
# no sysctl that this kernel should have but has not.
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi

if ! echo 7 2>/dev/null >/proc/sys/net/ipv4/tcp_fin_timeout; then echo "skip - /proc/sys is read-only here"; exit; fi
text=$("$TCPSTATE" explain FIN_WAIT2)
if grep -qx '  set here  net.ipv4.tcp_fin_timeout = 7' <<<"$text"; then good "a changed sysctl is told with its value"
else bad "a changed sysctl is told with its value"; echo "$text"; fi

states="CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT"
for state in $states; do
	text=$("$TCPSTATE" explain $state)
	named=$(grep -v '^  set here' <<<"$text" | grep -oE 'net\.(ipv4|core)\.[a-z0-9_]+' | sort -u)
	told=$(sed -n 's/^  set here  \([a-z0-9_.]*\) = [0-9]*$/\1/p' <<<"$text" | sort)
	there=$(for name in $named; do [ ! -e "/proc/sys/${name//.//}" ] || echo "$name"; done)
	if [ "$told" = "$there" ]; then good "$state: each sysctl that is named is told once"; else bad "$state: each sysctl that is named is told once"; diff <(echo "$there") <(echo "$told"); fi
	for name in $named; do
		[ -e "/proc/sys/${name//.//}" ] || case $name in
		*tcp_syn_linear_timeouts | *tcp_tw_reuse_delay) ;;      # Linux 6.5, 6.14
		*tcp_max_tw_buckets | *tcp_max_orphans) ;;              # of the first namespace only, on some kernels
		*) bad "$state: $name exists" ;;
		esac
	done
done
# shellcheck disable=SC2086
if [ "$("$TCPSTATE" explain $states | grep -c '^  RFC 9293  ')" = 11 ]; then good "several states can be asked at once"; else bad "several states can be asked at once"; fi
if [ -z "$("$TCPSTATE" explain LISTEN NO_STATE 2>/dev/null)" ]; then good "a wrong name among them is told before anything else"; else bad "a wrong name among them is told before anything else"; fi
