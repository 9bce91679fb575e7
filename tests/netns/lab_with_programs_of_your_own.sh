#!/usr/bin/env bash
# `tcpstate lab NAME --server '...'`: a right server passes, a wrong one fails by the check that
# names its mistake; in C, and (in make check-long) in Python and Perl. And `tcpstate lab ./file.sh`.
# timeout: 960
set -u
. tests/lib.sh
top=$PWD
cd "$TMP" || exit 1

# lab SENTENCE STATUS WORDS NAME OPTION...: its exit status and what it says.
lab() {
	local sentence=$1 wanted=$2 words=$3 status
	rm -rf run
	"$TCPSTATE" lab "${@:4}" -o run >out 2>&1
	status=$?
	if [ "$status" = "$wanted" ] && grep -q "$words" out; then good "$sentence"; else
		bad "$sentence: exit $status"
		cat out
	fi
}

plain=$BUILD/labs/plain
lab 'backlog: a server with the backlog it is asked for' 0 '15 of 15 as predicted' \
	backlog --b 1 --n 2..4 --server "$plain/tcp_server {port} {backlog}"
lab 'backlog: a server that takes no notice of the backlog' 1 'FAILED listen_send_q' \
	backlog --b 1 --n 4 --server "sh -c 'exec $plain/tcp_server {port} 3 # {backlog}'"
if long; then
	lab 'an experiment that asks for no backlog in particular gives one' 0 '3 of 3 as predicted' \
		close-wait --server "bash -c 'test {backlog} -gt 0 && exec $plain/tcp_server {port}'"
	lab 'a server that asks for the way to a far host finds one' 0 '5 of 5 as predicted' \
		backlog --n 3 --server "bash -c 'exec 3<>/dev/udp/8.8.8.8/53 && exec $plain/tcp_server {port}'"
	lab 'backlog: a command without a place for it cannot be asked' 0 'cannot be asked of it' \
		backlog --n 3 --server "$plain/tcp_server {port}"
fi
lab 'backlog: a server of many clients has no queue' 1 'FAILED listen_recv_q' \
	backlog --b 1 --n 3 --server "$plain/poll_server {port} {backlog}"
lab 'backlog: a client of your own, too' 0 '5 of 5 as predicted' backlog --b 1 --n 3 \
	--server "$plain/tcp_server {port} {backlog}" --client "$plain/tcp_client {host} {port}"
lab 'close-wait: a forking server that closes its copy' 0 '3 of 3 as predicted' \
	close-wait --server "$plain/fork_server {port}"
lab 'close-wait: one that keeps it' 1 'FAILED server_close_wait' \
	close-wait --server "$plain/fork_server_keeps_descriptor {port}"
if long; then
	lab 'close-wait: a server that does not notice the end' 1 'FAILED server_close_wait' \
		close-wait --server "$plain/tcp_server_ignores_eof {port}"
	lab 'time-wait: a server with SO_REUSEADDR starts again' 0 '4 of 4 as predicted' \
		time-wait --server "$plain/tcp_server {port}"
	lab 'concurrent: a server that polls serves all' 0 '4 of 4 as predicted' \
		concurrent --server "$plain/poll_server {port}"
fi
lab 'concurrent: an iterative server does not' 1 'FAILED not_accepted' \
	concurrent --server "$plain/tcp_server {port}"
lab 'concurrent: a forking server that waits for nobody leaves zombies' 1 'FAILED zombies' \
	concurrent --server "$plain/fork_server_no_wait {port}"
lab 'byte-order: htons() called' 0 'as predicted' byte-order --server "$plain/tcp_server {port}"
lab 'byte-order: htons() forgotten' 1 'FAILED listens_on_the_port_reversed' \
	byte-order --server "$plain/tcp_server_no_htons {port}"
lab 'a server with a port of its own is told where it listens' 1 \
	'your server listens on 0.0.0.0:8888, not on port 12345: its command has no {port}' \
	backlog --b 1 --n 3 --server "$plain/tcp_server 8888"
lab 'one that forgets htons(), too' 1 \
	'listens on 0.0.0.0:14640, not on port 12345: is htons() forgotten' \
	close-wait --server "$plain/tcp_server_no_htons {port}"
lab 'a server that ends at once is told with what it said' 1 'your server does not listen: my words' \
	byte-order --server 'sh -c "echo my words >&2"'
lab 'a client alone is refused' 2 'goes with --server' backlog --client 'true'

if ! long; then :
elif command -v python3 >/dev/null; then
	lab 'in Python: right' 0 '3 of 3 as predicted' \
		close-wait --server "python3 $top/labs/plain/fork_server.py {port}"
	lab 'in Python: wrong' 1 'FAILED server_close_wait' \
		close-wait --server "python3 $top/labs/plain/fork_server_keeps_descriptor.py {port}"
	lab 'in Python: the backlog' 0 '5 of 5 as predicted' \
		backlog --b 1 --n 4 --server "python3 $top/labs/plain/tcp_server.py {port} {backlog}"
	lab 'in Python: a backlog of its own' 1 'FAILED listen_send_q' backlog --b 1 --n 4 \
		--server "sh -c 'exec python3 $top/labs/plain/tcp_server.py {port} 3 # {backlog}'"
else
	echo "skip - no python3 here: servers in Python are not tried"
fi

cat >server.pl <<'END'
use IO::Socket::INET;
my ($port, $backlog, $forgets) = @ARGV;
my $listener = IO::Socket::INET->new(LocalPort => $port, Listen => $backlog, ReuseAddr => 1) or die;
while (my $client = $listener->accept) {
	while (my $line = <$client>) { chomp $line; print $client scalar(reverse $line), "\n"; }
	push @kept, $client if $forgets;
	close $client unless $forgets;
}
END
if ! long; then :
elif perl -MIO::Socket::INET -e 1 2>/dev/null; then
	lab 'in Perl: right' 0 '3 of 3 as predicted' close-wait --server 'perl server.pl {port} 5'
	lab 'in Perl: wrong' 1 'FAILED server_close_wait' close-wait --server 'perl server.pl {port} 5 forgets'
	lab 'in Perl: the backlog' 0 '5 of 5 as predicted' \
		backlog --b 2 --n 4 --server 'perl server.pl {port} {backlog}'
	lab 'in Perl: a backlog of its own' 1 'FAILED listen_send_q' \
		backlog --b 2 --n 4 --server "sh -c 'exec perl server.pl {port} 4 # {backlog}'"
else
	echo "skip - no IO::Socket::INET of perl here: a server in Perl is not tried"
fi

# An experiment of one's own, from anywhere, with what the shipped ones share.
mkdir mine
cat >mine/two-listeners.sh <<'END'
#!/usr/bin/env bash
# summary: two servers
. "$TCPSTATE_EXPERIMENTS/common.sh"
options "$@" <<'OPTIONS'
port 1-65534 the first server's port
OPTIONS
plan 1
start one echo_server --port "$port"
start two echo_server --port "$((port + 1))"
expect <<<"listeners | 2 | count LISTEN"
mark 'both listen'
END
lab 'an experiment of your own' 0 '1 of 1 as predicted' ./mine/two-listeners.sh --port 4000
chmod +x mine/two-listeners.sh
lab 'an experiment of your own that may be executed' 0 '1 of 1 as predicted' mine/two-listeners.sh
lab 'its options are checked before anything is recorded' 2 'wanted: ' ./mine/two-listeners.sh --port no
if [ -e run ]; then bad 'a wrong option leaves a recording'; else good 'a wrong option leaves no recording'; fi
lab 'a file that is not there is named' 2 './mine/none.sh: No such file' ./mine/none.sh
