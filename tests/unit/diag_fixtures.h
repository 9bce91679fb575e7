/* What Linux 6.18 answered in a network namespace of its own, as hexadecimal text; each comment says what was asked and what it
 * reads as. From a little-endian machine: netlink numbers are in host order, so the tests that use this are skipped elsewhere. */
#ifndef TCPSTATE_TEST_DIAG_FIXTURES_H
#define TCPSTATE_TEST_DIAG_FIXTURES_H

/* A listener with two connections in its accept queue.
 * TCP LISTEN 127.0.0.1:12345 > *:*, queues 2/5, inode 39565, cookie 34 */
static const char listen_row[] =
	"c80100001400020064000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"020a0000"                                                         /* family, state, timer, retrans */
	"303900007f000001000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003400000000000000"
	"000000000200000005000000000000008d9a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"2800070000000000000002000000000000400000000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c0102000a000000000000000000000000000000000000000000000002000000" /* INFO (struct tcp_info) */
	"0500000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000a0000000000000003000000"
	"000000000000000000000000ffffffffffffffffffffffffffffffff00000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* The end of that dump: NLMSG_DONE. */
static const char done[] = "140000000300020064000000a471000000000000";

/* Exact look-up of an accepted socket, as diag_request_exact() wrote it. */
static const char established_request[] =
	"48000000140001006600000000000000"                                 /* nlmsghdr */
	"0206ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"303955f17f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff";

/* The answer: accepted, 5 bytes not read yet.
 * TCP ESTABLISHED 127.0.0.1:12345 > 127.0.0.1:22001, queues 5/0, inode 39568, cookie 36 */
static const char established_row[] =
	"c80100001400000066000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02010000"                                                         /* family, state, timer, retrans */
	"303955f17f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003600000000000000"
	"00000000050000000000000000000000909a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"28000700450300000000020000000000001e3c00bb0c00000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c010200010000000007aa01e01c0300409c0000008000001802000000000000" /* INFO (struct tcp_info) */
	"000000000000000000000000000000000c000000000000000c0000000c000000"
	"ffff0000cbff0000170000000b000000ffffff7f0a000000cbff000003000000"
	"00000000cbff0000000000000e04d87a09000000ffffffffffffffff00000000"
	"0000000005000000000000000100000003000000000000001700000001000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000001000000000000000000000000000000000000000000000000000000"
	"0000000000000000000001000000010000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* Sequence 103 asked for 127.0.0.1:12345 > 127.0.0.1:22999, which does not exist: the listener answers. */
static const char listener_answers[] =
	"c80100001400000067000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"020a0000"                                                         /* family, state, timer, retrans */
	"303900007f000001000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003400000000000000"
	"000000000100000005000000000000008d9a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"2800070000000000000002000000000000400000000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c0102000a000000000000000000000000000000000000000000000001000000" /* INFO (struct tcp_info) */
	"0500000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000a0000000000000003000000"
	"000000000000000000000000ffffffffffffffffffffffffffffffff00000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* That request. */
static const char listener_asked[] =
	"48000000140001006700000000000000"                                 /* nlmsghdr */
	"0206ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"303959d77f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff";

/* The same asked with a cookie: ENOENT, the request embedded. */
static const char absent_error[] =
	"5c0000000200000068000000a4710000"                                 /* nlmsghdr: NLMSG_ERROR */
	"feffffff"                                                         /* error */
	"48000000140001006800000000000000"                                 /* nlmsghdr of the request */
	"0206ca00ffffffff"                                                 /* its family, protocol, extensions, states */
	"303959d77f0000010000000000000000000000007f0000010000000000000000" /* its ports, source, destination, interface, cookie */
	"00000000000000006745230100000000";

/* A request socket: its final ACK was dropped by a socket filter.
 * TCP SYN_RECV 127.0.0.1:12346 > 127.0.0.1:22003, queues 0/0, timer 1 in 980 ms, request, inode 0, cookie 37 */
static const char request_row[] =
	"60000000140000006b000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02030100"                                                         /* family, state, timer, retrans */
	"303a55f37f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003700000000000000"
	"d403000000000000000000000000000000000000" /* expires, rqueue, wqueue, uid, inode */
	"08000f0000000000";                        /* MARK */

/* SYN_RECV twice: a fast-open child (a full socket, 4 bytes queued, not accepted) and a request socket, in one datagram.
 * TCP SYN_RECV 127.0.0.1:12347 > 127.0.0.1:22004, queues 4/0, timer 1 in 980 ms, inode 0, cookie 38
 * TCP SYN_RECV 127.0.0.1:12346 > 127.0.0.1:22003, queues 0/0, timer 1 in 960 ms, request, inode 0, cookie 37 */
