/* The phrases of a finding that are the same words each time, and the advice of a phrase: tables by
 * enum finding_phrase. What a phrase says with names or numbers in it is in finding_texts.c. */
#include <stddef.h>

#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

#include "finding_words.h"

static const char *const words[PHRASE_MAX] = {
	[PHRASE_TO_THE_END] = N_("it lasted until the recording ended"),
	[PHRASE_OR_ENDED_THEN] = N_("its process ended at that moment, which may have closed it, "
				    "too: record --calls tells which"),
	[PHRASE_THE_PROGRAM] = N_("the program"),
	[PHRASE_THE_SERVER] = N_("the server"),
	[PHRASE_THE_CLIENT] = N_("the client"),
	[PHRASE_THE_SOCKET] = N_("the socket"),
	[PHRASE_A_SOCKET] = N_("a socket"),
	[PHRASE_ANOTHER_SOCKET] = N_("another socket"),
	[PHRASE_A_LISTENER] = N_("a listening socket"),
	[PHRASE_BAD_MD5] = N_("this kernel dropped them for their TCP MD5 signature, which was "
			      "missing, wrong or not asked for (TCP_MD5SIG, as BGP uses it)"),
	[PHRASE_BAD_AO] = N_("this kernel dropped them for their TCP-AO signature, which was "
			     "missing, wrong or not asked for"),
	[PHRASE_REVERSE_PATH] = N_("this kernel dropped them, for its route back to their source "
				   "is by another interface (reverse path filter, rp_filter)"),
	[PHRASE_BAD_CHECKSUM] = N_("this kernel dropped them for a wrong checksum"),
	[PHRASE_A_FILTER] = N_("something before the listener drops SYNs (a filter, or its limit "
			       "of new connections)"),
	[PHRASE_SAID_NO_ADDRESS] = N_("the address is none of this host's (bind()), or no local "
				      "port was left (connect())"),
	[PHRASE_SAID_NO_DESCRIPTOR] = N_("every descriptor that its limit allows was in use; "
					 "accept(), socket() and open() fail until one is closed"),
	[PHRASE_SAID_NO_ROUTE] = N_("no route leads from that socket to that address, so no packet "
				    "was sent"),
	[PHRASE_NEVER_BOUND] = N_("which the kernel chose: bind() was never called on that socket"),
	[PHRASE_BIND_FAILED] = N_("which the kernel chose: bind() had failed on that socket, and "
				  "listen() was called all the same"),
	[PHRASE_BOUND_TO_NONE] = N_("which the kernel chose: bind() asked for port 0"),
	[PHRASE_CHOSEN_PORT] = N_("one of those that the kernel chooses where bind() failed, is "
				  "missing or asks for port 0"),
	[PHRASE_SAID_CONNECTED] = N_("connect() was called on a socket that is connected already"),
	[PHRASE_SAID_NOT_CONNECTED] = N_("the socket that it used is not connected: connect() was "
					 "not called or had failed, or it is the listening one"),
	[PHRASE_SAID_TOO_LONG] = N_("it sent more than fits into one datagram (65,507 bytes over "
				    "IPv4)"),
	[PHRASE_SAID_NO_DESTINATION] = N_("it sent on a datagram socket without saying to whom"),
	[PHRASE_SAID_INTERRUPTED] = N_("a signal came while a call waited, which then returns "
				       "EINTR: nothing had failed"),
	[PHRASE_SAID_NOT_PERMITTED] = N_("a rule of this host drops what it sends, so no packet "
					 "was sent"),
	[PHRASE_SAID_NO_SOCKET] = N_("the descriptor that it used is no socket"),
	[PHRASE_SAID_NO_NAME] =
		N_("no address was found for that name: no name server answered, or none has it"),
	[PHRASE_SAID_IN_PROGRESS] = N_("connect() on a socket that does not wait had begun, "
				       "nothing had failed"),
	[PHRASE_SAID_NOT_YET] = N_("nothing had come yet, and the call does not wait, or its time "
				   "limit was over: nothing had failed"),
	[PHRASE_SAID_NOT_OPEN] = N_("the descriptor that it used was not open: -1, or closed "
				    "before"),
	[PHRASE_ADDRESS_GONE] = N_("its address had been taken from this host"),
	[PHRASE_READ_NONE] = N_("it had read nothing of what this client sent"),
	[PHRASE_SHUT_RD] = N_("it had called shutdown(SHUT_RD), after which its reads return 0, "
			      "whatever comes"),
	[PHRASE_OWN_SOCKET] = N_("another socket of the same process"),
	[PHRASE_OWN_LISTENER] = N_("another socket of the same process, which listens on it"),
	[PHRASE_LET_IN_EARLIER] = N_("earlier connections to it had been let in"),
	[PHRASE_SYN_TAKEN] = N_("the SYN sent again was taken"),
	[PHRASE_SYN_REFUSED] = N_("the SYN sent again was refused by an RST"),
	[PHRASE_SYN_LOST] = N_("no SYN sent again opened the connection"),
	[PHRASE_SYN_MIXED] = N_("of the SYNs sent again some were taken, others not"),
	[PHRASE_OF_SERVERS] = N_("several servers"),
	[PHRASE_HTONS_SERVER] = N_("in the server"),
	[PHRASE_HTONS_CLIENT] = N_("in the client"),
	[PHRASE_HTONS_EITHER] = N_("on one side"),
	[PHRASE_SPEAKS_TLS] = N_("TLS"),
	[PHRASE_SPEAKS_TLS_ALERT] = N_("TLS (an alert)"),
	[PHRASE_SPEAKS_HTTP] = N_("HTTP/1"),
	[PHRASE_SPEAKS_HTTP2] = N_("HTTP/2"),
	[PHRASE_SPEAKS_SSH] = N_("SSH"),
	[PHRASE_SPEAKS_MAIL] = N_("SMTP or FTP"),
	[PHRASE_SPEAKS_POP3] = N_("POP3"),
	[PHRASE_SPEAKS_IMAP] = N_("IMAP"),
	[PHRASE_SPEAKS_REDIS] = N_("Redis or POP3 (an error)"),
	[PHRASE_SPEAKS_MYSQL] = N_("MySQL"),
	[PHRASE_SPEAKS_PROXY] = N_("the PROXY protocol (a header in front)"),
	[PHRASE_SPEAKS_TEXT] = N_("plain text"),
	[PHRASE_SPEAKS_OTHER] = N_("something else"),
	[PHRASE_SPEAKS_NOTHING] = N_("nothing (it waited for the server to begin)"),
	[PHRASE_SPEAKS_ECHO] = N_("what the client sent (a ClientHello back: an echo)"),
	[PHRASE_SPEAKS_TLS_SAID] = N_("TLS, as its answer of HTTP/1 says"),
	[PHRASE_BODY_MISSING] = N_("its head announces more (Content-Length)"),
	[PHRASE_CHUNK_MISSING] = N_("it is chunked, and the last chunk, of length 0, is missing"),
	[PHRASE_CLOSE_MISSING] = N_("it has neither Content-Length nor chunks, so that only a "
				    "close() ends it"),
	[PHRASE_HEAD_MISSING] = N_("the empty line that ends its head is missing"),
	[PHRASE_URGENT] = N_("a byte of it was sent out of band (MSG_OOB): a read does not return "
			     "that one"),
	[PHRASE_BODY_TIMED_OUT] = N_("its head announces more (Content-Length), and the server "
				     "answered that it did not come in time (408)"),
	[PHRASE_HEAD_TIMED_OUT] = N_("the empty line that ends its head is missing, and the server "
				     "answered that it did not come in time (408)"),
	[PHRASE_NEWLINE_MISSING] = N_("it is text without a newline at its end: a program that "
				      "reads lines waits for it")};

