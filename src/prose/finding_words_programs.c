/* Words of the findings about programs: sockets they forgot, calls that failed, what ended them,
 * what they used up; and what a recording lacks. */
#include "tcpstate/lang.h"

#include "finding_words.h"

/* what a row leaves out at its end is NULL */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct finding_words finding_words_programs[FINDING_MAX] = {
	[FINDING_CLOSE_WAIT_HELD] = {N_("CLOSE_WAIT held for {held_ms}[ by {who}]"),
		N_("CLOSE_WAIT was held for {held_ms}[ by {who}]: the peer had closed, this "
		   "program did not[; {unread} {unread|byte was|bytes were} left unread][; "
		   "{ended}]."),
		N_("No timer ends CLOSE_WAIT. Look for a missing close() where read() returned 0, "
		   "or for a copy of the descriptor in a parent or child process.[ With {unread} "
		   "{unread|byte|bytes} unread it has not come to that 0 yet: see what it waits "
		   "for (edge-triggered epoll tells of bytes once: read until EAGAIN).]")},
	[FINDING_DESCRIPTOR_LEAK] = {N_("{who} {holders|leaks|leak} descriptors: {sockets} sockets "
					"in CLOSE_WAIT, and their number only grew"),
		N_("{who} held {sockets} sockets in CLOSE_WAIT, one for each client that had left, "
		   "the oldest for {longest_ms}; their number only grew."),
		N_("Each client costs a descriptor until accept() fails with EMFILE. Close the "
		   "connection when read() returns 0, on every path out of the handler.")},
	[FINDING_HELD_OPEN] = {N_("no FIN for {held_ms}: {gone} is done with it, but {who} still "
				  "held a copy of the descriptor"),
		N_("{gone} closed the connection or ended after its last data, but {who} still "
		   "held a copy of the descriptor: no FIN went out for {held_ms}, and a peer that "
		   "reads to the end waits."),
		N_("Only the last close() sends a FIN. Close the connection in the parent after "
		   "fork(), open sockets with SOCK_CLOEXEC where other programs are started, or "
		   "call shutdown(SHUT_WR), which sends it whoever holds copies.")},
	[FINDING_CLOSE_WAIT_UNACCEPTED] = {N_("{sockets} {sockets|client|clients} left before "
					      "accept() and stood in CLOSE_WAIT for up to "
					      "{held_ms}"),
		N_("{sockets} {sockets|connection|connections} that no program had accepted "
		   "{sockets|was|were} in CLOSE_WAIT, for up to {held_ms}: the client had left "
		   "again[, {unread} bytes unread] while it waited for accept()[ by {who}][; "
		   "{busy}]. No close() is missing there."),
		N_("The server does not call accept() fast enough. Accept in a loop of its own, or "
		   "hand clients to threads.")},
	[FINDING_PROCESS_DIED] = {N_("{who} was ended by {by}[ with {connections} "
				     "{connections|connection|connections} open]"),
		N_("{who} was ended by {by}[ with {connections} "
		   "{connections|connection|connections} open: the kernel closed them in its "
		   "place][; {resets} {resets|was|were} reset, since bytes lay unread]."),
		N_("The peers cannot tell: to them a connection ends. After SIGSEGV, SIGABRT and "
		   "their like run the program in a debugger (gdb, valgrind, -fsanitize=address); "
		   "after SIGKILL see who sent it, or whether memory ran out (dmesg); after "
		   "SIGPIPE see which pipe nobody read any more, or whether it wrote to a socket "
		   "without a connection (the listening one).")},
	[FINDING_ENDED_BY_SIGPIPE] = {N_("{who} was ended by {by}: it wrote to a connection that "
					 "its peer had closed"),
		N_("{who} was ended by {by}: it wrote to a connection that its peer had closed or "
		   "reset[; {connections} {connections|other connection|other connections} ended "
		   "with it]."),
		N_("Ignore SIGPIPE (signal(SIGPIPE, SIG_IGN)) or send with MSG_NOSIGNAL: write() "
		   "then fails with EPIPE, and only that connection is lost.")},
	[FINDING_SELECT_LEAVES_OUT] = {N_("{who} leaves out descriptor {fd}, which is in its sets: "
					  "its first argument is {nfds}"),
		N_("{who} leaves out descriptor {fd}, which is in its sets: its first argument is "
		   "{nfds}, and select() looks at no descriptor from that on; it waited for "
		   "{waited_ms}."),
		N_("The first argument of select() is the highest descriptor in any of its sets, "
		   "plus 1. poll() needs none.")},
	[FINDING_UDP_PORT_TAKEN] = {N_("{who} has bound UDP port {port} a second time: {other} "
				       "gets no datagram any more"),
		N_("{who} has bound UDP port {port}, which {other} had bound already: both set "
		   "SO_REUSEADDR, and of such sockets the one that was bound last gets every "
		   "datagram to their address ({datagrams} came)."),
		N_("Leave out SO_REUSEADDR on a UDP server, so that a second one fails with "
		   "EADDRINUSE: no TIME_WAIT holds a UDP port. To share the datagrams set "
		   "SO_REUSEPORT on both.")},
	[FINDING_CLOSED_IN_CALL] = {N_("{who} closed its descriptor, but the socket was still open "
				       "{held_ms} later: no FIN"),
		N_("{who} has closed its descriptor, but the socket was still open {held_ms} "
		   "later, and no FIN went out: a call of another thread upon it, a read most "
		   "likely, has not returned (io_uring, or a message that passes it on, would hold "
		   "it as well)."),
		N_("close() does not wake a read() of another thread: call shutdown(SHUT_RDWR) "
		   "first, which wakes it, and close() when the thread has come back. record "
		   "--calls names the calls.")},
	[FINDING_BUSY_LOOP] = {N_("{who} was called {count} times in {held_ms}, each time in vain"),
		N_("{who} was called {count} times in {held_ms}, each time in vain (EAGAIN): a "
		   "loop that does not wait, which keeps a processor busy."),
		N_("Wait with poll(), select() or epoll until there is something, or leave out "
		   "O_NONBLOCK: a call that waits costs nothing.")},
	[FINDING_BIND_FAILED] = {N_("{who}[; the port was held by {holder}]"),
		N_("{who}[; {again} {again|time|times} more][; the port was held by {holder}]."),
		N_("End or wait for the holder, choose another port, or, where it does not listen, "
		   "set SO_REUSEADDR before bind() in the server.")},
	[FINDING_ADDRESS_IN_USE] = {N_("a program said: {said}"),
		N_("A program said: {said}[; {again} {again|time|times} more][; port {port} was "
		   "held by {holder}][; {unnamed|it|it} names no port, in use then: {holder}]."),
		N_("End or wait for the holder, choose another port, or, where none listens on it, "
		   "set SO_REUSEADDR before each bind() in the server; a client needs no bind(). "
		   "record --calls names the call and its port.")},
	[FINDING_PROGRAM_SAID] = {N_("a program said: {said}"),
		N_("A program said: {said}[; {again} {again|time|times} more][: {meaning}]."),
		N_("record --calls names the call that failed.")},
	[FINDING_CONNECT_FAILED] = {N_("{who}"),
		N_("{who}[; {again} {again|time|times} more][: {error}]."),
		N_("Look at the address and port in the call, and whether anything listens there "
		   "(tcpstate list).")},
	[FINDING_ACCEPT_FAILED] = {N_("{who}[; {held}]"),
		N_("{who}[; {again} {again|time|times} more][; {held}]: clients stay in the accept "
		   "queue."),
		N_("Close the descriptors of clients that have left; else raise the limit (ulimit "
		   "-n, setrlimit()). A loop that only tries again burns a processor.")},
	[FINDING_SOCKET_FAILED] = {N_("{who}[; {held}]"),
		N_("{who}[; {again} {again|time|times} more][; {held}]."),
		N_("Close each socket when it is done with, on every path, also where connect() "
		   "failed; else raise the limit (ulimit -n, setrlimit()). Look at what socket() "
		   "returns: -1 is no descriptor.")},
	[FINDING_CONNECT_NOT_AWAITED] = {N_("{who} returned EINPROGRESS, and the program "
					    "[{closed|closed|closed} the "
					    "socket][{ended|ended|ended}] without waiting"),
		N_("{who} returned EINPROGRESS (Operation now in progress), and the program "
		   "[{closed|closed|closed} the socket][{ended|ended|ended}][ {after_ms} later] "
		   "without waiting for its outcome. Nothing had failed: on a socket that does not "
		   "wait (O_NONBLOCK) the handshake goes on by itself."),
		N_("Wait until poll(), select() or epoll tells that the socket can be written to, "
		   "then ask getsockopt(SO_ERROR) what became of it. Or set O_NONBLOCK (Python: "
		   "setblocking(False)) only after connect().")},
	[FINDING_NOT_AWAITED] = {N_("{who} returned EAGAIN, and the program "
				    "[{closed|closed|closed} the connection][{ended|ended|ended}] "
				    "without waiting"),
		N_("{who} returned EAGAIN (Resource temporarily unavailable), and the program "
		   "[{closed|closed|closed} the connection][{ended|ended|ended}][ {after_ms} "
		   "later] without waiting[; what its peer sent came {came_ms} after that]. "
		   "Nothing had failed: a call on a socket that does not wait (O_NONBLOCK) says so "
		   "where there is nothing to take yet."),
		N_("EAGAIN is no error and no end of the data (that is 0). Wait with poll(), "
		   "select() or epoll until there is something, and call it again; or leave the "
		   "socket as it is made: then the call waits by itself.")},
	[FINDING_CALL_INTERRUPTED] = {N_("{who}, and the program ended"),
		N_("{who}: a signal had come while it waited, and the program ended[ {after_ms} "
		   "later]. Nothing had failed."),
		N_("Call it again when errno is EINTR, or install the handler by sigaction() with "
		   "SA_RESTART (poll(), select() and calls with a time limit return EINTR all the "
		   "same). SIGCHLD comes whenever a child has ended.")},
	[FINDING_PORTS_EXHAUSTED] = {N_("all {ports} local ports[ towards {peer}] used up[, "
					"{time_waits} of them in TIME_WAIT][, by connections that "
					"{who} holds open]"),
		N_("The local ports {low} to {high} were used up[ towards {peer}]: all {ports} "
		   "were taken[, {time_waits} of them by TIME_WAIT][, by connections that {who} "
		   "held open]; connect() then fails with EADDRNOTAVAIL before any packet."),
		N_("Use connections again instead of opening new ones, and close those that are "
		   "done with; let the server close first, widen net.ipv4.ip_local_port_range, or "
		   "allow net.ipv4.tcp_tw_reuse.")},
	[FINDING_TIME_WAIT_OVERFLOW] = {N_("{count} {count|connection|connections} ended without "
					   "TIME_WAIT: the limit tcp_max_tw_buckets was reached"),
		N_("{count} {count|connection|connections} ended without TIME_WAIT: "
		   "net.ipv4.tcp_max_tw_buckets was reached (TcpExtTCPTimeWaitOverflow +{count})[; "
		   "for {unplaced} of them the report shows a TIME_WAIT all the same, by the "
		   "packets alone: the kernel was not asked in time, so which ones they are is not "
		   "known]."),
		N_("Late segments may now meet a new connection. Raise the limit, or let clients "
		   "close first so that TIME_WAITs spread over them.")},
	[FINDING_TIME_WAIT_MANY] = {N_("{sockets} sockets in TIME_WAIT[ at {who}]"),
		N_("{sockets} sockets waited in TIME_WAIT[ at {who}]: that end closed first. Each "
		   "keeps its ports for 60 s."),
		N_("It is the normal end of the side that closes first. Only a client that runs "
		   "out of ports, or a server that must bind again without SO_REUSEADDR, need "
		   "care.")},
	[FINDING_ZOMBIES] = {N_("{who} left {count} {count|child|children} as {count|a "
				"zombie|zombies, the first} for at least {held_ms}"),
		N_("{who} did not wait for {count} {count|child|children} that had ended: "
		   "{count|it is a zombie|they are zombies, the first}, for {held_ms} or longer."),
		N_("Each keeps a pid until its parent calls waitpid(). Do so in a handler of "
		   "SIGCHLD, in a loop with WNOHANG (one signal may stand for several children), "
		   "or ignore the signal: signal(SIGCHLD, SIG_IGN).")},
	[FINDING_CAPTURE_LOST] = {N_("{packets} {packets|packet|packets} lost by the capture"),
		N_("{packets} {packets|packet was|packets were} lost by the capture: transitions "
		   "may be missing or inferred late."),
		N_("Use a larger capture buffer or a narrower FILTER.")},
	[FINDING_DIAG_LOST] = {N_("{count} {count|answer|answers} of the kernel lost"),
		N_("{count} {count|answer|answers} of the kernel {count|was|were} lost: some "
		   "states may lack their evidence."),
		N_("Use a narrower FILTER.")},
	[FINDING_FLOWS_EVICTED] = {N_("{count} {count|connection|connections} forgotten"),
		N_("{count} {count|connection was|connections were} forgotten to make room for "
		   "newer ones; should they speak again, they are reported as seen midway."),
		N_("Use a narrower FILTER.")},
	[FINDING_LOOKUPS_SHED] = {N_("{count} {count|look-up|look-ups} left out"),
		N_("{count} {count|look-up was|look-ups were} left out under load: fewer "
		   "transitions carry the kernel's evidence."),
		N_("Use a narrower FILTER.")},
	[FINDING_CALLS_NOT_KEPT] = {N_("{count} {count|call|calls} left out of the report"),
		N_("{count} {count|call|calls} of programs {count|is|are} left out: a report keeps "
		   "the first 524,288."),
		N_("Record a shorter time.")},
	[FINDING_LOOKS_NOT_KEPT] = {N_("{count} {count|look|looks} left out of the report"),
		N_("{count} {count|look|looks} at what processes were in, or at accept queues, "
		   "{count|is|are} left out: a report keeps the first 4,096 of each kind."),
		N_("Record a shorter time.")},
	[FINDING_PASSED_OVER] = {N_("{count} {count|thing|things} passed over in this report"),
		N_("{count} {count|time|times} a socket, process, connection or text was passed "
		   "over, for more of a kind are not examined: findings about them may be "
		   "missing."),
		N_("Record a shorter time.")},
};
#pragma GCC diagnostic pop
