/* What the first bytes of a TCP segment's payload are, as far as they were captured: which protocol
 * speaks, and how long its message says that it is. Pure. Sources: RFC 8446 (5.1, 4), 9112, 9110
 * (10.1.1), 9113 (3.4), 4253 (4.2), 5321 (4.2), the PROXY protocol of HAProxy. */
#ifndef TCPSTATE_SPEECH_H
#define TCPSTATE_SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum speech_what {
	SPEECH_UNSEEN, /* no byte of it was captured */
	SPEECH_OTHER,
	SPEECH_TEXT,         /* a line, or several, the last without a newline at its end */
	SPEECH_LENGTH,       /* a length of `head` bytes, which fits what follows */
	SPEECH_NUMBER,       /* `head` bytes alone, 2 or 4, that are no text: perhaps a length */
	SPEECH_TLS_HELLO,    /* a ClientHello */
	SPEECH_TLS_RECORD,   /* another record */
	SPEECH_TLS_ALERT,    /* not encrypted. number: level << 8 | description */
	SPEECH_TLS_GOODBYE,  /* an encrypted alert alone: it ends the connection */
	SPEECH_HTTP_REQUEST, /* of HTTP/1 */
	SPEECH_HTTP_ANSWER,  /* number: its status */
	SPEECH_HTTP2_PREFACE,
	SPEECH_HTTP2_FRAME, /* the SETTINGS with which a server begins */
	SPEECH_SSH,
	SPEECH_SMTP,     /* EHLO, HELO: who begins with it is the client */
	SPEECH_GREETING, /* 220: of SMTP or FTP */
	SPEECH_POP3,
	SPEECH_IMAP,
	SPEECH_REDIS, /* an error, as its server answers what it does not understand */
	SPEECH_MYSQL,
	SPEECH_PROXY, /* a PROXY header, of either version */
	SPEECH_MAX
};

enum speech_flag {
	SPEECH_CUT = 1,       /* not all of the segment was captured */
	SPEECH_HEAD_ENDS = 2, /* of HTTP: the empty line was there */
	SPEECH_EXPECTS = 4,   /* Expect: 100-continue */
	SPEECH_CHUNKED = 8,
	SPEECH_UNBOUNDED = 16,  /* an answer that only a close() ends */
	SPEECH_NO_BODY = 32,    /* a request whose answer has none, or is a tunnel (CONNECT) */
	SPEECH_EXCESS = 64,     /* more follows than was announced, and it begins no answer */
	SPEECH_LAST_CHUNK = 128 /* of any segment: it ends as a chunked message does */
};

struct speech {
	uint8_t what, flags;
	uint16_t number;
	uint16_t head;  /* of HTTP: bytes up to the empty line; 0: not known */
	bool wants_tls; /* an answer that says itself that TLS was expected */
	/* Bytes of the whole message, as it announces them; of SPEECH_LENGTH what its length says
	 * in the other byte order. 0: not known */
	uint32_t whole;
};

/* captured: bytes at data; length: of the payload on the wire. */
struct speech speech_of(const uint8_t *data, size_t captured, size_t length);

/* Which protocol that is of; those of one language may talk to each other. */
enum speech_language {
	LANGUAGE_UNKNOWN,
	LANGUAGE_TLS,
	LANGUAGE_HTTP,
	LANGUAGE_HTTP2,
	LANGUAGE_SSH,
	LANGUAGE_MAIL, /* SMTP, or FTP: 220 greets in both */
	LANGUAGE_POP3,
	LANGUAGE_IMAP,
	LANGUAGE_REDIS,
	LANGUAGE_MYSQL,
	LANGUAGE_MAX
};
enum speech_language speech_language(unsigned what);
/* "unrecognized_name" (RFC 8446, 6); "" for one not known */
const char *tls_alert_name(unsigned description);

#endif
