#!/usr/bin/env bash
# record --calls sees the calls of whatever makes them: threads, forked servers, processes that hand
# sockets on, static binaries, interpreters; and says of what it cannot see that it does not. Typed
# by hand: what serving.c does.
# also: root
# needs: user namespaces
set -u
. tests/lib.sh
cd "$TMP" || exit 1
here=$(cd "$(dirname "$0")" && pwd)
serving=$BUILD/tests/netns/serving
# The calls and ends of a recording, a line each, without the program's name.
told() { "$TCPSTATE" report --format jsonl "$1" 2>>err | sed -n 's/^{"type":"\(call\|exit\)".*"text":"\(.*\)"}$/\2/p' | sed "s/^$2  //; s/process [0-9]* holds/process PID holds/"; }
scenario() {    # sentence, name, program; what is told comes on standard input
	local status
	"$TCPSTATE" record --calls -o "$2.rec" -- "$3" "${2%.*}" >out 2>err; status=$?
	is "$1" "$(cat; echo "status 0")" "$(told "$2.rec" "$(basename "$3")"; echo "status $status")"
}
listens='socket() AF_INET, SOCK_STREAM = 3
setsockopt(3) SO_REUSEADDR = 1
bind 127.0.0.1:22537
listen(3, 8)'
connects() { echo "socket() AF_INET, SOCK_STREAM = $1"; echo 'connect 127.0.0.1:22537'; }
end='the process ended (exit status 0)'

threads="$listens
$(connects 4)
write(4, 5) = 5
accept() = 5
read(5, 8) = 5
close(5)
ended, which closes 3
ended, which closes 4
$end"
scenario "threads share their descriptors: one accepts, one reads, one closes" threads "$serving" <<<"$threads"
if cc -static -pthread -D_GNU_SOURCE -o serving-static "$here/serving.c" 2>cc.err; then
	scenario "a static program's calls are told as well" threads.static ./serving-static <<<"$threads"
else
	echo "skip - no static C library here: $(head -n 1 cc.err)"
fi
if command -v musl-gcc >/dev/null && musl-gcc -static -D_GNU_SOURCE -o serving-musl "$here/serving.c" 2>cc.err; then
	scenario "so are those of one that knows no glibc (musl)" threads.musl ./serving-musl <<<"$threads"
else
	echo "skip - no musl-gcc here to build a program without glibc"
fi

