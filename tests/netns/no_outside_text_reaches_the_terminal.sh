#!/usr/bin/env bash
# Marks, checks, commands, folders, programs, chat and echo lines that hold terminal controls,
# directions or bytes that are no UTF-8 are shown, never obeyed.
# also: root
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs
# ESC, OSC 52, BEL, a newline with a false line behind it, DEL, C1 as UTF-8, RLO, and a byte that is
# no UTF-8
evil=$'\033]52;c;AAAA\a\033[31m\n  passed fake\177\u009b1m\u202edrawkcab\x9b'
dirty=$'[\001-\010\013-\037\177]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]'
clean() {       # sentence, file: nothing in it is obeyed, and the evil text is there
	if LC_ALL=C grep -qE "$dirty" "$2"; then printf 'not ok - %s: a control reaches the terminal\n' "$1"; cat -v "$2" | head -60
	elif ! iconv -f UTF-8 -t UTF-8 "$2" >/dev/null 2>&1; then printf 'not ok - %s: what is no UTF-8 reaches the terminal\n' "$1"
	elif ! grep -q '\\x1b' "$2"; then printf 'not ok - %s: the text is not shown\n' "$1"; cat -v "$2" | head -60
	elif grep -q '^ *passed fake' "$2"; then printf 'not ok - %s: a line of its own making\n' "$1"
	else echo "ok - $1"; fi
}
dir=$'run\033]0;x\a\u202e'
cat >name.c <<'END'
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>
int main(void) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(12345)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	prctl(PR_SET_NAME, "\033]0;x\a\177\x9b");
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	listen(fd, 1);
	puts("ready"); fflush(stdout);
	pause();
	return 0;
}
END
cc -o evil-name name.c || exit 1
cat >inside.sh <<'END'
./evil-name >named & until grep -q ready named; do sleep 0.02; done
tcpstate mark "$evil" 2>/dev/null || tcpstate mark "${evil%?}"
tcpstate expect --cell "k=${evil%?}" "n ${evil%?}" "0" 'count ESTABLISHED' >expected 2>&1
exec 5<>/dev/tcp/127.0.0.1/12345
tcpstate list -p >listed 2>&1
END
export evil
"$TCPSTATE" record -o "$dir" -- bash inside.sh "$evil" >recorded 2>&1
"$TCPSTATE" report --all --edges "$dir" >reported 2>&1
holds() { if eval "$2"; then echo "ok - $1"; else echo "not ok - $1: $(cat -v refused)"; fi; }
tr -s ' \n' ' ' <reported >refused
holds "an argument of COMMAND that is no UTF-8 is told as it was, but shown" 'grep -q "command .*drawkcab.x9b" refused'
"$TCPSTATE" record -o $'odd\x9b' -- touch ran >refused 2>&1; status=$?
holds "a folder whose name is no UTF-8 is refused by that reason" '[ $status = 1 ] && [ ! -e ran ] && grep -q "odd.x9b.*UTF-8" refused && ! grep -q memory refused'
clean "report: marks, checks, command, programs and the folder's name" reported
clean "record: what COMMAND left running" recorded
clean "expect: names and values of checks" expected
clean "list: programs" listed
"$TCPSTATE" report "$dir/nothing" >failed 2>&1
clean "an error that names a file" failed
"$TCPSTATE" pack "$dir" >packed 2>&1
clean "pack: what it has made" packed
cp inside.sh "own$dir.sh"
"$TCPSTATE" lab "./own$dir.sh" >played 2>&1
clean "lab: an experiment's name, and where it is recorded" played
for words in "report --$evil" "list --state $evil" "record --ring $evil -o none -- true" "list --lang $evil" "$evil"; do
	IFS=' ' read -r -d '' -a arguments <<<"$words"
	arguments[-1]=${arguments[-1]%$'\n'}
	"$TCPSTATE" "${arguments[@]}" >misused 2>&1
	clean "an argument that is wrong: ${words%%$'\033'*}" misused
