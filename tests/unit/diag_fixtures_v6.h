/* What Linux 6.18 answered about IPv6 sockets, to wrong requests, and to several at once
 * (diag_fixtures.h says how). */
#ifndef TCPSTATE_TEST_DIAG_FIXTURES_V6_H
#define TCPSTATE_TEST_DIAG_FIXTURES_V6_H

/* Dump of the TCP sockets of AF_INET6. */
static const char v6_request[] = "48000000140001037a00000000000000" /* nlmsghdr */
				 "0a06ca00ff3f0000" /* family, protocol, extensions, 0, states */
				 /* ports, source, destination, interface, cookie */
				 "0000000000000000000000000000000000000000000000000000000000000000"
				 "0000000000000000ffffffffffffffff";

/* A row of a LISTEN socket: place: ports, source, destination, interface, cookie; sizes: expires,
 * rqueue, wqueue, uid, inode; v6only: SKV6ONLY; waiting: how many wait, in tcp_info. */
#define V6_LISTENER(place, sizes, v6only, waiting)                                                 \
	"d0010000140002007a000000a4710000" /* nlmsghdr: length, type, flags, sequence, port id */  \
	"0a0a0000"                         /* family, state, timer, retrans */                     \
		place                      /* as above */                                          \
			sizes "0500080000000000"                           /* SHUTDOWN */          \
		v6only "08000f0000000000"                                  /* MARK */              \
	"0c0015000100000000000000"                                         /* CGROUP_ID */         \
	"0600160012000000"                                                 /* SOCKOPT */           \
	"2800070000000000000002000000000000400000000000000000000000000000" /* SKMEMINFO */         \
	"0000000000000000" /* INFO (struct tcp_info) */                                            \
	"1c0102000a0000000000000000000000000000000000000000000000" waiting "000000"                \
	"0300000000000000000000000000000000000000000000000000000000000000"                         \
	"00000000000000000000000000000000000000000a0000000000000003000000"                         \
	"000000000000000000000000ffffffffffffffffffffffffffffffff00000000"                         \
	"0000000000000000000000000000000000000000000000000000000000000000"                         \
	"0000000000000000000000000000000000000000000000000000000000000000"                         \
	"0000000000000000000000000000000000000000000000000000000000000000"                         \
	"0000000000000000000000000000000000000000000000000000000000000000"                         \
	"00000000000000000000000000000000000000000000000000000000"                                 \
	"0800040062627200" /* CONG */

/* A row of a connection, with the header, and with tcp_info. */
#define V6_CONNECTED(header, place, sizes, info)                                                   \
	header "0a010000"                        /* family, state, timer, retrans */               \
		place                            /* as above */                                    \
			sizes "0500080000000000" /* SHUTDOWN */                                    \
	       "08000f0000000000"                /* MARK */                                        \
	       "0c0015000100000000000000"        /* CGROUP_ID */                                   \
	       "0600160012000000"                /* SOCKOPT */                                     \
	       "28000700000000000000020000000000001e3c00000000000000000000000000" /* SKMEMINFO */  \
	       "0000000000000000" info /* INFO (struct tcp_info) */                                \
	       "0800040062627200"      /* CONG */

/* TCP LISTEN [::]:12360 > *:*, queues 2/3, inode 39577, cookie 44 */
#define DUAL_STACK                                                                                 \
	V6_LISTENER("3048000000000000000000000000000000000000000000000000000000000000"             \
		    "00000000000000004400000000000000",                                            \
		"00000000020000000300000000000000999a0000", "05000b0000000000", "02")

/* TCP LISTEN [::1]:12361 > *:*, queues 0/3, inode 39580, cookie 45 */
#define V6_ONLY                                                                                    \
	V6_LISTENER("3049000000000000000000000000000000000001000000000000000000000000"             \
		    "00000000000000004500000000000000",                                            \
		"000000000000000003000000000000009c9a0000", "05000b0001000000", "00")

/* TCP ESTABLISHED [::1]:53026 > [::1]:12360, queues 0/0, inode 39579, cookie 46 */
#define LOOPBACK_CLIENT                                                                            \
	V6_CONNECTED("c8010000140002007a000000a4710000",                                           \
		"cf22304800000000000000000000000000000001000000000000000000000000"                 \
		"00000001000000004600000000000000",                                                \
		"000000000000000000000000000000009b9a0000",                                        \
		"1c010200010000000007aa01e01c030000000000dc7f00001802000000000000"                 \
		"0000000000000000000000000000000004000000000000000400000004000000"                 \
		"00000100c4ff00001300000009000000ffffff7f0a000000b8ff000003000000"                 \
		"00000000c4ff000000000000d8e587760b000000ffffffffffffffff01000000"                 \
		"0000000000000000000000000200000001000000000000001300000000000000"                 \
		"0000000000000000000000000000000000000000000000000000000000000000"                 \
		"0000000001000000000000000000000000000000000000000000000000000000"                 \
		"0000000000000000b8ff00000000010000000000000000000000000000000000"                 \
		"00000000000000000000000000000000000000000000000000000000")