static const char fast_open_rows[] =
	"c8010000140002006c000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02030100"                                                         /* family, state, timer, retrans */
	"303b55f47f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003800000000000000"
	"d403000004000000000000000000000000000000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"28000700440300000000020000000000001e3c00bc0c00000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c0102000300000000a7aa01c0c62d0000000000cbff00001802000000000000" /* INFO (struct tcp_info) */
	"00000000000000000000000000000000140000000000000014000000a0a51700"
	"ffff0000cbff000000000000b0710b00ffffff7f0a000000d7ff000003000000"
	"00000000cbff00000000000061608b6f00000000ffffffffffffffff00000000"
	"000000000400000000000000000000000100000000000000ffffffff01000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000d7ff0000cbff000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"                                                 /* CONG */
	"60000000140002006c000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02030100"                                                         /* family, state, timer, retrans */
	"303a55f37f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003700000000000000"
	"c003000000000000000000000000000000000000" /* expires, rqueue, wqueue, uid, inode */
	"08000f0000000000";                        /* MARK */

/* The fast-open client, whose SYN-ACKs are dropped.
 * TCP SYN_SENT 127.0.0.1:22004 > 127.0.0.1:12347, queues 0/5, timer 1 in 976 ms, inode 39572, cookie 39 */
static const char syn_sent_row[] =
	"c8010000140002006d000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02020100"                                                         /* family, state, timer, retrans */
	"55f4303b7f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003900000000000000"
	"d0030000000000000500000000000000949a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"28000700000000000000020000000000004000007c0900008406000030010000" /* SKMEMINFO */
	"0000000001000000"
	"1c010200020000000000000140420f0000000000cbff00005800000002000000" /* INFO (struct tcp_info) */
	"000000000000000000000000000000001800000000000000a4a51700a4a51700"
	"ffff0000d7ff00000000000090d00300ffffff7f0a000000d7ff000003000000"
	"000000000000000000000000ffffffffffffffffffffffffffffffff00000000"
	"000000000000000000000000010000000000000000000000ffffffff00000000"
	"010000000000000000000000c05d000000000000000000000000000000000000"
	"0000000000000000000000000400000000000000000000000000000000000000"
	"000000000000000000000000d7ff000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* An orphaned FIN_WAIT2: a mini-socket with that substate.
 * TCP FIN_WAIT2 127.0.0.1:22001 > 127.0.0.1:12345, queues 0/0, timer 3 in 59944 ms, mini, inode 0, cookie 3b */
static const char fin_wait2_row[] =
	"60000000140000006e000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02050300"                                                         /* family, state, timer, retrans */
	"55f130397f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003b00000000000000"
	"28ea000000000000000000000000000000000000" /* expires, rqueue, wqueue, uid, inode */
	"08000f0000000000";                        /* MARK */

/* Its peer: CLOSE_WAIT.
 * TCP CLOSE_WAIT 127.0.0.1:12345 > 127.0.0.1:22001, queues 1/0, inode 39568, cookie 36 */
static const char close_wait_row[] =
	"c80100001400000070000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02080000"                                                         /* family, state, timer, retrans */
	"303955f17f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003600000000000000"
	"00000000010000000000000000000000909a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080001000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"28000700400300000000020000000000001e3c00c00c00000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c010200080000000007aa01e01c0300409c0000008000001802000000000000" /* INFO (struct tcp_info) */
	"00000000000000000000000000000000a000000000000000a000000068000000"
	"ffff0000cbff0000170000000b000000ffffff7f0a000000cbff000003000000"
	"00000000cbff0000000000000e04d87a09000000ffffffffffffffff00000000"
	"0000000006000000000000000200000004000000000000001700000001000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000001000000000000000000000000000000000000000000000000000000"
	"0000000000000000000001000000010000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* The mini-socket after the FIN of its peer.
 * TCP TIME_WAIT 127.0.0.1:22001 > 127.0.0.1:12345, queues 0/0, timer 3 in 59988 ms, mini, inode 0, cookie 3b */
static const char time_wait_row[] =
	"600000001400020072000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02060300"                                                         /* family, state, timer, retrans */
	"55f130397f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000003b00000000000000"
	"54ea000000000000000000000000000000000000" /* expires, rqueue, wqueue, uid, inode */
	"08000f0000000000";                        /* MARK */

