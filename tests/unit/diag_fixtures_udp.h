/* What Linux 6.18 answered about UDP sockets (diag_fixtures.h says how). */
#ifndef TCPSTATE_TEST_DIAG_FIXTURES_UDP_H
#define TCPSTATE_TEST_DIAG_FIXTURES_UDP_H

/* The row of the connected socket, with the nlmsghdr: length, type, flags, sequence, port id.
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 39575, cookie 42 */
#define UDP_CONNECTED(header)                                                                      \
	header "02010000" /* family, state, timer, retrans */                                      \
	       "138913887f0000010000000000000000000000007f0000010000000000000000"                  \
	       "00000000000000004200000000000000"                                                  \
	       "00000000000000000000000000000000979a0000" /* expires, queues, uid, inode */        \
	       "0500080000000000"                         /* SHUTDOWN */                           \
	       "08000f0000000000"                         /* MARK */                               \
	       "0c0015000100000000000000"                 /* CGROUP_ID */                          \
	       "0600160050000000"                         /* SOCKOPT */                            \
	       "28000700000000000040030000000000"         /* SKMEMINFO */                          \
	       "00400300000000000000000000000000"                                                  \
	       "0000000000000000"

/* Two UDP sockets: bound with one datagram to read; connected.
 * UDP CLOSED 127.0.0.1:5000 > *:*, queues 832/0, inode 39574, cookie 41
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 39575, cookie 42 */
static const char udp_rows[] =
	/* nlmsghdr: length, type, flags, sequence, port id */
	"a40000001400020074000000a4710000"
	"02070000" /* family, state, timer, retrans */
	/* ports, source, destination, interface, cookie */
	"138800007f000001000000000000000000000000000000000000000000000000"
	"00000000000000004100000000000000"
	"00000000400300000000000000000000969a0000" /* expires, queues, uid, inode */
	"0500080000000000"                         /* SHUTDOWN */
	"08000f0000000000"                         /* MARK */
	"0c0015000100000000000000"                 /* CGROUP_ID */
	"0600160050000000"                         /* SOCKOPT */
	"2800070040030000004003000000000000400300c00c00000000000000000000" /* SKMEMINFO */
	"0000000000000000" UDP_CONNECTED("a40000001400020074000000a4710000");

/* Exact look-up of the connected one (local 127.0.0.1:5001): source and destination are swapped. */
static const char udp_request[] = "48000000140001007500000000000000" /* nlmsghdr */
				  "0211ca00ffffffff" /* family, protocol, extensions, 0, states */
				  /* ports, source, destination, interface, cookie */
				  "138813897f0000010000000000000000000000007f0000010000000000000000"
				  "0000000000000000ffffffffffffffff";

/* The answer.
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 39575, cookie 42 */
static const char udp_row[] = UDP_CONNECTED("a40000001400000075000000a4710000");

/* The same asked with cookie 0x99: ESTALE. */
static const char udp_stale_error[] =
	"5c0000000200000076000000a4710000" /* nlmsghdr: NLMSG_ERROR */
	"8cffffff"                         /* error */
	"48000000140001007600000000000000" /* nlmsghdr of the request */
	"0211ca00ffffffff"                 /* its family, protocol, extensions, states */
	/* its ports, source, destination, interface, cookie */
	"138813897f0000010000000000000000000000007f0000010000000000000000"
	"00000000000000009900000000000000";

/* Asked: 127.0.0.1:5000 > 127.0.0.1:5001. */
static const char udp_bound_asked[] =
	"48000000140001007700000000000000" /* nlmsghdr */
	"0211ca00ffffffff"                 /* family, protocol, extensions, 0, states */
	/* ports, source, destination, interface, cookie */
	"138913887f0000010000000000000000000000007f0000010000000000000000"
	"0000000000000000ffffffffffffffff";

/* The bound socket that would get such a datagram answers. */
static const char udp_bound_answers[] =
	/* nlmsghdr: length, type, flags, sequence, port id */
	"a40000001400000077000000a4710000"
	"02070000" /* family, state, timer, retrans */
	/* ports, source, destination, interface, cookie */
	"138800007f000001000000000000000000000000000000000000000000000000"
	"00000000000000004100000000000000"
	"00000000400300000000000000000000969a0000" /* expires, queues, uid, inode */
	"0500080000000000"                         /* SHUTDOWN */
	"08000f0000000000"                         /* MARK */
	"0c0015000100000000000000"                 /* CGROUP_ID */
	"0600160050000000"                         /* SOCKOPT */
	"2800070040030000004003000000000000400300c00c00000000000000000000" /* SKMEMINFO */
	"0000000000000000";

/* DESTROY group: a connected UDP socket, send queue -1.
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 0, cookie 42 */
static const char destroy_udp[] =
	/* nlmsghdr: length, type, flags, sequence, port id */
	"60000000140000000000000000000000"
	"02010000" /* family, state, timer, retrans */
	/* ports, source, destination, interface, cookie */
	"138913887f0000010000000000000000000000007f0000010000000000000000"
	"00000000000000004200000000000000"
	"0000000000000000ffffffff0000000000000000" /* expires, queues, uid, inode */
	"05000a0011000000";                        /* PROTOCOL */

#endif