done

# ---- labs ----
echo_server --port 0 </dev/null >served 2>&1 &
for ((i = 0; i < 200; i++)); do port=$(sed -n 's/^ready [^ ]* \([0-9]*\).*/\1/p' served); [ -n "$port" ] && break; sleep 0.05; done
exec 8<>"/dev/tcp/127.0.0.1/$port"
printf '\\x1b \a\177\u009b\u202e\x9b\nbye\n' >&8
timeout 5 cat <&8 >/dev/null
exec 8<&-
kill %1 2>/dev/null; wait
clean "echo_server: lines" served
chat_server --port 0 </dev/null >room 2>&1 &
for ((i = 0; i < 200; i++)); do port=$(sed -n 's/^ready [^ ]* \([0-9]*\).*/\1/p' room); [ -n "$port" ] && break; sleep 0.05; done
(printf 'hello\n'; sleep 1; printf '\\x1b \a\177\u009b\u202e\n'; sleep 1) | chat_client --port "$port" --nick good >chatted 2>&1 &
client=$!
exec 7<>"/dev/udp/127.0.0.1/$port"
printf 'bad\u202ename|login' >&7
printf 'bad\033name|login' >&7
wait $client
kill %1 2>/dev/null; wait
cat room chatted >both
clean "chat: names and lines" both

# What a program of the labs says of its own arguments and orders.
wrong() { printf '%s %s\n' "$1" "${evil//[$'\033'$'\n']/}"; }
for words in "echo_client --fault " "echo_server --fault " "fork_server " "chat_client --nick " "chat_server --no" "hold no" "hold --no" "syn_sender --count "; do
	IFS=' ' read -r -d '' -a arguments <<<"$words${evil// /_}"
	arguments[-1]=${arguments[-1]%$'\n'}
	"${arguments[@]}" </dev/null >misused 2>&1
	clean "$words: an argument that is wrong" misused
done
{ wrong order; wrong "order \\x1b"; echo quit; } | timeout 20 echo_server --port 0 >answered 2>&1
clean "echo_server: an order that is none" answered
{ wrong order; wrong "close \\x1b"; echo quit; } | timeout 20 fork_server --port 0 >answered 2>&1
clean "fork_server: an order that is none" answered
{ wrong "order \\x1b"; echo end; } | timeout 20 hold >answered 2>&1
clean "hold: an order that is none" answered

# ---- the program's way of showing and the labs' own are one ----
differ=
for ((from = 1; from < 0xe0100; from += 32)); do
	text=
	for ((point = from; point < from + 32; point++)); do
		((point == 0x2f)) || printf -v one "\\U$(printf %x $point)" && text+=$one
	done
	ours=$("$TCPSTATE" report "./$text" 2>&1)
	theirs=$(echo_client --fault "./$text" 2>&1)
	ours=${ours#*./} theirs=${theirs#*./}
	[ "${ours%: No such*}" = "${theirs%: no fault*}" ] || differ+=" $(printf %x $from)"
	case $from in # where nothing is special
	2049) from=$((0x17e1)) ;; 6209) from=$((0x1fe1)) ;; 8321) from=$((0xfec1)) ;; 65601) from=$((0xdffe1)) ;; esac
done
if [ -z "$differ" ]; then echo "ok - the labs show each character as the program does"
else echo "not ok - the labs show each character as the program does: not of those from$differ"; fi

# ---- a terminal without colours ----
colours() { script -qec "TERM=$1 $TCPSTATE report --summary plain" /dev/null </dev/null | grep -c $'\033'; }
"$TCPSTATE" record -o plain -- true 2>/dev/null
unset NO_COLOR
if [ "$(colours xterm)" -gt 0 ] && [ "$(colours dumb)" = 0 ]; then echo "ok - TERM=dumb has no colour"
else echo "not ok - TERM=dumb has no colour: $(colours xterm) and $(colours dumb) lines"; fi
