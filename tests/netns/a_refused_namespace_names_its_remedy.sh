#!/usr/bin/env bash
# What forbids a sealed namespace is told apart, each with its remedy, and COMMAND never runs.
set -u
cd "$TMP" || exit 1
touched=$TMP/command-ran
refused() {     # sentence, words of the message..., with the command in $@ after --
	local sentence=$1 word missing=
	shift
	local words=()
	while [ "$1" != -- ]; do words+=("$1"); shift; done
	shift
	rm -rf "$touched" "$TMP/recording"
	output=$("$@" 2>&1)
	status=$?
	for word in "${words[@]}"; do [[ $output == *"$word"* ]] || missing="$missing \"$word\""; done
	if [ "$status" = 1 ] && [ -z "$missing" ] && [ "$(wc -l <<<"$output")" = 1 ] && [ ! -e "$touched" ] && [ ! -e "$TMP/recording" ]; then echo "ok - $sentence"
	else printf 'not ok - %s: exit %s, lacking %s:\n%s\n' "$sentence" "$status" "$missing" "$output"; fi
}
record=("$TCPSTATE" record -o "$TMP/recording" -- touch "$touched")
ordinary=()
if [ "$(id -u)" = 0 ]; then
	chmod 777 "$TMP"
	ordinary=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
fi
if ! "${ordinary[@]}" unshare -Ur true 2>/dev/null; then
	echo "skip - user namespaces are refused on this machine, and so cannot be made to be refused"
	exit 0
fi
bare=(setpriv --bounding-set=-all --inh-caps=-all)

refused "user namespaces that are disabled are named with their sysctl" "user.max_user_namespaces = 0" "sysctl -w" -- \
	"${ordinary[@]}" unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - "${bare[@]}" "${record[@]}"
refused "a user namespace whose root has no capabilities is named" "has no capabilities" "ordinary user" -- \
	"${ordinary[@]}" unshare -Ur "${bare[@]}" "${record[@]}"
for errno in 1 38; do
	refused "a seccomp filter that refuses unshare() with errno $errno is named" "seccomp filter" "seccomp=unconfined" -- \
		"${ordinary[@]}" "$BUILD/tests/netns/refusing" unshare "$errno" "${record[@]}"
done
refused "a seccomp filter that kills is named" "seccomp filter" -- \
	"${ordinary[@]}" "$BUILD/tests/netns/refusing" unshare kill "${record[@]}"
refused "a namespace without its capabilities is told from one that was refused" "without its capabilities" -- \
	"${ordinary[@]}" "$BUILD/tests/netns/refusing" socket 1 "${record[@]}"
refused "capturing on the machine itself without privileges points to a sealed namespace" "tcpstate record -o DIR -- COMMAND" -- \
	"${ordinary[@]}" "$TCPSTATE" record -o "$TMP/recording" --here -- touch "$touched"
# A filter that refuses something else is not to blame, nor is one that refuses what was not asked
# for.
refused "a sysctl is named although a seccomp filter is at work, too" "user.max_user_namespaces = 0" -- \
	"${ordinary[@]}" "$BUILD/tests/netns/refusing" mount 1 unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - "${bare[@]}" "${record[@]}"
"$TCPSTATE" record -o "$TMP/joined" -- bash -c 'echo ready; exec sleep 1000' >"$TMP/inside" 2>&1 & other=$!
until grep -q ready "$TMP/inside"; do sleep 0.05; kill -0 $other || break; done
inner=$(cat /proc/$other/task/$other/children); inner=${inner%% *}
refused "a seccomp filter that refuses setns() is named, and neither a foreign user nor a capability" "seccomp filter" "setns()" -- \
	"$BUILD/tests/netns/refusing" setns 1 "$TCPSTATE" record -o "$TMP/recording" --netns "$inner" -- touch "$touched"
if [ "$(id -u)" = 0 ]; then
	unshare -n "${bare[@]}" sleep 1000 & roots=$!
	until grep -aq "^sleep" /proc/$roots/cmdline; do sleep 0.05; done
	refused "a root who lacks the capability to join is told so" "lacks CAP_SYS_ADMIN" -- \
		"${bare[@]}" "$TCPSTATE" record -o "$TMP/recording" --netns "$roots" -- touch "$touched"
	kill $roots
	refused "another user's namespace asks for sudo" "another user" "sudo" -- \
		"${ordinary[@]}" env -u TCPSTATE_NETNS "$TCPSTATE" record -o "$TMP/recording" --netns "$inner" -- touch "$touched"
	refused "a seccomp filter that refuses root the network namespace is told from a missing capability" "seccomp filter" "unshare()" -- \
		"$BUILD/tests/netns/refusing" unshare 1 "${record[@]}"
fi
kill $other; wait $other 2>/dev/null
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$TMP/root"
	inside='mount --rbind / "$1/root" 2>/dev/null || exit 77; exec chroot "$1/root" "${@:2}"'
	if unshare -m bash -c "$inside" - "$TMP" true; then
		refused "an ordinary user in a changed root is told that chroot() forbids it" "chroot" "as root" -- \
			unshare -m bash -c "$inside" - "$TMP" "${ordinary[@]}" "${record[@]}"
		rm -rf "$TMP/recording"
		output=$(unshare -m bash -c "$inside" - "$TMP" "$TCPSTATE" record -o "$TMP/recording" -- sh -c 'test "$(id -u)" = 0 && echo ran' 2>&1)
		if [[ $output == *ran* && $output == *"network namespace only"* ]] && grep -q '"sealed":"net"' "$TMP/recording/facts.jsonl"; then
			echo "ok - root in a changed root is sealed in a network namespace alone, and says so"
		else printf 'not ok - root in a changed root is sealed in a network namespace alone: %s\n' "$output"; fi
		# The recording is the invoker's, COMMAND root's, and the recorder has given up most of its power.
		mkdir -p "$TMP/bin" "$TMP/of-user" && chmod 777 "$TMP/of-user" && chmod 755 "$TMP"
		printf '#!/bin/sh\nid -u >"%s/opened-by"\n' "$TMP/of-user" >"$TMP/bin/xdg-open" && chmod 755 "$TMP/bin/xdg-open"
		output=$(unshare -m bash -c "$inside" - "$TMP" env PATH="$TMP/bin:$PATH" SUDO_UID=65534 SUDO_GID=65534 \
			"$TCPSTATE" record -o "$TMP/of-user/recording" --open -- tcpstate expect nobody_asks 0 'unanswered tcp dst port 9' 2>&1)
		status=$?
		if [ "$status" = 0 ] && [[ $output == *"network namespace only"* ]] && [ "$(stat -c %u "$TMP/of-user/recording/wire.pcap")" = 65534 ]; then
			echo "ok - under sudo, the recorder of a COMMAND that stays root reads the invoker's recording"
		else printf 'not ok - under sudo, the recorder of a COMMAND that stays root reads the recording: exit %s: %s\n' "$status" "$output"; fi
		if [ "$(stat -c %u "$TMP/of-user/recording/report.html")" = 65534 ] && [ "$(cat "$TMP/of-user/opened-by")" = 65534 ]; then
			echo "ok - and its page is written and opened by the invoker"
		else printf 'not ok - and its page is written and opened by the invoker: %s\n' "$output"; fi
	else
		echo "skip - this root may not mount, so no changed root can be made"
	fi
fi
