/* Datagrams: what crossed between two UDP ends, and the ICMP errors that answered. Long ladders are
 * folded: kept are the first and the last lines of each conversation, and its first errors. */
#ifndef TCPSTATE_MODEL_DATAGRAMS_H
#define TCPSTATE_MODEL_DATAGRAMS_H

#include "tcpstate/model_calls.h"

enum {
	LADDER_FIRST = 16,
	LADDER_ERRORS = 4,
	LADDER_LAST = 8,
	ERRORS_KEPT = 16 /* of a TCP connection */,
	CONVERSATIONS_MAX = 131072,
	UDP_SOCKETS_MAX = 65536,
	LOSSES_KEPT = 16 /* of a socket */
};
struct icmp_error {
	int64_t t_ns;
	uint64_t frame;
	/* canonical; side: who had sent the packet it quotes */
	struct flow_key key;
	uint8_t side;
	uint16_t run;
	bool of_connection;
	uint32_t index;             /* into model->connections or ->conversations */
	uint8_t family, type, code; /* AF_INET: RFC 792, AF_INET6: RFC 4443 */
	uint8_t state;              /* TCP: of the end it concerns, when it came */
	uint8_t effect;             /* enum icmp_effect */
	uint8_t from[16];
	uint32_t mtu;     /* 0: none told */
	uint64_t answers; /* frame of the packet quoted; 0: not captured, or long ago */
	/* TCP: equal errors that came after one another are folded */
	uint64_t count, last_frame;
	int64_t last_ns;
	uint32_t socket;     /* UDP: whose it is, into model->udp_sockets; UINT32_MAX unknown */
	uint64_t diag_frame; /* that showed it nearest to t_ns */
};
struct datagram { /* a line of a ladder */
	int64_t t_ns;
	uint64_t frame;
	/* among the lines of its conversation, from 0: a jump is what was not kept */
	uint64_t ordinal;
	uint32_t conversation;
	/* into model->errors, for a line that is one; UINT32_MAX: a datagram */
	uint32_t error;
	/* payload by its UDP header; how much of it the fragments captured hold */
	uint32_t bytes, captured;
	uint16_t fragments;    /* 0: in one piece */
	uint16_t id, checksum; /* of the packet: an error quotes them */
	uint8_t side;          /* who sent it; of an error: who had sent the datagram it quotes */
	bool answered;         /* by an ICMP error */
	char *text;            /* as in a rung */
};
struct conversation {
	uint16_t run;
	uint32_t number; /* from 1, in its run */
	struct flow_key key;
	uint8_t local_sides;
	uint8_t opener; /* the end that was heard first */
	bool group;     /* the other end is a multicast group or broadcast */
	bool anomalous; /* an error, an incomplete datagram, or drops at its own socket */
	int64_t first_ns, last_ns;
	uint64_t datagrams[2], bytes[2];    /* by sender */
	uint64_t errors, incomplete, lines; /* lines: datagrams and errors, kept or not */
	int64_t heard_ns[2];                /* when each end sent last; 0 never */
	/* each end's, into model->udp_sockets; UINT32_MAX: never shown */
	uint32_t socket[2];
	size_t first_line, line_count; /* of model->datagrams: those kept */
	size_t first_call, call_count; /* into model->call_order */
};
/* A UDP socket in one form: connect() makes another of the same cookie. */
struct udp_socket {
	/* [0] = local end, [1] all zero while not connected */
	uint16_t run;
	struct flow_key key;
	uint64_t cookie;
	uint32_t inode;
	bool connected, recverr, v6only, has_owner;
	/* answers that showed it so */
	int64_t first_ns, last_ns;
	uint64_t first_diag, last_diag;
	uint32_t rcvbuf;  /* bytes as the kernel counts them, 0 unknown */
	uint64_t dropped; /* at it, as far as answers showed the count grow */
	struct owner owner;
	/* last_loss: index + 1 into model->losses; older: another socket of the same ends, index +
	 * 1 */
	uint32_t losses, last_loss, older;
	struct others also;
};
struct loss { /* a socket's count of dropped datagrams grew between two answers */
	/* not_before_ns 0: at first sight it had them */
	int64_t not_before_ns, t_ns;
	uint64_t before_diag, diag_frame;
	uint32_t socket, count, total;
};

#endif