# What the children do beside their parent comes in either order.
either_order() {
	"$TCPSTATE" record --calls -o "$2.rec" -- "$serving" "$2" 2>err
	is "$1" "$(sort)" "$(told "$2.rec" serving | sort)"
}
either_order "a server that forks: the last of the two who close a socket closes it" forks <<END
$listens
$(connects 6)
accept() = 7
fork(): process PID holds 3 too
fork(): process PID holds 6 too
fork(): process PID holds 7 too
close(7): the socket is still held elsewhere
write(7, 1) = 1
read(6, 1) = 1
ended, which closes 3: the socket is still held elsewhere
ended, which closes 6: the socket is still held elsewhere
ended, which closes 7
the process ended (exit status 0)
$(connects 7)
accept() = 8
fork(): process PID holds 3 too
fork(): process PID holds 6 too
fork(): process PID holds 7 too
fork(): process PID holds 8 too
close(8): the socket is still held elsewhere
write(8, 1) = 1
read(7, 1) = 1
ended, which closes 3: the socket is still held elsewhere
ended, which closes 6: the socket is still held elsewhere
ended, which closes 7: the socket is still held elsewhere
ended, which closes 8
the process ended (exit status 1)
ended, which closes 3
ended, which closes 6
ended, which closes 7
$end
END
either_order "where the parent keeps its copy, the child's end closes nothing" forgetful <<END
$listens
$(connects 6)
accept() = 7
fork(): process PID holds 3 too
fork(): process PID holds 6 too
fork(): process PID holds 7 too
write(7, 1) = 1
read(6, 1) = 1
ended, which closes 3: the socket is still held elsewhere
ended, which closes 6: the socket is still held elsewhere
ended, which closes 7: the socket is still held elsewhere
the process ended (exit status 0)
$(connects 8)
accept() = 9
fork(): process PID holds 3 too
fork(): process PID holds 6 too
fork(): process PID holds 7 too
fork(): process PID holds 8 too
fork(): process PID holds 9 too
write(9, 1) = 1
read(8, 1) = 1
ended, which closes 3: the socket is still held elsewhere
ended, which closes 6: the socket is still held elsewhere
ended, which closes 7: the socket is still held elsewhere
ended, which closes 8: the socket is still held elsewhere
ended, which closes 9: the socket is still held elsewhere
the process ended (exit status 1)
ended, which closes 3
ended, which closes 6
ended, which closes 7
ended, which closes 8
ended, which closes 9
$end
END
scenario "sockets handed on by sendmmsg() and recvmmsg() stay open on their way; what was not sent is not passed on" passing "$serving" <<END
$listens
$(connects 4)
accept() = 5
$(connects 6)
accept() = 7
$(connects 8)
accept() = 9
sendmmsg(): passes 5 on (SCM_RIGHTS)
sendmmsg(): passes 7 on (SCM_RIGHTS)
sendmmsg(): passes 9 on (SCM_RIGHTS)
close(5): the socket is still held elsewhere
close(7): the socket is still held elsewhere
close(9): the socket is still held elsewhere
fork(): process PID holds 3 too
fork(): process PID holds 4 too
fork(): process PID holds 6 too
fork(): process PID holds 8 too
close(3): the socket is still held elsewhere
recvmmsg(): is given 3 (SCM_RIGHTS)
recvmmsg(): is given 5 (SCM_RIGHTS)
recvmmsg(): is given 7 (SCM_RIGHTS)
write(3, 1) = 1
ended, which closes 3
ended, which closes 4: the socket is still held elsewhere
ended, which closes 5
ended, which closes 6: the socket is still held elsewhere
ended, which closes 7
ended, which closes 8: the socket is still held elsewhere
$end
ended, which closes 3
ended, which closes 4: 1 byte unread
ended, which closes 6
ended, which closes 8
$end
END
scenario "splice, vectors, copies of descriptors and closing by the range are told" moving "$serving" <<END
$listens
$(connects 4)
accept() = 5
$(connects 6)
accept() = 7
$(connects 8)
accept() = 9
write(4, 10) = 10
splice(5, 10) = 10
splice(7, 10) = 10
preadv(7, 6) → ESPIPE (Illegal seek)
readv(6, 6) = 6
recv(6, 4) MSG_PEEK = 4
fcntl(6) = 40
close(6): 4 bytes unread, the socket is still held elsewhere
close_range(40): 4 bytes unread
ended, which closes 3
ended, which closes 4
ended, which closes 5
ended, which closes 7
ended, which closes 8
ended, which closes 9
$end
END

cat >server.py <<'END'
import socket, threading
server = socket.socket()
server.bind(("127.0.0.1", 22538)); server.listen(3)
def serve():
    client, address = server.accept()
    client.recv(100); client.sendall(b"bye"); client.close()
thread = threading.Thread(target=serve); thread.start()
client = socket.create_connection(("127.0.0.1", 22538))
client.sendall(b"hello"); client.recv(3); thread.join(); client.close()
END
if python3 -c '' 2>/dev/null; then
	"$TCPSTATE" record --calls -o python.rec -- python3 server.py 2>err
	is "a Python program's calls are told, by its script's name" "1 1 1 1 1" "$(told python.rec server.py >lines
		echo "$(grep -c '^bind 127.0.0.1:22538$' lines) $(grep -c '^accept4() = ' lines) $(grep -c '^send([0-9]*, 5) = 5$' lines) $(grep -c '^send([0-9]*, 3) = 3$' lines) $(grep -q "^$end" lines && echo 1)")"
else
	echo "skip - no python3 here"
fi
cat >server.js <<'END'
const net = require('net');
const server = net.createServer(client => client.on('data', () => client.end('bye'))).listen(22539, '127.0.0.1', () => {
	const client = net.connect(22539, '127.0.0.1', () => client.write('hello'));
	client.on('data', () => 0); client.on('end', () => { client.end(); server.close(); });
});
END
if command -v node >/dev/null; then
	"$TCPSTATE" record --calls -o node.rec -- node server.js 2>err
	is "a Node program's calls are told, by its script's name" "1 1 1 1 1" "$(told node.rec server.js >lines
		echo "$(grep -c '^bind 127.0.0.1:22539$' lines) $(grep -c '^accept4() = ' lines) $(grep -c '^write([0-9]*, 5) = 5$' lines) $(grep -c '^write([0-9]*, 3) = 3$' lines) $(grep -q "^$end" lines && echo 1)")"
else
	echo "skip - no node here"
fi

cat >foreign.S <<'END'
	.globl _start
_start:	movl $1, %eax
	movl $7, %ebx
	int $0x80