/* Bound, neither listening nor connected (selected by state bit 13).
 * TCP CLOSED 127.0.0.1:12350 > *:*, queues 0/0, inode 39573, cookie 40 */
static const char bound_row[] =
	"a40000001400020073000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02070000"                                                         /* family, state, timer, retrans */
	"303e00007f000001000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004000000000000000"
	"00000000000000000000000000000000959a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160052000000"                                                 /* SOCKOPT */
	"2800070000000000000002000000000000400000000000000000000000000000" /* SKMEMINFO */
	"0000000000000000";

/* Two UDP sockets: bound with one datagram to read; connected.
 * UDP CLOSED 127.0.0.1:5000 > *:*, queues 832/0, inode 39574, cookie 41
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 39575, cookie 42 */
static const char udp_rows[] =
	"a40000001400020074000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02070000"                                                         /* family, state, timer, retrans */
	"138800007f000001000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004100000000000000"
	"00000000400300000000000000000000969a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160050000000"                                                 /* SOCKOPT */
	"2800070040030000004003000000000000400300c00c00000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"a40000001400020074000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02010000"                                                         /* family, state, timer, retrans */
	"138913887f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004200000000000000"
	"00000000000000000000000000000000979a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160050000000"                                                 /* SOCKOPT */
	"2800070000000000004003000000000000400300000000000000000000000000" /* SKMEMINFO */
	"0000000000000000";

/* Exact look-up of the connected one (local 127.0.0.1:5001): source and destination are swapped. */
static const char udp_request[] =
	"48000000140001007500000000000000"                                 /* nlmsghdr */
	"0211ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"138813897f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff";

/* The answer.
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 39575, cookie 42 */
static const char udp_row[] =
	"a40000001400000075000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02010000"                                                         /* family, state, timer, retrans */
	"138913887f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004200000000000000"
	"00000000000000000000000000000000979a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160050000000"                                                 /* SOCKOPT */
	"2800070000000000004003000000000000400300000000000000000000000000" /* SKMEMINFO */
	"0000000000000000";

/* The same asked with cookie 0x99: ESTALE. */
static const char udp_stale_error[] =
	"5c0000000200000076000000a4710000"                                 /* nlmsghdr: NLMSG_ERROR */
	"8cffffff"                                                         /* error */
	"48000000140001007600000000000000"                                 /* nlmsghdr of the request */
	"0211ca00ffffffff"                                                 /* its family, protocol, extensions, states */
	"138813897f0000010000000000000000000000007f0000010000000000000000" /* its ports, source, destination, interface, cookie */
	"00000000000000009900000000000000";

/* Asked: 127.0.0.1:5000 > 127.0.0.1:5001. */
static const char udp_bound_asked[] =
	"48000000140001007700000000000000"                                 /* nlmsghdr */
	"0211ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"138913887f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff";

/* The bound socket that would get such a datagram answers. */
static const char udp_bound_answers[] =
	"a40000001400000077000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02070000"                                                         /* family, state, timer, retrans */
	"138800007f000001000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004100000000000000"
	"00000000400300000000000000000000969a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160050000000"                                                 /* SOCKOPT */
	"2800070040030000004003000000000000400300c00c00000000000000000000" /* SKMEMINFO */
	"0000000000000000";

/* DESTROY group: aborted (SO_LINGER 0), which clears the remote port.
 * TCP CLOSED 127.0.0.1:22005 > 127.0.0.1:0, queues 0/0, inode 0, cookie 43 */
static const char destroy_aborted[] =
	"7c010000140000000000000000000000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02070000"                                                         /* family, state, timer, retrans */
	"55f500007f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004300000000000000"
	"0000000000000000cdff00000000000000000000"                         /* expires, rqueue, wqueue, uid, inode */
	"05000a0006000000"                                                 /* PROTOCOL */
	"1c010200070000000000000140420f0000000000e57f00005800000000000000" /* INFO (struct tcp_info) */
	"0000000000000000000000000000000000000000000000001ca6170000000000"
	"ffff0000d7ff00000000000090d00300ffffff7f0a000000cbff000003000000"
	"00000000d7ff0000000000005c0721ce13000000ffffffffffffffff00000000"
	"0000000000000000000000000000000000000000cdff00000b00000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000cbff00000000010000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000";

/* DESTROY group: a connected UDP socket, send queue -1.
 * UDP ESTABLISHED 127.0.0.1:5001 > 127.0.0.1:5000, queues 0/0, inode 0, cookie 42 */