/* Advice of several phrases. */
static const char timed_out_advice[] =
	N_("Send as many bytes as Content-Length says, and an empty line behind the head. See what "
	   "keeps the client from that, or raise the server's limit (Node requestTimeout, nginx "
	   "client_body_timeout, HAProxy timeout http-request).");
static const char fork_advice[] =
	N_("Let the parent close() the connection right after fork(): the child has a copy of its "
	   "own, and the FIN goes out when the last copy is closed. No timer ends CLOSE_WAIT.");
static const char other_client_advice[] =
	N_("Look at that connection first: a server that serves one client at a time calls "
	   "accept() again when it has closed it. Else accept in a loop of its own, or hand "
	   "clients to threads; in an event loop, a handler that blocks stops all.");
static const char taken_advice[] =
	N_("Each client that is waited for in a blocking read() takes a thread of its own: let a "
	   "pool have as many threads as clients stay, give idle clients a time limit "
	   "(SO_RCVTIMEO), or wait for all of them at once (poll(), epoll).");
static const char limit_advice[] =
	N_("It has a limit of its own: max-connections, workers, a pool, a semaphore. Raise it, or "
	   "give idle clients a time limit: who comes beyond it waits in the queue, which takes "
	   "backlog + 1. Or its listener is edge-triggered, and accept() was not called until "
	   "EAGAIN.");
