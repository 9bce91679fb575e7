/* What the sentences of findings say in parts: the values of `phrase` of struct finding. */
#ifndef TCPSTATE_FINDING_PHRASE_H
#define TCPSTATE_FINDING_PHRASE_H

/* What a text of a finding says beyond its names: the words are in src/prose/finding_phrases.c and
 * finding_texts.c. */
enum finding_phrase {
	PHRASE_NAMES,        /* names alone, a line each */
	PHRASE_CONNECTIONS,  /* their serials, a line each */
	PHRASE_LISTENS,      /* who listens on it */
	PHRASE_FAILED_ALIKE, /* as PHRASE_FAILED, the first of many on other ports or addresses */
	PHRASE_ENDED,        /* who has ended */
	PHRASE_PERHAPS, /* who perhaps held it, too: a scan met them before, the next one not */
	/* the parent that kept its copy after fork(), and on the next line the child: it closed its
	   own, or has ended */
	PHRASE_PARENT_KEPT,
	PHRASE_PARENT_KEPT_ENDED,
	PHRASE_HOLDS_ANOTHER, /* who held connection phrase_number in CLOSE_WAIT meanwhile */
	PHRASE_IN_STATE,      /* whose socket (empty: a socket) is in phrase_state, connection
			    phrase_number */
	PHRASE_FAILED,        /* a call, and on the next line its error */
	PHRASE_V6ONLY,        /* an end that takes IPv6 alone, or one interface alone */
	PHRASE_ONE_DEVICE,
	/* without a name */
	PHRASE_TIME_WAITS, /* phrase_number of them */
	/* its process ended at that moment, which may have closed it, too */
	PHRASE_OR_ENDED_THEN,
	PHRASE_TO_THE_END, /* it lasted as long as the recording */
	PHRASE_THE_PROGRAM,
	PHRASE_THE_SERVER,
	PHRASE_THE_CLIENT,
	PHRASE_THE_SOCKET,
	PHRASE_A_SOCKET,
	PHRASE_ANOTHER_SOCKET,
	PHRASE_A_LISTENER,
	/* why the kernel dropped SYNs before any listener saw them */
	PHRASE_BAD_MD5,
	PHRASE_BAD_AO,
	PHRASE_REVERSE_PATH,
	PHRASE_BAD_CHECKSUM,
	/* of the other protocol: names, or empty */
	PHRASE_TCP_SOCKET,
	PHRASE_UDP_SOCKET,
	PHRASE_A_FILTER, /* it is not known what did */
	/* an ICMP error: family in phrase_state, type << 8 | code in phrase_number */
	PHRASE_ICMP,
	PHRASE_ICMP_REJECTED,
	PHRASE_ICMP_NO_NEIGHBOUR,
	/* what an error means that a program named */
	PHRASE_SAID_NO_ADDRESS,
	PHRASE_SAID_NO_DESCRIPTOR,
	PHRASE_SAID_NO_ROUTE,
	/* the server's process was stopped for phrase_number ms; waited itself for the end of the
	 * text, connection phrase_number */
	PHRASE_STOPPED,
	PHRASE_UPSTREAM,
	/* the server had another client meanwhile, the text, connection phrase_number; and waited
	 * in a read for it */
	PHRASE_SERVES_OTHER,
	PHRASE_READS_OTHER,
	/* the text, a call, failed meanwhile with errno phrase_number: no descriptor was left */
	PHRASE_NONE_LEFT,
	/* a call, and on the next line its error, which its socket explains; of the first its port
	   in phrase_number, 0 none */
	PHRASE_NEVER_LISTENED,
	PHRASE_IS_LISTENER,
	PHRASE_NEVER_CONNECTED,
	PHRASE_NO_DESCRIPTOR,     /* upon -1 */
	PHRASE_IS_CONNECTION,     /* accept() had returned it */
	PHRASE_CLOSED_DESCRIPTOR, /* closed before by a call of the program's own */
	PHRASE_NO_FAMILY,         /* connect() had an address of family 0, and did nothing */
	/* the address is of one family, the socket of the other */
	PHRASE_FAMILY_4_ON_6,
	PHRASE_UPSTREAM_AT_ONCE,
	PHRASE_ADDRESS_GONE,
	PHRASE_ONLY_SIX,
	PHRASE_NO_LIMIT,
	PHRASE_CLOSED_BY_THREAD,
	PHRASE_WAS_REFUSED,
	PHRASE_FROM_LOOPBACK,
	PHRASE_FAMILY_6_ON_4,
	PHRASE_BOUND_ELSEWHERE, /* a UDP socket of that port: its address */
	PHRASE_IGNORES_END,     /* reads gave 0 phrase_number times */
	/* what became of SYNs that an older connection answered */
	PHRASE_SYN_TAKEN,
	PHRASE_SYN_REFUSED,
	PHRASE_SYN_LOST,
	PHRASE_SYN_MIXED,
	PHRASE_PORT_USED_AGAIN, /* without words */
	/* without words; its advice is another */
	PHRASE_CONNECTED_ELSEWHERE,
	PHRASE_CLOSED_MIDWAY,
	PHRASE_ANSWERED_EARLY,
	PHRASE_READ_NONE,
	PHRASE_ROLES_UNKNOWN,
	PHRASE_ALL_ANSWERED, /* the client that left had an answer to all that it had asked */
	PHRASE_OF_SERVER,    /* the leaked sockets are a client's: of one server, of several */
	PHRASE_OF_SERVERS,
	PHRASE_RELEASED,        /* the answer came phrase_number ms after the client's FIN */
	PHRASE_NOT_TAKEN,       /* the kernel showed that it did not take those ACKs */
	PHRASE_FULL_QUEUE,      /* the cause is counted: an accept queue was full */
	PHRASE_FULL_QUEUE_TOLD, /* the same, and it has a finding of its own */
	/* as PHRASE_FAILED, and on a third line the address that its own is, its bytes swapped */
	PHRASE_FAILED_SWAPPED,
	/* why a listener has the port that the kernel chose */
	PHRASE_NEVER_BOUND,
	PHRASE_BIND_FAILED,
	PHRASE_SPOKE_BEFORE, /* a UDP socket that was closed since */
	PHRASE_BOUND_TO_NONE,
	PHRASE_CHOSEN_PORT,
	/* what had come just before on connection phrase_number, where the process was the client
	 * of the end of the text */
	PHRASE_UPSTREAM_RESET,
	PHRASE_UPSTREAM_CLOSED,
	PHRASE_UPSTREAM_REFUSED,
	PHRASE_UPSTREAM_REFUSED_PERHAPS, /* of this host: perhaps by this process */
	PHRASE_UPSTREAM_NO_SYN_ACK,
	PHRASE_UPSTREAM_NO_ANSWER,
	PHRASE_UPSTREAM_ERROR,
	PHRASE_UPSTREAM_RESET_PERHAPS,
	PHRASE_UPSTREAM_CLOSED_PERHAPS,
	PHRASE_UPSTREAM_ERROR_PERHAPS,
	/* the same meanwhile */
	PHRASE_UPSTREAM_REFUSES,
	PHRASE_UPSTREAM_REFUSES_PERHAPS,
	/* as PHRASE_UPSTREAM, of a connection whose server is this process, too */
	PHRASE_UPSTREAM_ITSELF,
	/* who accepted it and no longer has it; on the next line the program that does, then those
	 * through whom it came there. OTHER: who opened the listener, and which program has it
	 */
	PHRASE_STARTED_KEPT,
	PHRASE_OTHER_KEPT,
	/* another socket of the process that failed; it listens there */
	PHRASE_OWN_SOCKET,
	PHRASE_OWN_LISTENER,
	PHRASE_BOTH_FAMILIES,
	PHRASE_LET_IN_EARLIER,
	/* more of what an error means that a program named */
	PHRASE_SAID_CONNECTED,
	PHRASE_SAID_NOT_CONNECTED,
	PHRASE_SAID_TOO_LONG,
	PHRASE_SAID_NO_DESTINATION,
	PHRASE_SAID_INTERRUPTED,
	PHRASE_SAID_NOT_PERMITTED,
	PHRASE_SAID_NO_SOCKET,
	PHRASE_SAID_NO_NAME,
	PHRASE_SAID_IN_PROGRESS,
	PHRASE_SAID_NOT_YET,
	PHRASE_SAID_NOT_OPEN,
	/* as PHRASE_READS_OTHER, when this client had been accepted: of phrase_state others one */
	PHRASE_READS_OTHERS,
	PHRASE_CLOSED_IN_READ, /* a program, another thread of which called close() meanwhile */
	/* it held phrase_number sockets then, phrase_state of them in CLOSE_WAIT */
	PHRASE_HELD_SOCKETS,
	/* the text, a call of the client's, had waited phrase_number ms in vain */
	PHRASE_OWN_LIMIT,
	/* as PHRASE_READS_OTHER, of each of the phrase_state processes that took clients */
	PHRASE_EACH_READS,
	/* the server's process held phrase_number other clients meanwhile and accepted nobody: it
	 * waited for events, in reads for them, or nobody knows */
	PHRASE_LIMIT_POLLS,
	PHRASE_LIMIT_READS,
	PHRASE_LIMIT_PERHAPS,
	PHRASE_DOING,       /* what its threads (of this process) were in: finding->doing */
	PHRASE_SHUT_RD,     /* it had called shutdown(SHUT_RD) */
	PHRASE_SHUT_SHARED, /* by shutdown(); who had a copy then */
	/* which protocol an end speaks, by its first bytes */
	PHRASE_SPEAKS_TLS,
	PHRASE_SPEAKS_TLS_ALERT,
	PHRASE_SPEAKS_HTTP,
	PHRASE_SPEAKS_HTTP2,
	PHRASE_SPEAKS_SSH,
	PHRASE_SPEAKS_MAIL,
	PHRASE_SPEAKS_POP3,
	PHRASE_SPEAKS_IMAP,
	PHRASE_SPEAKS_REDIS,
	PHRASE_SPEAKS_PROXY,
	PHRASE_SPEAKS_MYSQL,
	PHRASE_SPEAKS_TEXT,
	PHRASE_SPEAKS_OTHER,
	PHRASE_SPEAKS_NOTHING,  /* it waited for the other to begin */
	PHRASE_SPEAKS_ECHO,     /* the client's own ClientHello */
	PHRASE_SPEAKS_TLS_SAID, /* an answer of HTTP/1 says so */
	/* what is missing of a message, by its own beginning */
	PHRASE_BODY_MISSING,
	PHRASE_CHUNK_MISSING,
	PHRASE_CLOSE_MISSING,
	PHRASE_HEAD_MISSING,
	PHRASE_NEWLINE_MISSING,
	PHRASE_URGENT,
	PHRASE_BODY_TIMED_OUT,
	PHRASE_HEAD_TIMED_OUT,
	PHRASE_READS_WHOLE, /* the reads of the other end want phrase_number bytes in all */
	PHRASE_LENGTH_BIG,
	PHRASE_LENGTH_LITTLE, /* in phrase_number what it is in the other order; width in
				 phrase_state */
	/* which end forgot htons() */
	PHRASE_HTONS_SERVER,
	PHRASE_HTONS_CLIENT,
	PHRASE_HTONS_EITHER,
	/* what a fatal alert of TLS says */
	PHRASE_ALERT_VERSION,
	PHRASE_ALERT_CIPHERS,
	PHRASE_ALERT_CERTIFICATE,
	PHRASE_ALERT_NO_CERTIFICATE,
	PHRASE_ALERT_NAME,
	PHRASE_ALERT_APPLICATION,
	PHRASE_MAX
};

#endif