static const char destroy_udp[] =
	"60000000140000000000000000000000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"02010000"                                                         /* family, state, timer, retrans */
	"138913887f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004200000000000000"
	"0000000000000000ffffffff0000000000000000" /* expires, rqueue, wqueue, uid, inode */
	"05000a0011000000";                        /* PROTOCOL */

/* Dump of the TCP sockets of AF_INET6. */
static const char v6_request[] =
	"48000000140001037a00000000000000"                                 /* nlmsghdr */
	"0a06ca00ff3f0000"                                                 /* family, protocol, extensions, 0, states */
	"0000000000000000000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff";

/* Listeners, dual-stack and v6-only; both ends of a connection over ::1; the accepting end of one over IPv4.
 * TCP LISTEN [::]:12360 > *:*, queues 2/3, inode 39577, cookie 44
 * TCP LISTEN [::1]:12361 > *:*, queues 0/3, inode 39580, cookie 45
 * TCP ESTABLISHED [::1]:53026 > [::1]:12360, queues 0/0, inode 39579, cookie 46
 * TCP ESTABLISHED [::1]:12360 > [::1]:53026, queues 0/0, inode 0, cookie 47
 * TCP ESTABLISHED 127.0.0.1:12360 > 127.0.0.1:22006, queues 0/0, mapped, inode 0, cookie 48 */
static const char v6_rows[] =
	"d0010000140002007a000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"0a0a0000"                                                         /* family, state, timer, retrans */
	"3048000000000000000000000000000000000000000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004400000000000000"
	"00000000020000000300000000000000999a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"05000b0000000000"                                                 /* SKV6ONLY */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160012000000"                                                 /* SOCKOPT */
	"2800070000000000000002000000000000400000000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c0102000a000000000000000000000000000000000000000000000002000000" /* INFO (struct tcp_info) */
	"0300000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000a0000000000000003000000"
	"000000000000000000000000ffffffffffffffffffffffffffffffff00000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"                                                 /* CONG */
	"d0010000140002007a000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"0a0a0000"                                                         /* family, state, timer, retrans */
	"3049000000000000000000000000000000000001000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000004500000000000000"
	"000000000000000003000000000000009c9a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"05000b0001000000"                                                 /* SKV6ONLY */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160012000000"                                                 /* SOCKOPT */
	"2800070000000000000002000000000000400000000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c0102000a000000000000000000000000000000000000000000000000000000" /* INFO (struct tcp_info) */
	"0300000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000a0000000000000003000000"
	"000000000000000000000000ffffffffffffffffffffffffffffffff00000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"                                                 /* CONG */
	"c8010000140002007a000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"0a010000"                                                         /* family, state, timer, retrans */
	"cf22304800000000000000000000000000000001000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000001000000004600000000000000"
	"000000000000000000000000000000009b9a0000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160012000000"                                                 /* SOCKOPT */
	"28000700000000000000020000000000001e3c00000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c010200010000000007aa01e01c030000000000dc7f00001802000000000000" /* INFO (struct tcp_info) */
	"0000000000000000000000000000000004000000000000000400000004000000"
	"00000100c4ff00001300000009000000ffffff7f0a000000b8ff000003000000"
	"00000000c4ff000000000000d8e587760b000000ffffffffffffffff01000000"
	"0000000000000000000000000200000001000000000000001300000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000001000000000000000000000000000000000000000000000000000000"
	"0000000000000000b8ff00000000010000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"                                                 /* CONG */
	"c8010000140002007a000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"0a010000"                                                         /* family, state, timer, retrans */
	"3048cf2200000000000000000000000000000001000000000000000000000000" /* ports, source, destination, interface, cookie */
	"00000001000000004700000000000000"
	"0000000000000000000000000000000000000000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160012000000"                                                 /* SOCKOPT */
	"28000700000000000000020000000000001e3c00000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c010200010000000007aa01e01c030000000000008000001802000000000000" /* INFO (struct tcp_info) */
	"0000000000000000000000000000000004000000000000000400000004000000"
	"00000100b8ff00000900000004000000ffffff7f0a000000b8ff000003000000"
	"00000000b8ff000000000000934def3918000000ffffffffffffffff00000000"
	"0000000000000000000000000000000002000000000000000900000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000001000000000000000000000000000000000000000000000000000000"
	"000000000000000000000100b8ff000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"                                                 /* CONG */
	"c8010000140002007a000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"0a010000"                                                         /* family, state, timer, retrans */
	"304855f600000000000000000000ffff7f00000100000000000000000000ffff" /* ports, source, destination, interface, cookie */
	"7f000001000000004800000000000000"
	"0000000000000000000000000000000000000000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160012000000"                                                 /* SOCKOPT */
	"28000700000000000000020000000000001e3c00000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c010200010000000007aa01e01c030000000000008000001802000000000000" /* INFO (struct tcp_info) */
	"0000000000000000000000000000000004000000000000000400000004000000"
	"ffff0000cbff00000f00000007000000ffffff7f0a000000cbff000003000000"
	"00000000cbff000000000000762129890e000000ffffffffffffffff00000000"
	"0000000000000000000000000000000002000000000000000f00000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000001000000000000000000000000000000000000000000000000000000"
	"000000000000000000000100cbff000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* A dump of protocol 99: NLMSG_DONE that carries -ENOENT. */