static const char close_in_read_advice[] =
	N_("close() does not wake a read() of another thread, and the FIN goes out only when that "
	   "has returned: call shutdown(SHUT_RDWR) first, which wakes it, and close() when the "
	   "thread has come back.");
static const char descriptor_advice[] = N_("Close the descriptors of clients that have left; else "
					   "raise the limit (ulimit -n). Meanwhile clients stay in "
					   "the accept queue.");
static const char key_advice[] =
	N_("Set the same key for the other's address on both ends (BGP: the neighbour's password); "
	   "only the counter of the end that receives tells of it.");
static const char leak_advice[] =
	N_("Each costs a descriptor until socket() fails with EMFILE. Close a connection when "
	   "read() returns 0, also while it lies idle in a pool, and on every path out of the "
	   "request.");
static const char interrupted_advice[] =
	N_("Call it again when errno is EINTR, or install the handler by sigaction() with "
	   "SA_RESTART (poll(), select() and calls with a time limit return EINTR all the same). "
	   "SIGCHLD comes whenever a child has ended.");
static const char upstream_advice[] =
	N_("Look at that connection first: it may well be the cause, for a proxy passes on what "
	   "its server does.");
static const char own_socket_advice[] =
	N_("The program asks for its own port again: close the first socket before, or call bind() "
	   "and listen() once (a loop around them, a second thread, a child that runs the same "
	   "set-up, a program that reloads itself).");
static const char stopped_advice[] =
	N_("See on that host whether what had listened there still runs, and its log: it may have "
	   "closed its socket, or ended (a server of one client, one that crashed or is "
	   "restarted).");
static const char protocol_advice[] =
	N_("Ports of TCP and of UDP are apart: let both ends use the same protocol (SOCK_STREAM or "
	   "SOCK_DGRAM in socket()).");

static const char speak_tls_advice[] =
	N_("The port is one of TLS: let the client speak it (https:// for http://), or use the "
	   "server's port without TLS.");
static const char length_advice[] =
	N_("Write and read a length in the same byte order (htonl(), ntohl(); in Python \"!I\") "
	   "and of the same size, and refuse one that cannot be.");