END
if [ "$(uname -m)" = x86_64 ] && cc -m32 -nostdlib -static -o foreign foreign.S 2>cc.err && { ./foreign; [ $? = 7 ]; }; then
	"$TCPSTATE" record --calls -o foreign.rec -- ./foreign 2>err; status=$?
	is "of a program of another architecture it is said, once, that its calls are not seen; its end is" "7 1 1 1" "$status $(grep -c 'foreign (2) is a program of another architecture' err) $(
		"$TCPSTATE" report foreign.rec | tr -s ' \n' ' ' | grep -c 'another architecture: its calls are not seen') $(told foreign.rec foreign | grep -c 'exit status 7')"
else
	echo "skip - no program of another architecture can be built or run here"
fi
# What is not seen is said, once; each of these ways exits with 7, or with 9 where the kernel has
# not got it.
cat >otherwise.c <<'END'
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static long by_int80(long number, long one, long two)
{
	long result = -1;
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(one), "c"(two), "d"(0) : "memory");
#endif
	return result;
}
static unsigned arguments[3] = {2, 1, 0}; /* AF_INET, SOCK_STREAM */
static char ring[256];                     /* struct io_uring_params */
int main(int count, char **way)
{
	long made = count < 2 ? -1 : 0;
	for (int i = 0; i < 3 && made >= 0; i++)
		made = strcmp(way[1], "int80") == 0       ? by_int80(359, 2, 1)
		       : strcmp(way[1], "socketcall") == 0 ? by_int80(102, 1, (long)arguments)
		       : strcmp(way[1], "x32") == 0        ? syscall(0x40000000 | 41, 2, 1, 0)
		       : strcmp(way[1], "io_uring") == 0   ? syscall(425, 4, memset(ring, 0, sizeof(ring)))
							   : -1;
	return made < 0 ? 9 : 7;
}
END
unseen() {      # how, what is told of it
	if ! cc -no-pie -o otherwise otherwise.c 2>cc.err || { ./otherwise "$1"; [ $? != 7 ]; }; then
		echo "skip - no sockets by $1 here: this kernel or machine has it not"
		return
	fi
	"$TCPSTATE" record --calls -o "$1.rec" -- ./otherwise "$1" 2>err; status=$?
	is "of a program that uses $1 it is said, once, that these calls are not seen" "7 1 1" "$status $(grep -c "otherwise (2) $2" err) $(
		"$TCPSTATE" report "$1.rec" | tr -s ' \n' ' ' | grep -c "otherwise (2) $2")"
}
foreign='makes calls of another architecture (int 0x80, x32): these are not seen'
unseen int80 "$foreign"
unseen socketcall "$foreign"
unseen x32 "$foreign"
unseen io_uring 'uses io_uring: what it does by that is not seen'

"$TCPSTATE" record --no-page --calls=sockets -o few.rec -- "$serving" threads >out 2>err
is "with --calls=sockets what may be about files is left out" "1 1 0" "$(told few.rec serving >lines
	grep -c '^listen(' lines) $(grep -c '^accept(' lines) $(grep -cE '^(read|write)' lines)"

# A program that inetd started has its connection as descriptor 0; one without CAP_SYS_ADMIN takes
# the filter only with NO_NEW_PRIVS. Both are recorded inside a sealed network, in the same one.
"$TCPSTATE" record --no-page -o outside.rec -- bash -c '
	"$BUILD/labs/echo_server" --port 12345 >/dev/null &
	"$TCPSTATE" wait --timeout 10 LISTEN=1
	exec 3<>/dev/tcp/127.0.0.1/12345
	echo hello >&3
	"$TCPSTATE" record --no-page --calls --here -o stdin.rec -- head -c 6 <&3 >out 2>err
	setpriv --bounding-set -sys_admin "$TCPSTATE" record --no-page --calls --here -o plain.rec -- \
		sh -c "grep NoNewPrivs /proc/self/status; exit 7" >>out 2>err
	echo "status $?" >>out' 2>outside.err
is "a connection that a program has as descriptor 0 from the start is read" "1" \
	"$(told stdin.rec head | grep -c 'read(0, [0-9]*) = 6')"
is "without CAP_SYS_ADMIN calls are recorded all the same, with NO_NEW_PRIVS" \
	"olleh NoNewPrivs: 1 status 7" "$(tr -s '\t\n' '  ' <out | sed 's/ $//')"
is "and a line says what that costs" "1 1" "$(grep -c 'sudo and other set-user-ID' err) $(
	"$TCPSTATE" report plain.rec | tr -s ' \n' ' ' | grep -c 'sudo and other set-user-ID')"