static const char bad_protocol_done[] = "14000000030002007d000000a4710000feffffff";

/* A request 8 bytes too short: NLMSG_ERROR, -EINVAL. */
static const char short_error[] = "54000000020000007e000000a4710000eaffffff40000000140001037e000000"
				  "000000000206ca00010000000000000000000000000000000000000000000000"
				  "0000000000000000000000000000000000000000";

/* Three look-ups in one datagram: none there, a mapped connection (with NLM_F_ACK), none there with cookie 7. */
static const char batch_request[] =
	"48000000140001007f00000000000000"                                 /* nlmsghdr */
	"0206ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"115c00007f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff"
	"48000000140005008000000000000000"                                 /* nlmsghdr */
	"0206ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"304855f67f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff"
	"48000000140001008100000000000000"                                 /* nlmsghdr */
	"0206ca00ffffffff"                                                 /* family, protocol, extensions, 0, states */
	"115c00027f0000010000000000000000000000007f0000010000000000000000" /* ports, source, destination, interface, cookie */
	"00000000000000000700000000000000";

/* Answer 1 of that batch. */
static const char batch_absent[] =
	"5c000000020000007f000000a4710000"                                 /* nlmsghdr: NLMSG_ERROR */
	"feffffff"                                                         /* error */
	"48000000140001007f00000000000000"                                 /* nlmsghdr of the request */
	"0206ca00ffffffff"                                                 /* its family, protocol, extensions, states */
	"115c00007f0000010000000000000000000000007f0000010000000000000000" /* its ports, source, destination, interface, cookie */
	"0000000000000000ffffffffffffffff";

/* Answer 2 of that batch. */
static const char batch_row[] =
	"c80100001400000080000000a4710000"                                 /* nlmsghdr: length, type, flags, sequence, port id */
	"0a010000"                                                         /* family, state, timer, retrans */
	"304855f600000000000000000000ffff7f00000100000000000000000000ffff" /* ports, source, destination, interface, cookie */
	"7f000001000000004800000000000000"
	"0000000000000000000000000000000000000000"                         /* expires, rqueue, wqueue, uid, inode */
	"0500080000000000"                                                 /* SHUTDOWN */
	"08000f0000000000"                                                 /* MARK */
	"0c0015000100000000000000"                                         /* CGROUP_ID */
	"0600160012000000"                                                 /* SOCKOPT */
	"28000700000000000000020000000000001e3c00000000000000000000000000" /* SKMEMINFO */
	"0000000000000000"
	"1c010200010000000007aa01e01c030000000000008000001802000000000000" /* INFO (struct tcp_info) */
	"0000000000000000000000000000000004000000000000000400000004000000"
	"ffff0000cbff00000f00000007000000ffffff7f0a000000cbff000003000000"
	"00000000cbff000000000000762129890e000000ffffffffffffffff00000000"
	"0000000000000000000000000000000002000000000000000f00000000000000"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"0000000001000000000000000000000000000000000000000000000000000000"
	"000000000000000000000100cbff000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000"
	"0800040062627200"; /* CONG */

/* Answer 3 of that batch. */
static const char batch_ack[] = "240000000200000180000000a471000000000000480000001400050080000000"
				"00000000";

/* Answer 4 of that batch. */
static const char batch_absent_cookie[] =
	"5c0000000200000081000000a4710000"                                 /* nlmsghdr: NLMSG_ERROR */
	"feffffff"                                                         /* error */
	"48000000140001008100000000000000"                                 /* nlmsghdr of the request */
	"0206ca00ffffffff"                                                 /* its family, protocol, extensions, states */
	"115c00027f0000010000000000000000000000007f0000010000000000000000" /* its ports, source, destination, interface, cookie */
	"00000000000000000700000000000000";

#endif