/* Of the first text's phrase, which comes before that of the second. */
static const char *const advice_of_first[PHRASE_MAX] = {
	[PHRASE_SPEAKS_PROXY] = N_("The server expects no PROXY header: tell it to (nginx: listen "
				   "... proxy_protocol; haproxy: accept-proxy), or the proxy to "
				   "leave it out (haproxy: send-proxy)."),
	[PHRASE_SPEAKS_TLS] = N_("Use the port without TLS (http:// for https://), or the server's "
				 "TLS port. Mail, FTP and many databases begin in their own "
				 "protocol and turn to TLS by a command (STARTTLS)."),
	[PHRASE_SPEAKS_HTTP2] = N_("Let the client begin with HTTP/1 (no \"prior knowledge\", no "
				   "h2c), or turn on HTTP/2 without TLS at the server."),
	[PHRASE_CLOSED_IN_READ] = close_in_read_advice,
	[PHRASE_TCP_SOCKET] = protocol_advice,
	[PHRASE_UDP_SOCKET] = protocol_advice};

static const char heir_advice[] =
	N_("If that program has no use for the connection, let the one that accepted it open it "
	   "with SOCK_CLOEXEC (accept4()) or set FD_CLOEXEC, or close it in the child before exec; "
	   "if it serves the client, it must close() where read() returned 0. No timer ends "
	   "CLOSE_WAIT.");