/* TCP ESTABLISHED [::1]:12360 > [::1]:53026, queues 0/0, inode 0, cookie 47 */
#define LOOPBACK_SERVER                                                                            \
	V6_CONNECTED("c8010000140002007a000000a4710000",                                           \
		"3048cf2200000000000000000000000000000001000000000000000000000000"                 \
		"00000001000000004700000000000000",                                                \
		"0000000000000000000000000000000000000000",                                        \
		"1c010200010000000007aa01e01c030000000000008000001802000000000000"                 \
		"0000000000000000000000000000000004000000000000000400000004000000"                 \
		"00000100b8ff00000900000004000000ffffff7f0a000000b8ff000003000000"                 \
		"00000000b8ff000000000000934def3918000000ffffffffffffffff00000000"                 \
		"0000000000000000000000000000000002000000000000000900000000000000"                 \
		"0000000000000000000000000000000000000000000000000000000000000000"                 \
		"0000000001000000000000000000000000000000000000000000000000000000"                 \
		"000000000000000000000100b8ff000000000000000000000000000000000000"                 \
		"00000000000000000000000000000000000000000000000000000000")

/* The accepting end of the connection over IPv4: TCP ESTABLISHED 127.0.0.1:12360 > 127.0.0.1:22006,
 * queues 0/0, mapped, inode 0, cookie 48. */
#define MAPPED(header)                                                                             \
	V6_CONNECTED(header,                                                                       \
		"304855f600000000000000000000ffff7f00000100000000000000000000ffff"                 \
		"7f000001000000004800000000000000",                                                \
		"0000000000000000000000000000000000000000",                                        \
		"1c010200010000000007aa01e01c030000000000008000001802000000000000"                 \
		"0000000000000000000000000000000004000000000000000400000004000000"                 \
		"ffff0000cbff00000f00000007000000ffffff7f0a000000cbff000003000000"                 \
		"00000000cbff000000000000762129890e000000ffffffffffffffff00000000"                 \
		"0000000000000000000000000000000002000000000000000f00000000000000"                 \
		"0000000000000000000000000000000000000000000000000000000000000000"                 \
		"0000000001000000000000000000000000000000000000000000000000000000"                 \
		"000000000000000000000100cbff000000000000000000000000000000000000"                 \
		"00000000000000000000000000000000000000000000000000000000")

/* Listeners, dual-stack and v6-only; both ends of a connection over ::1; the accepting end of one
 * over IPv4. */
static const char v6_rows[] = DUAL_STACK V6_ONLY LOOPBACK_CLIENT LOOPBACK_SERVER MAPPED(
	"c8010000140002007a000000a4710000");

/* A dump of protocol 99: NLMSG_DONE that carries -ENOENT. */
static const char bad_protocol_done[] = "14000000030002007d000000a4710000feffffff";

/* A request 8 bytes too short: NLMSG_ERROR, -EINVAL. */
static const char short_error[] = "54000000020000007e000000a4710000eaffffff40000000140001037e000000"
				  "000000000206ca00010000000000000000000000000000000000000000000000"
				  "0000000000000000000000000000000000000000";

/* Three look-ups in one datagram: none there, a mapped connection (with NLM_F_ACK), none there with
 * cookie 7. */
static const char batch_request[] =
	"48000000140001007f00000000000000" /* nlmsghdr */
	"0206ca00ffffffff"                 /* family, protocol, extensions, 0, states */
	/* ports, source, destination, interface, cookie */
	"115c00007f0000010000000000000000000000007f0000010000000000000000"
	"0000000000000000ffffffffffffffff"
	"48000000140005008000000000000000" /* nlmsghdr */
	"0206ca00ffffffff"                 /* family, protocol, extensions, 0, states */
	/* ports, source, destination, interface, cookie */
	"304855f67f0000010000000000000000000000007f0000010000000000000000"
	"0000000000000000ffffffffffffffff"
	"48000000140001008100000000000000" /* nlmsghdr */
	"0206ca00ffffffff"                 /* family, protocol, extensions, 0, states */
	/* ports, source, destination, interface, cookie */
	"115c00027f0000010000000000000000000000007f0000010000000000000000"
	"00000000000000000700000000000000";

/* Answer 1 of that batch. */
static const char batch_absent[] =
	"5c000000020000007f000000a4710000" /* nlmsghdr: NLMSG_ERROR */
	"feffffff"                         /* error */
	"48000000140001007f00000000000000" /* nlmsghdr of the request */
	"0206ca00ffffffff"                 /* its family, protocol, extensions, states */
	/* its ports, source, destination, interface, cookie */
	"115c00007f0000010000000000000000000000007f0000010000000000000000"
	"0000000000000000ffffffffffffffff";

/* Answer 2 of that batch. */
static const char batch_row[] = MAPPED("c80100001400000080000000a4710000");

/* Answer 3 of that batch. */
static const char batch_ack[] = "240000000200000180000000a471000000000000480000001400050080000000"
				"00000000";

/* Answer 4 of that batch. */
static const char batch_absent_cookie[] =
	"5c0000000200000081000000a4710000" /* nlmsghdr: NLMSG_ERROR */
	"feffffff"                         /* error */
	"48000000140001008100000000000000" /* nlmsghdr of the request */
	"0206ca00ffffffff"                 /* its family, protocol, extensions, states */
	/* its ports, source, destination, interface, cookie */
	"115c00027f0000010000000000000000000000007f0000010000000000000000"
	"00000000000000000700000000000000";

#endif
