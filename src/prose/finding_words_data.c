/* Words of the findings about data that went nowhere, or late, and of what ended a connection:
 * RSTs, silence, closed windows, datagrams. */
#include "tcpstate/lang.h"

#include "finding_words.h"

/* what a row leaves out at its end is NULL */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct finding_words finding_words_data[FINDING_MAX] = {
	[FINDING_SOCKET_DESTROYED] = {N_("aborted with an RST[ at {who}], but not by close()"),
		N_("The socket[ of {who}] was aborted with an RST while the other end waited for "
		   "an answer or still sent[; {received} bytes had come]. It was not close(): "
		   "neither TcpExtTCPAbortOnClose nor TcpExtTCPAbortOnData moved."),
		N_("Two things are left: somebody destroyed the socket (ss --kill, or another "
		   "SOCK_DESTROY), or the program called connect() with AF_UNSPEC; record --calls "
		   "shows the latter.")},
	[FINDING_ORPHANS_RESET] = {N_("{count} {count|connection|connections}[ of {who}] reset by "
				      "the kernel after close(): too many orphans, or no memory"),
		N_("{count} {count|connection|connections}[ of {who}] {count|was|were} reset by "
		   "the kernel when the program had closed {count|it|them}: there were more "
		   "sockets without a program (orphans) than net.ipv4.tcp_max_orphans allows, or "
		   "no memory was left for TCP (net.ipv4.tcp_mem)."),
		N_("The kernel log tells the two apart (dmesg). What the peer had not acknowledged "
		   "is lost. Raise the limit, or see why peers do not acknowledge: orphans wait "
		   "for them in FIN_WAIT1, CLOSING and LAST_ACK.")},
	[FINDING_DATA_DROPPED] = {N_("data sent to it {times} {times|time|times} again, "
				     "unacknowledged for {longest_ms}, though its socket was "
				     "there"),
		N_("Data or a FIN of {connections} {connections|connection|connections} to this "
		   "end was sent again, up to {times} {times|time|times} over {longest_ms}, and "
		   "not acknowledged, although this end's socket was in {state} all the while, as "
		   "the kernel shows: something on the way drops the segments[; {idle_ms} of "
		   "silence had gone before, and a firewall may have forgotten the connection]."),
		N_("Look for a firewall rule that drops (nft list ruleset), a full queue (tc -s "
		   "qdisc), or checksums that the receiver refuses (TcpInCsumErrors). The sender "
		   "gives up after net.ipv4.tcp_retries2 or TCP_USER_TIMEOUT.")},
	[FINDING_PEER_SILENT] = {N_("silent for {silent_ms}, while data were sent to it again and "
				    "again[; {others} other {others|connection|connections} with "
				    "its host went on][; those of {size} bytes are larger than any "
				    "that arrived]"),
		N_("Nothing came from this end for {silent_ms}, while data or a FIN of "
		   "{connections} {connections|connection|connections} {connections|was|were} sent "
		   "to it again and again[; {idle_ms} of silence had gone before][; meanwhile "
		   "{others} other {others|connection|connections} between the same two hosts went "
		   "on][; the segment sent again has {size} bytes, more than any that had arrived: "
		   "if smaller ones pass, it is too large for the path (an MTU black hole)]."),
		N_("[Segments of {size} bytes: try ping -M do with that size and a smaller one; "
		   "let ICMP \"fragmentation needed\" pass, clamp the MSS, or set "
		   "net.ipv4.tcp_mtu_probing=1. ]If other connections with that host are answered, "
		   "a firewall or an address translator drops these segments, or has forgotten the "
		   "connection (keepalive shorter than its time limit helps). If none is, the host "
		   "or the link is down. net.ipv4.tcp_retries2 or TCP_USER_TIMEOUT end it.")},
	[FINDING_UNREAD_AT_CLOSE] = {N_("reset, because {who} closed with [{unread} "
					"{unread|byte|bytes}][{counted|bytes|bytes}] unread"),
		N_("The connection was reset because {who} closed it with [{unread} "
		   "{unread|byte|bytes}][{counted|bytes|bytes}] unread[ of {received} received][; "
		   "its read asked for {asked}][ (the kernel counted {counted|it|it})][; {ended}]: "
		   "close() then sends RST instead of FIN, and the peer may lose data that it had "
		   "not read yet."),
		N_("Read until read() returns 0, or shutdown(SHUT_WR) first, before close().")},
	[FINDING_DATA_TO_CLOSED_PEER] = {N_("{bytes} {bytes|byte|bytes} sent to a peer that had "
					    "closed[ {after_ms} earlier]: reset"),
		N_("{bytes} {bytes|byte|bytes} went to a peer that had closed[ {after_ms} "
		   "earlier]: nobody was there to read, the answer was an RST[ (the keep-alive "
		   "race: a {race|request|request} meets the server's close)][; the peer had "
		   "closed before it was asked for {unasked|anything|anything}]."),
		N_("[{race|Close|Close} idle connections on the client before the server's time "
		   "limit, or try the request again on a new connection (ECONNRESET after no byte "
		   "of answer).][{unasked|See|See} why it turned this client away: a limit of "
		   "clients, an access list, nothing behind a proxy. Its log tells, or what it "
		   "sent before it closed.]")},
	[FINDING_CLIENT_LEFT] = {N_("{bytes} {bytes|byte|bytes} of the answer sent to a client "
				    "that had closed[ {after_ms} earlier]: reset"),
		N_("{bytes} {bytes|byte|bytes} of the answer[ of {who}] went to a client that had "
		   "closed[ {after_ms} earlier][; {limit}]: nobody was there to read, its kernel "
		   "answered with an RST, and the next write() fails with EPIPE or ECONNRESET."),
		N_("The client, its user or its time limit ended it: see why the answer took so "
		   "long. Let the server take EPIPE calmly (ignore SIGPIPE, or MSG_NOSIGNAL).")},
	[FINDING_END_ANSWERED] = {N_("{bytes} {bytes|byte|bytes} sent in answer to the client's "
				     "FIN: reset"),
		N_("{who} sent {bytes} {bytes|byte|bytes} when the client's FIN came, though "
		   "[{silent|the|the} client had asked for nothing][{asked|every|every} request "
		   "had been answered]: nobody was there to read, and its kernel answered with an "
		   "RST."),
		N_("At the end of input read() and recv() return 0: check for it and close(). A "
		   "server that does not check takes the end for one more message.[ {silent|A|A} "
		   "greeting sent to a client that only tried the port does no harm.]")},
	[FINDING_ABORTED] = {N_("aborted by {who} with an RST while the other end waited for an "
				"answer or still sent"),
		N_("{who} aborted the connection with an RST while the other end waited for an "
		   "answer or still sent[; {received} bytes had come]: [{linger|close()|close()} "
		   "with SO_LINGER and a time of 0][{unread|close()|close()} with bytes "
		   "unread][{either|close()|close()} either with bytes unread, or with SO_LINGER "
		   "and a time of 0][; {ended}]. The other end gets ECONNRESET."),
		N_("close() alone sends a FIN. Read until read() returns 0 before it, and leave "
		   "SO_LINGER alone.[ {either|record|record} --calls tells the two apart: it shows "
		   "what lay unread at close(), and setsockopt().]")},
	[FINDING_CLOSED_UNANSWERED] = {N_("closed[ by {who}] without an answer to {bytes} "
					  "{bytes|byte|bytes}[; {why}]"),
		N_("{bytes} {bytes|byte|bytes} of the client {bytes|was|were} acknowledged, and "
		   "then the server[, {who},] closed the connection[, when its "
		   "{ended|process|process} ended,] without an answer to {bytes|it|them}[, though "
		   "it had answered {answered|others|others} before][; {why}]: a client that waits "
		   "for one reads the end of the data (an empty reply)."),
		N_("See why it closed: its log, an error in its handler, a request that it does "
		   "not understand (TLS on a port without, HTTP on one with TLS, a PROXY header "
		   "that is missing), a limit. A client that wants no answer does not mind.")},
	[FINDING_CLOSE_LINGERS] = {N_("close() of {who} took {held_ms}: SO_LINGER with {linger_s} "
				      "s"),
		N_("close() of {who} took {held_ms}: SO_LINGER is on with {linger_s} s, so that it "
		   "waits until the other end has acknowledged all[, whose receive window was "
		   "{full|closed|closed}], or the time is over."),
		N_("Leave SO_LINGER off: close() returns at once, and the kernel delivers what is "
		   "left. To know that all has arrived call shutdown(SHUT_WR) and read until "
		   "read() returns 0.")},
	[FINDING_CORKED] = {N_("{count} {count|segment|segments} waited 200 ms each[: "
			       "{option|TCP_CORK|TCP_CORK}][: {other|TCP_CORK or MSG_MORE|TCP_CORK "
			       "or MSG_MORE}]"),
		N_("{count} {count|segment|segments}[ of {who}] waited about 200 ms each for more, "
		   "{waited_ms} in all: [{option|TCP_CORK|TCP_CORK} was set, and it is not lifted "
		   "behind a message.][{other|TCP_CORK|TCP_CORK} or MSG_MORE is left on behind a "
		   "message, for the kernel had bytes to send and nothing kept it from sending.] "
		   "The kernel holds back a segment that is not full until then."),
		N_("Set TCP_CORK to 0 behind each message, leave MSG_MORE out of its last send(), "
		   "or do without: one write (writev()) sends a message whole.")},
	[FINDING_PROTOCOLS_DIFFER] = {N_("the client speaks {client}, the server {server}"),
		N_("By their first bytes the client speaks {client}, and the server {server}[, "
		   "status {status}][, number {alert}]: the two do not speak the same protocol on "
		   "this port."),
		N_("See which service listens on that port, and which protocol the client is set "
		   "to: one of the two, or the port, is wrong.")},
	[FINDING_TLS_ALERT] = {N_("TLS handshake refused[ by {who}]: alert {alert}, {means}"),
		N_("[{who} ]refused the TLS handshake by a fatal alert, {alert}: {means}."),
		N_("See the TLS library's own message at both ends; openssl s_client -connect "
		   "HOST:PORT -servername NAME shows what the server offers.")},
	[FINDING_HELLO_UNANSWERED] = {N_("a TLS ClientHello without an answer[ for {waited_ms}][ "
					 "from {who}][: {closed|closed|closed} instead]"),
		N_("The client began with TLS, a ClientHello of {bytes} bytes, and the server[, "
		   "{who},] sent no byte of an answer[ for {waited_ms}][, but "
		   "{closed|closed|closed} the connection][, for it {reads|read|read} on, though "
		   "the ClientHello was complete: it does not take it for TLS]. A server of TLS "
		   "answers at once, by a ServerHello or an alert."),
		N_("[{reads|The|The} port is one without TLS: use it so (http://), or the server's "
		   "TLS port. ]Try openssl s_client -connect HOST:PORT. Without TLS a program "
		   "takes a ClientHello for garbage or an endless line; else the server's TLS "
		   "hangs, or refuses without a word.")},
	[FINDING_CONTINUE_UNANSWERED] = {N_("the client waited {waited_ms} in vain for \"100 "
					    "Continue\"[ from {who}]"),
		N_("The client asked for leave to send the body of its request (Expect: "
		   "100-continue) and kept it back for {waited_ms}, for the server[, {who},] sent "
		   "neither \"100 Continue\" nor an answer[; then it sent the {body|body|body} all "
		   "the same]."),
		N_("Let the server send \"HTTP/1.1 100 Continue\" when it has read the head, or "
		   "answer at once (RFC 9110, 10.1.1); or let the client do without: curl -H "
		   "'Expect:'.")},
	[FINDING_MESSAGE_UNFINISHED] = {N_("[{asks|the|the} request][{tells|the|the} answer] of "
					   "{bytes} {bytes|byte|bytes}[ of {whole}] is not "
					   "complete: {how}"),
		N_("[{asks|The|The} request][{tells|The|The} answer][ of {who}] is not complete: "
		   "{bytes} {bytes|byte|bytes} came[ of {whole}], and {how}."),
		N_("See how each end marks the end of a message: a newline, a length (its size and "
		   "byte order), or shutdown(SHUT_WR).")},
	[FINDING_ANSWER_CUT] = {N_("ended[ by {who}] with {bytes} {bytes|byte|bytes}[ of {whole}] "
				   "of an answer that is not complete: {how}"),
		N_("The server[, {who},] ended the connection[ by an {reset|RST|RST}] when {bytes} "
		   "{bytes|byte|bytes}[ of {whole}] of its answer had come: {how}. The client has "
		   "a part of it."),
		N_("See its log: an error or a limit in the middle of the answer. Else its "
		   "Content-Length is wrong: it counts bytes, not characters, and those that are "
		   "sent, not those before compression.")},
	[FINDING_ANSWER_EXCESS] = {N_("the answer[ of {who}] has {bytes} bytes, {whole} announced"),
		N_("The answer[ of {who}] has {bytes} bytes, but its head and Content-Length "
		   "announce {whole}: the client stops there, and takes the rest, if anything, for "
		   "the beginning of the next answer."),
		N_("Let Content-Length count the bytes of the body as they are sent: not "
		   "characters, and after compression.")},
	[FINDING_READ_NOTHING] = {N_("{who} had room for 0 bytes and returned 0, as at the end of "
				     "the data"),
		N_("{who} had room for 0 bytes and returned 0, which a program takes for the end "
		   "of the data; none of the {bytes} bytes that came was read after that."),
		N_("Give read() and recv() the size of the buffer: sizeof(buffer) of an array. "
		   "strlen(buffer) is 0 where the buffer is empty, and sizeof of a pointer is 8.")},
	[FINDING_SHORT_WRITE] = {N_("{who} took {sent} of {asked} bytes: the rest was never sent"),
		N_("{who} took only {sent} of the {asked} bytes that it was given, for the socket "
		   "does not wait and its buffer was full; the rest was never sent[, and the "
		   "connection stood open for {held_ms} after that]."),
		N_("Look at what send() and write() return: keep what was not taken, and send it "
		   "when poll() says that the socket can be written (POLLOUT). A short write is no "
		   "error, and EAGAIN means later.")},
	[FINDING_SENT_NOTHING] = {N_("{who} with 0 bytes: nothing was sent[ for {held_ms}]"),
		N_("{who} with 0 bytes, which sends nothing on a stream[; nothing else went out "
		   "for {held_ms}]."),
		N_("Look at the length that the call is given: strlen() of what was to be sent, or "
		   "what read() returned.")},
	[FINDING_NEVER_ACCEPTED] = {N_("{bytes} {bytes|byte|bytes} sent, never accepted: no answer "
				       "for {waited_ms}[; {meanwhile}]"),
		N_("{bytes} {bytes|byte|bytes} of the client {bytes|was|were} acknowledged but got "
		   "no answer for {waited_ms}: the connection was never accepted and waited in the "
		   "accept queue[ of {who}][; {meanwhile}]."),
		N_("The kernel completes the handshake and takes data for a program that does not "
		   "call accept(). See what the server does instead (tcpstate list -p; record "
		   "--calls)."),
		N_("The kernel completes the handshake and takes data for a program that does not "
		   "call accept(): the server's calls show what it does instead.")},
	[FINDING_ACCEPTED_LATE] = {N_("{bytes} {bytes|byte|bytes} sent, accepted only {accept_ms} "
				      "later[; {meanwhile}]"),
		N_("{bytes} {bytes|byte|bytes} of the client {bytes|was|were} acknowledged, but "
		   "accept() came only {accept_ms} after them: so long the connection waited in "
		   "the accept queue[ of {who}]; no byte was sent back for {waited_ms}[; "
		   "{meanwhile}]."),
		N_("The kernel completes the handshake and takes data for a program that does not "
		   "call accept() yet. See what the server does instead: one that serves one "
		   "client at a time makes the others wait (record --calls)."),
		N_("The kernel completes the handshake and takes data for a program that does not "
		   "call accept() yet: the server's calls show what it does instead. One that "
		   "serves one client at a time makes the others wait.")},
	[FINDING_GREETED_LATE] = {N_("accepted only {waited_ms} after it was open, by a server "
				     "that speaks first[; {meanwhile}]"),
		N_("The connection was open, and waited for {waited_ms} in the accept queue[ of "
		   "{who}]: its server speaks first, and its first bytes came {first_ms} after the "
		   "handshake[; {meanwhile}]."),
		N_("The kernel completes the handshake for a program that does not call accept() "
		   "yet. See what the server does instead: one that serves one client at a time "
		   "makes the others wait (record --calls)."),
		N_("The kernel completes the handshake for a program that does not call accept() "
		   "yet: the server's calls show what it does instead. One that serves one client "
		   "at a time makes the others wait.")},
	[FINDING_NEVER_ANSWERED] =
		{N_("{bytes} {bytes|byte|bytes} received, no answer for {waited_ms}[: {who}][; "
		    "{meanwhile}]"),
			N_("{bytes} {bytes|byte|bytes} of the peer {bytes|was|were} acknowledged "
			   "here, and no byte was sent back for {waited_ms}[; {unread} of them "
			   "were never read by the program][: {who} had accepted the connection][; "
			   "{meanwhile}][; {others} other {others|connection|connections} to this "
			   "server {others|was|were} answered]."),
			N_("The network did its part: look at what the program waits for (record "
			   "--calls, or a debugger).[ It did not read on: edge-triggered epoll, "
			   "for one, tells of bytes once, so read until EAGAIN ({unread} "
			   "{unread|byte|bytes} unread).]"),
			N_("The network did its part: the program's calls on the timeline show "
			   "what it did instead.[ It did not read on: edge-triggered epoll, for "
			   "one, tells of bytes once, so read until EAGAIN ({unread} "
			   "{unread|byte|bytes} unread).]")},
	[FINDING_ANSWER_UNREAD] = {N_("{unread} {unread|byte|bytes} of the server not read by the "
				      "client for {waited_ms}[: {who}][; {meanwhile}]"),
		N_("{unread} of {bytes} {bytes|byte|bytes} that the server had sent lay unread at "
		   "the client, which sent nothing either for {waited_ms}[: {who}][; "
		   "{meanwhile}]."),
		N_("Nothing is missing from the network or the server: let the client read what "
		   "came. What it leaves fills its buffer until the server can send no more, and a "
		   "close() then resets the connection.")},
	[FINDING_ANSWERED_ERROR] = {N_("answered {status}[ by {who}][; {why}]"),
		N_("{bytes} {bytes|byte|bytes} of the client {bytes|was|were} answered by an error "
		   "of the server's, {status}[, after {waited_ms}][, by {who}][; {why}]."),
		N_("See the server's log.")},
	[FINDING_ANSWERED_LATE] =
		{N_("{bytes} {bytes|byte|bytes} received, answered only after {waited_ms}[ by "
		    "{who}][; {meanwhile}]"),
			N_("{bytes} {bytes|byte|bytes} of the peer {bytes|was|were} acknowledged "
			   "here at once, and answered only after {waited_ms}[ by {who}][; the "
			   "connection waited for accept() for {queued_ms} of it][; {unread} of "
			   "them lay unread meanwhile][; {meanwhile}]."),
			N_("The network did its part: see what kept the program from accept(), "
			   "read() or its answer (record --calls). A server that serves one client "
			   "at a time makes the others wait like this."),
			N_("The network did its part: the program's calls on the timeline show "
			   "what kept it from accept(), read() or its answer. A server that serves "
			   "one client at a time makes the others wait like this.")},
	[FINDING_SECOND_UNANSWERED] = {N_("{who} answered the first request alone of {bytes} "
					  "{bytes|byte|bytes} that held more than one; the client "
					  "waited for {waited_ms}"),
		N_("The client sent {bytes} {bytes|byte|bytes} before it was answered, more than "
		   "one request: the first takes {first} of them. {who} answered that one alone, "
		   "and the client waited for the rest for {waited_ms}."),
		N_("TCP keeps no messages apart: one read() may return several requests. Keep what "
		   "stands behind the first one for the next, in a buffer for each connection; or "
		   "let the client wait for each answer before it asks again (no pipelining).")},
	[FINDING_CLOSED_SILENT] = {N_("closed by {who} after {silent_ms} of silence[; {why}]"),
		N_("The connection had been silent for {silent_ms} when {who} closed it, which "
		   "stands between its client and a server[; {why}]: neither of those two had "
		   "closed."),
		N_("So does a proxy's time limit for those who say nothing: raise it (nginx: "
		   "proxy_read_timeout, or proxy_timeout of a stream; HAProxy: timeout client, "
		   "server, tunnel), or let an end send something more often (a ping of WebSocket; "
		   "keepalive of TCP does not count).")},
	[FINDING_READS_ON] = {N_("the client[, {who},] had the whole answer, {bytes} "
				 "{bytes|byte|bytes}, and read on for {waited_ms}[, until the "
				 "server {closed|closed|closed}]"),
		N_("The client[, {who},] had the whole answer, {bytes} {bytes|byte|bytes} by its "
		   "own Content-Length or last chunk, and read on for {waited_ms}[, until the "
		   "server {closed|closed|closed} the connection]: the server keeps the connection "
		   "open for the next request."),
		N_("With HTTP/1.1 the end of an answer is not the end of the data: read as many "
		   "bytes as Content-Length says (libraries do), and no more; or send Connection: "
		   "close, and the server closes behind its answer.")},
	[FINDING_BOTH_WAIT] = {N_("{who} and {peer} waited for each other in a read for "
				  "{held_ms}[: neither had sent {nobody|a byte|a byte}][; the "
				  "server waited for more than the {bytes} {bytes|byte|bytes} of "
				  "the request][; the client waited for more than the {answered} "
				  "{answered|byte|bytes} of the answer]"),
		N_("For {held_ms} {who} and {peer} were both in a read, each waiting for the "
		   "other[: neither had sent {nobody|a byte|a byte}, nobody speaks first][: the "
		   "server had got {bytes} {bytes|byte|bytes} of the client and waited for more, "
		   "the client for the answer][: the client had got {answered} "
		   "{answered|byte|bytes} of the server and waited for more of the answer or its "
		   "end, the server for the next request]."),
		N_("The network did its part. [{nobody|Let|Let} one of the two send first, and "
		   "flush what it writes by a buffer.][{bytes|See|See} how each end marks the end "
		   "of a message: a newline, a length (its size and byte order), or "
		   "shutdown(SHUT_WR). What the client sent lacks what the server waits for, or "
		   "the answer is still in a buffer of the server's own: fflush(), "
		   "flush().][{answered|See|See} how the client knows that the answer is complete: "
		   "a newline, a length, or the server's close(). Here the server keeps the "
		   "connection open and the client reads on.]")},
	[FINDING_ZERO_WINDOW_HELD] = {N_("receive window closed for {held_ms}[ by {who}][, the "
					 "other end's, too, for {both_ms}: each sends and does not "
					 "read][; {meanwhile}]"),
		N_("This end's receive window was closed for {held_ms}[ by {who}]: its receive "
		   "buffer was full and its program did not read[; {meanwhile}]. The other end may "
		   "send nothing but probes; no timer ends that as long as they are answered.[ The "
		   "other end's window was closed at the same time, for {both_ms}: both programs "
		   "send, and each waits until the other reads (a deadlock).]"),
		N_("See why the program does not read.[ {both_ms|Read|Read} while sending, at one "
		   "end at least: poll() for both directions, or a thread for each.]")},
	[FINDING_GAVE_UP] = {N_("gave up after {times} {times|retransmission|retransmissions}[ "
				"over {longest_ms}]"),
		N_("This end[, {who},] gave up: its data or FIN was sent again {times} "
		   "{times|time|times}[ over {longest_ms}] and never acknowledged[; {idle_ms} of "
		   "silence had gone before][; meanwhile {others} other "
		   "{others|connection|connections} between the same two hosts went on]."),
		N_("Find where the packets end (capture at both ends): a link or host that is "
		   "down, or, if other connections with that host are answered, a firewall or an "
		   "address translator that forgot this one. TCP_USER_TIMEOUT and "
		   "net.ipv4.tcp_retries2 set the patience.")},
	[FINDING_KEEPALIVE_TIMED_OUT] = {N_("keepalive probes unanswered: gave up[ after "
					    "{silent_ms} of silence]"),
		N_("This end[ of {who}] gave up: the peer answered none of {probes} keepalive "
		   "{probes|probe|probes}[, and was last heard {silent_ms} before]. The call that "
		   "waits fails with ETIMEDOUT."),
		N_("The peer's machine or the way to it is gone, or a firewall has forgotten the "
		   "connection: capture at both ends. TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT "
		   "set the patience.")},
	[FINDING_SEGMENTS_TOO_LARGE] = {N_("segments of {size} bytes do not arrive, those up to "
					   "{arrived} do: too large for the path"),
		N_("Segments of {size} bytes were sent again {times} {times|time|times} over "
		   "{longest_ms} and never acknowledged, while the other end still answered and "
		   "had taken those up to {arrived} bytes: the large ones do not fit the path, and "
		   "no ICMP error says so (an MTU black hole)."),
		N_("Let ICMP \"fragmentation needed\" and \"packet too big\" pass, clamp the MSS "
		   "to the path (nft: tcp option maxseg size set rt mtu), lower the interface's "
		   "MTU (tunnels, VPN), or set net.ipv4.tcp_mtu_probing=1.")},
	[FINDING_NAGLE_STALLS] = {N_("{count} small {count|write|writes} waited for a delayed ACK, "
				     "{waited_ms} in all"),
		N_("{count} small {count|segment|segments} of this end[, {who},] waited for the "
		   "acknowledgement of the one before, {waited_ms} in all: Nagle's algorithm holds "
		   "a small segment back while one is unacknowledged, and the other end delays its "
		   "ACK."),
		N_("Write a message with one call (writev(), or a buffer), not in parts; else set "
		   "TCP_NODELAY.")},
	[FINDING_SELF_CONNECTED] = {N_("a socket[ of {who}] is connected to itself"),
		N_("A socket[ of {who}] is connected to itself: nobody listened on port {port}, "
		   "and connect() was given just that number as its own local port. What it sends "
		   "comes back, and the server cannot bind the port."),
		N_("Compare getsockname() with getpeername() after connect(), and keep the ports "
		   "of servers out of net.ipv4.ip_local_port_range (or list them in "
		   "net.ipv4.ip_local_reserved_ports).")},
	[FINDING_DATA_UNACKNOWLEDGED] = {N_("data sent to it {times} {times|time|times} again, "
					    "unacknowledged for {longest_ms}"),
		N_("Data or a FIN of {connections} {connections|connection|connections} to this "
		   "end was sent again, up to {times} {times|time|times} over {longest_ms}, and "
		   "not acknowledged: it did not arrive, was not taken, or the acknowledgement was "
		   "lost (a firewall, a link or host that is down, full segments too large for the "
		   "path)[; its SYN-ACK came {syn_acks} more {syn_acks|time|times}, so it is "
		   "heard, but nothing behind the SYN reaches it: a firewall that saw one "
		   "direction only (asymmetric routes) drops that]."),
		N_("The sender waits twice as long each time and gives up after "
		   "net.ipv4.tcp_retries2 (about 15 minutes by default) or TCP_USER_TIMEOUT.")},
	[FINDING_RST_FORGED] = {N_("ended by an RST that was probably not the peer's"),
		N_("The RST that ended this connection was probably not sent by the peer[: its hop "
		   "limit is {hop}, that of the peer's other packets {usual}][: the kernel still "
		   "showed the peer's socket in {state} afterwards][: the peer itself went on "
		   "afterwards, with {after} more {after|segment|segments}]."),
		N_("Look for a firewall, an intrusion prevention system or a proxy between the two "
		   "that resets connections in the peer's name.")},
	[FINDING_PEER_REBOOTED] =
		{N_("the peer had forgotten the connection[ after {silent_ms} of silence]"),
			N_("The peer no longer knew this connection when it was spoken to after "
			   "{silent_ms} of silence: it answered with a bare RST and had sent no "
			   "FIN. It was restarted, or something between forgot the connection."),
			N_("Use TCP keepalive (SO_KEEPALIVE, TCP_KEEPIDLE) shorter than the time "
			   "limit of firewalls and translators between.")},
	[FINDING_UDP_DROPS] = {N_("{count} {count|datagram|datagrams} dropped at {who}[, and "
				  "{later} after the last look]"),
		N_("{count} {count|datagram was|datagrams were} dropped at {who}[: its receive "
		   "buffer of {rcvbuf} bytes was full][; {arrived} had arrived][; after the last "
		   "look at the sockets {later} more {later|was|were}, by the counter]."),
		N_("Read sooner, or enlarge the buffer: SO_RCVBUF, capped by net.core.rmem_max. "
		   "UDP does not tell the sender.")},
	[FINDING_DATAGRAM_CUT] = {N_("{who} took {asked} bytes of {count|a datagram|datagrams} of "
				     "{size} or more: the rest is lost"),
		N_("{who} gave room for {asked} bytes, and {count} {count|time|times} took a "
		   "datagram of {size} bytes or more: what did not fit is lost."),
		N_("A read of a datagram socket takes one datagram, and throws away what its "
		   "buffer has no room for: make it as large as the largest message (65,535 bytes "
		   "at most); recvmsg() says so by MSG_TRUNC.")},
	[FINDING_DATAGRAMS_UNANSWERED] = {N_("{count} {count|datagram|datagrams} to UDP port "
					     "{port} got no answer: {who} waited for {waited_ms}"),
		N_("{count} {count|datagram|datagrams} to UDP port {port} got no answer and no "
		   "ICMP error, while {who} waited for {waited_ms}[; {server} has that port]."),
		N_("UDP tells nobody of a loss. See whether the server got them (its drops, a "
		   "filter on the way, tcpstate list) and what it does with them; let the client "
		   "have a time limit and ask again.")},
	[FINDING_DATAGRAMS_UNREACHABLE] =
		{N_("{count} {count|datagram|datagrams} to UDP port {port}[, which {nobody|nobody|"
		    "nobody} had bound][, whose socket is connected to {connected}]"),
			N_("{count} {count|datagram|datagrams} to UDP port {port} {count|was|were} "
			   "answered by ICMP port unreachable: [no {nobody|socket|socket} was "
			   "bound there][the socket there is connected to {connected} and takes "
			   "nothing from another address][; {who} has that port]."),
			N_("A connected socket is told of it, once, by ECONNREFUSED at its next "
			   "call; an unconnected one never is.")},
};
#pragma GCC diagnostic pop