static const char *const advice[PHRASE_MAX] = {[PHRASE_PARENT_KEPT] = fork_advice,
	[PHRASE_HTONS_SERVER] = N_("Store the port with htons() in sin_port before bind()."),
	[PHRASE_HTONS_CLIENT] =
		N_("Store the port with htons() in sin_port before connect() or sendto()."),
	[PHRASE_SPEAKS_TLS] = speak_tls_advice,
	[PHRASE_SPEAKS_TLS_ALERT] = speak_tls_advice,
	[PHRASE_SPEAKS_TLS_SAID] = speak_tls_advice,
	[PHRASE_CLOSE_MISSING] = N_("Send a Content-Length, or chunks, or close() the connection "
				    "behind the answer."),
	[PHRASE_URGENT] =
		N_("Leave MSG_OOB out: TCP has no second channel. The receiver gets that byte by "
		   "recv(MSG_OOB), or in the stream with SO_OOBINLINE."),
	[PHRASE_BODY_TIMED_OUT] = timed_out_advice,
	[PHRASE_HEAD_TIMED_OUT] = timed_out_advice,
	[PHRASE_HEAD_MISSING] = N_("End the head by an empty line: \"\\r\\n\\r\\n\" behind the "
				   "last field."),
	[PHRASE_NEWLINE_MISSING] = N_("Send the newline, too (println(), \"\\n\"), and flush what "
				      "a buffer writes; or let the reader know the end in another "
				      "way."),
	[PHRASE_READS_WHOLE] =
		N_("Let both ends agree: send as many bytes as the other reads (all of a buffer, "
		   "not strlen() of it), or let it read up to a newline, a length or the end of "
		   "the data instead of until its buffer is full (MSG_WAITALL, a loop)."),
	[PHRASE_LENGTH_BIG] = length_advice,
	[PHRASE_LENGTH_LITTLE] = length_advice,
	[PHRASE_PARENT_KEPT_ENDED] = fork_advice,
	[PHRASE_IGNORES_END] = N_("read() returns 0 when the peer has closed and all its data is "
				  "read: leave the loop then, and close(). No timer ends "
				  "CLOSE_WAIT."),
	[PHRASE_HOLDS_ANOTHER] = other_client_advice,
	[PHRASE_SERVES_OTHER] = other_client_advice,
	[PHRASE_READS_OTHER] = other_client_advice,
	[PHRASE_READS_OTHERS] = taken_advice,
	[PHRASE_EACH_READS] =
		N_("There are as many clients at a time as processes. Give those that say nothing "
		   "a time limit (SO_RCVTIMEO), start more processes, or let each serve several "
		   "(poll(), epoll, threads)."),
	[PHRASE_LIMIT_POLLS] = limit_advice,
	[PHRASE_LIMIT_READS] = N_("It takes as many clients at once as it has threads, or as a "
				  "pool or semaphore allows. Raise that, give idle clients a time "
				  "limit (SO_RCVTIMEO), or let a thread serve several (poll(), "
				  "epoll): who comes beyond it waits in the queue."),
	[PHRASE_LIMIT_PERHAPS] =
		N_("Either it takes no more at once (max-connections, workers, a pool, a "
		   "semaphore): raise that, or give idle clients a time limit. Or it was at "
		   "something else: record --calls tells which."),
	[PHRASE_OWN_LIMIT] =
		N_("The client gave up by itself: give it more time (SO_RCVTIMEO, the timeout of "
		   "its library), or see why the answer took so long. Let the server take EPIPE "
		   "calmly (ignore SIGPIPE, or MSG_NOSIGNAL)."),
	[PHRASE_CLOSED_IN_READ] = close_in_read_advice,
	[PHRASE_V6ONLY] = N_("Clear IPV6_V6ONLY on the server's socket before bind() "
			     "(net.ipv6.bindv6only sets its default), or let the server listen on "
			     "0.0.0.0, too."),
	[PHRASE_ONE_DEVICE] = N_("Let the client come in by that interface, or the server do "
				 "without SO_BINDTODEVICE."),
	[PHRASE_BAD_MD5] = key_advice,
	[PHRASE_BAD_AO] = key_advice,
	[PHRASE_REVERSE_PATH] = N_("Add a route back to their source by the interface that they "
				   "come in by, or set net.ipv4.conf.INTERFACE.rp_filter to 2 "
				   "(loose) or 0; of that and net.ipv4.conf.all.rp_filter the "
				   "greater counts."),
	[PHRASE_BAD_CHECKSUM] = N_("Look at who changes or offloads the packets on the way "
				   "(ethtool -K ... tx off, a virtual interface, a translator)."),
	[PHRASE_ICMP_REJECTED] = N_("A firewall rejects it: look at the rules of the host that "
				    "sent the error (nft list ruleset)."),
	[PHRASE_ICMP_NO_NEIGHBOUR] = N_("ARP (IPv6: neighbour discovery) got no answer (ip neigh: "
					"FAILED): the address or the netmask is wrong, that "
					"machine is down, or it is on another link."),
	[PHRASE_ICMP] = N_("Its sender is a router that knows no way there, or got no answer to "
			   "ARP on the last link (ip route get, ip neigh on it); a firewall may "
			   "say the same by a rule."),
	[PHRASE_SAID_NO_ADDRESS] = N_("Compare the address with `ip address`: bind() takes one of "
				      "this host's, or 0.0.0.0. record --calls names the call and "
				      "its address."),
	[PHRASE_SAID_NO_DESCRIPTOR] = descriptor_advice,
	[PHRASE_NONE_LEFT] = descriptor_advice,
	[PHRASE_UPSTREAM_RESET] = upstream_advice,
	[PHRASE_UPSTREAM_CLOSED] = upstream_advice,
	[PHRASE_SPOKE_BEFORE] = N_("UDP tells nobody that an end has left. Let it say goodbye, or "
				   "forget who has been silent for some time; a connected socket "
				   "is told by ECONNREFUSED at its next call, an unconnected one "
				   "never is."),
	[PHRASE_UPSTREAM_REFUSED] = upstream_advice,
	[PHRASE_UPSTREAM_REFUSED_PERHAPS] = upstream_advice,
	[PHRASE_UPSTREAM_NO_SYN_ACK] = upstream_advice,
	[PHRASE_UPSTREAM_NO_ANSWER] = upstream_advice,
	[PHRASE_UPSTREAM_ERROR] = upstream_advice,
	[PHRASE_UPSTREAM_RESET_PERHAPS] = upstream_advice,
	[PHRASE_UPSTREAM_CLOSED_PERHAPS] = upstream_advice,
	[PHRASE_UPSTREAM_ERROR_PERHAPS] = upstream_advice,
	[PHRASE_UPSTREAM_REFUSES] = upstream_advice,
	[PHRASE_UPSTREAM_REFUSES_PERHAPS] = upstream_advice,
	[PHRASE_UPSTREAM_ITSELF] = N_("A program that serves one request at a time cannot ask "
				      "itself: let it serve others meanwhile (threads, a second "
				      "process), or call the function instead."),
	[PHRASE_STARTED_KEPT] = heir_advice,
	[PHRASE_OTHER_KEPT] = heir_advice,
	[PHRASE_SAID_CONNECTED] = N_("A socket connects once: close() it, and make another with "
				     "socket() for the next connection. record --calls names the "
				     "call."),
	[PHRASE_SAID_NOT_CONNECTED] = N_("Look at what connect() returns; a server reads from and "
					 "writes to what accept() returns. record --calls names "
					 "the call."),
	[PHRASE_SAID_TOO_LONG] = N_("Send less at once, or use TCP. record --calls names the call "
				    "and its size."),
	[PHRASE_SAID_NO_DESTINATION] = N_("Use sendto() with an address, or connect() before "
					  "send()."),
	[PHRASE_SAID_INTERRUPTED] = interrupted_advice,
	[PHRASE_SAID_NOT_PERMITTED] = N_("Look for it: nft list ruleset, hook output."),
	[PHRASE_SAID_NO_SOCKET] = N_(
		"Look at what socket() and accept() return before using it, and for a close() "
		"before. In C (fd = accept(...)) < 0 needs its brackets: without them fd is 0 or "
		"1, standard input or output."),
	[PHRASE_SAID_NO_NAME] =
		N_("Look at /etc/resolv.conf and /etc/hosts, and whether the name server can be "
		   "reached (getent hosts NAME). In a sealed network none can: use addresses, or "
		   "record --here."),
	[PHRASE_BOTH_FAMILIES] =
		N_("Set IPV6_V6ONLY on the socket of IPv6 before its bind() (nginx: ipv6only=on), "
		   "and each family may have one; or leave out the one of IPv4, for that of IPv6 "
		   "serves both."),
	[PHRASE_SAID_IN_PROGRESS] = N_("Wait with poll() until the socket can be written (POLLOUT) "
				       "and ask for SO_ERROR then; or leave out O_NONBLOCK until "
				       "it is connected."),
	[PHRASE_SAID_NOT_YET] =
		N_("Call poll() before, and take EAGAIN for \"later\"; or leave out O_NONBLOCK and "
		   "SO_RCVTIMEO."),
	[PHRASE_SAID_NOT_OPEN] = N_("Look at what socket() and accept() return, and for a close() "
				    "before: after fork(), of another thread, or in a loop. record "
				    "--calls names the call."),
	[PHRASE_SHUT_RD] = N_("Leave SHUT_RD out: it tells the peer nothing, and the kernel goes "
			      "on taking data. To say that no more will be sent call "
			      "shutdown(SHUT_WR), and read until read() returns 0."),
	[PHRASE_SHUT_SHARED] = N_("After fork() let the process that has no use for the connection "
				  "call close(), which ends its own copy only; shutdown() is for "
				  "the one that has said all."),
	[PHRASE_LET_IN_EARLIER] = stopped_advice,
	[PHRASE_OWN_SOCKET] = own_socket_advice,
	[PHRASE_OWN_LISTENER] = own_socket_advice,
	[PHRASE_SAID_NO_ROUTE] = N_("Look at `ip route`, and whether the interface is up: a sealed "
				    "network has none but its own."),
	[PHRASE_BOUND_ELSEWHERE] =
		N_("Let the server bind 0.0.0.0 ([::]) or the address that clients ask, or the "
		   "client ask the one that is bound."),
	[PHRASE_CONNECTED_ELSEWHERE] =
		N_("The answer came from another address or port than was asked: let the server "
		   "answer by the socket that got the request, and from the address that it came "
		   "to (bind that one, or IP_PKTINFO); a client that may be answered from "
		   "elsewhere must not connect() its socket."),
	[PHRASE_STOPPED] = N_("A stopped process does nothing, while the kernel goes on taking "
			      "connections and data for it. See who stopped it, and let it go on: "
			      "kill -CONT, fg in its shell, or the debugger."),
	[PHRASE_UPSTREAM] = N_("Look at that connection first: this one is answered when that one "
			       "is, or when the program gives it up (a time limit there)."),
	[PHRASE_RELEASED] = N_("See how each end marks the end of a message: a newline, a length "
			       "(its size and byte order, a Content-Length), or shutdown(SHUT_WR). "
			       "What the client sent lacks what the server waits for."),
	[PHRASE_OF_SERVER] = leak_advice,
	[PHRASE_OF_SERVERS] = leak_advice,
	[PHRASE_PORT_USED_AGAIN] = N_("The client's end was closed, and the client used its port "
				      "once more. The server had closed first, so the TIME_WAIT is "
				      "the server's. Let the client choose another local port (no "
				      "bind(), or port 0), or close first."),
	[PHRASE_CLOSED_MIDWAY] = N_("See why it closed before the request was complete or "
				    "answered: its log, its time limit for requests, whether it "
				    "was ended."),
	[PHRASE_ALL_ANSWERED] = N_("The server had the client's FIN all that time, in CLOSE_WAIT: "
				   "let it close() where read() returned 0, and after fork() every "
				   "copy that a process does not use. Let it take EPIPE calmly "
				   "(ignore SIGPIPE, or MSG_NOSIGNAL)."),
	[PHRASE_ADDRESS_GONE] = N_(
		"A connection stands and falls with its two addresses: one whose address is gone "
		"(DHCP, a VPN, a container's network) sends nothing more. Open a new one; a limit "
		"of its own (TCP_USER_TIMEOUT, keepalive) lets the program see it sooner."),
	[PHRASE_READ_NONE] =
		N_("See why it turned this client away: a limit of clients, an access list, an "
		   "error; its log tells, or what it sent before it closed. For the client to get "
		   "that for certain: shutdown(SHUT_WR), read until read() returns 0, then "
		   "close()."),
	[PHRASE_ANSWERED_EARLY] =
		N_("The server answered before it had the whole request, and closed: read that "
		   "answer (413: it takes no more, in nginx client_max_body_size). A client that "
		   "sends much watches for an answer meanwhile, or asks first (Expect: "
		   "100-continue)."),
	[PHRASE_ROLES_UNKNOWN] = N_("Which of the two asks is not known, for the beginning was not "
				    "captured. If the end that closed does, it no longer wanted "
				    "these bytes; else its time limit for idle connections is the "
				    "shorter one."),
	[PHRASE_NOT_TAKEN] = N_("Meanwhile the server holds SYN_RECV, until "
				"net.ipv4.tcp_synack_retries is used up, and the client believes "
				"that it is ESTABLISHED. See why each ACK was not taken, in the "
				"corrections: a full accept queue, TCP_DEFER_ACCEPT, a filter."),
	[PHRASE_FULL_QUEUE] = N_("A SYN that is dropped is sent again, first after 1 s. Call "
				 "accept() sooner, or give listen() a larger backlog "
				 "(net.core.somaxconn caps it)."),
	[PHRASE_FULL_QUEUE_TOLD] = N_("It is no second fault: see the accept queue overflow. A SYN "
				      "that is dropped is sent again, first after 1 s.")};

static const char *said(const char *const table[PHRASE_MAX], unsigned phrase)
{
	return phrase < PHRASE_MAX && table[phrase] != NULL ? _(table[phrase]) : NULL;
}

const char *finding_phrase_words(unsigned phrase)
{
	return said(words, phrase);
}

const char *prose_finding_phrase_advice(const struct finding *finding)
{
	const char *first = said(advice_of_first, finding->phrase[0]);

	if (first == NULL && finding->phrase[1] == PHRASE_DOING)
		return finding_doing_advice(finding);
	return first != NULL ? first : said(advice, finding->phrase[1]);
}
