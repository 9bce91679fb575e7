/* What single segments and rows showed of a connection: a watch for each that has more than its
 * handshake, and what its ends have sent. Private to src/report/. */
#ifndef TCPSTATE_FINDINGS_WATCH_H
#define TCPSTATE_FINDINGS_WATCH_H

#include "model_build.h"

enum { FINDING_HELD_MS = 1000 /* shorter is ordinary */, WATCH_NS_PER_MS = 1000000 };

/* To the nearest, as people who subtract two times of the timeline do. */
static inline int64_t ms_of(int64_t ns)
{
	return (ns + WATCH_NS_PER_MS / 2) / WATCH_NS_PER_MS;
}

struct stall { /* of one end's sending, and of its reading */
	/* since its oldest unacknowledged segment was first sent again; longest so far */
	int64_t again_ns, again_longest_ns;
	/* it was acknowledged; 0 not. Sent again all the same: the acknowledgement was not taken */
	int64_t acked_ns;
	/* since it advertised a window of 0; 0: it does not */
	int64_t zero_ns, zero_longest_ns, zero_longest_from_ns;
	uint64_t again_frame, zero_frame; /* newest copy; first window of 0 */
	uint32_t again_seq;
	uint16_t again, again_most; /* times that segment was sent again; at most so far */
	/* as it stood at the end's first RST: times, and when the newest copy went out */
	uint16_t again_before_rst;
	int64_t again_last_ns, again_before_ns, again_first_ns, again_gap_ns;
};

enum { FLIGHT = 8 };

/* Of an end's data segments: which sizes arrived, and which are still out. */
struct sizes {
	struct {
		uint32_t end, len;
	} out[FLIGHT];
	uint32_t arrived; /* the largest that was acknowledged, or is not followed any more */
	uint32_t stalled; /* of the segment that was sent again longest */
	bool alive;       /* the other end was heard meanwhile */
	uint8_t next;
};

/* A small write that waited for the acknowledgement of the one before: Nagle's algorithm here,
 * delayed ACKs there (RFC 9293, 3.7.4; RFC 1122, 4.2.3.2). */
struct nagle {
	int64_t small_ns, acked_ns; /* the newest small segment; its late, bare ACK */
	int64_t waited_ns;          /* all together */
	uint32_t count;
};

struct sent {         /* a segment of an end */
	int64_t t_ns; /* 0: none */
	uint64_t frame;
	uint32_t seq, ack, len;
	uint8_t flags, hop;
};

/* All that an end sent since the other one spoke. */
struct message {
	struct sent first; /* t_ns 0: nothing */
	uint64_t bytes;
	int64_t last_ns;
	bool whole;              /* all of it was acknowledged */
	bool alone;              /* it is one segment */
	bool urgent;             /* with a byte out of band (RFC 9293, 3.8.5) */
	uint8_t tail;            /* flags of its newest segment */
	uint32_t sent_end;       /* behind the newest byte that the end is known to have sent */
	struct speech is, asked; /* how it begins; how that began which it answers */
	uint64_t asked_bytes;    /* of that, when the answer began */
};

/* What an end's bytes are, as far as they were captured (tcpstate/speech.h). */
struct spoken_words {
	struct speech first; /* of its first data, at the beginning of its stream */
	uint64_t first_frame;
	int64_t first_ns;
	uint32_t first_len;
	struct speech newest, asked; /* as in a message */
	uint64_t asked_bytes;
	uint32_t body_end; /* behind its newest request of HTTP, as that announces its length */
	bool body_known;
	uint8_t tail;
	bool alone, urgent;
	struct message left; /* what stood when the first of the two ended it; t_ns 0: not yet */
	int64_t left_ns;
	uint16_t alert; /* of TLS, fatal, not encrypted: its description; known: frame */
	uint64_t alert_frame;
	int64_t alert_ns;
	/* longest that it kept the body back for which it had asked leave (100-continue) */
	int64_t held_back_ns, held_back_from_ns;
	uint64_t held_back_frame;
	bool late_other; /* what it sent behind the other's FIN is not all a goodbye of TLS */
	uint32_t excess_whole, excess_came; /* an answer longer than it announced */
	uint64_t excess_frame;
	int64_t excess_ns;
};

struct shown { /* by the kernel, of an end; times are 0 where it never was */
	/* first with a descriptor; first and last without one while open: it waits for accept();
	 * first without one after its close */
	int64_t held_ns, waiting_ns, waiting_last_ns, orphan_ns;
	uint64_t held_diag, waiting_diag, orphan_diag;
	/* the newest row that was open: bytes unread, and since when there have been some */
	int64_t open_ns, unread_since_ns;
	/* when that row was asked for: it was true then or later; the first orphan's */
	int64_t open_asked_ns, orphan_asked_ns;
	uint64_t open_diag;
	uint32_t unread, inode;
};

struct queued { /* bytes that the kernel had to send while no segment of the end was captured */
	int64_t since_ns, longest_ns;
	uint64_t diag, row_diag;
	uint32_t bytes, rows; /* rows: how many showed some while nothing kept it from sending */
};

/* An answer that says itself that it failed, or came a second or more after its request: of several
 * one that failed, then the latest. Kept at the end that asked. */
struct trouble {
	struct sent request;
	uint64_t bytes, frame; /* of the request; the answer's */
	int64_t t_ns, waited_ns;
	uint16_t status; /* of HTTP; 0: not known */
};

struct watched_end {
	struct queued queued;
	struct trouble trouble;
	struct stall stall;
	struct shown shown;
	struct sent last, rst; /* its newest segment; its first RST */
	/* the other end's newest when it sent that RST; when itself it had spoken before */
	struct sent before_rst;
	int64_t before_rst_own_ns;
	uint32_t fin_end; /* sequence number behind its first FIN */
	int64_t fin_ns;   /* 0: none */
	uint64_t fin_frame;
	int64_t took_fin_ns; /* it acknowledged the peer's FIN; 0 not */
	uint64_t took_fin_frame;
	/* data it sent when the peer's FIN had been captured */
	struct sent late;
	uint64_t late_bytes;
	bool late_goes_on;  /* it had sent right before, too: no new request */
	bool late_answered; /* of a request whose answer had come before all of it was sent */
	bool late_unasked;  /* the other had no request open, and nothing else had been under way */
	/* the request that its first data behind the peer's FIN answered, and how long that had
	   gone unanswered before the FIN */
	struct sent late_for;
	uint64_t late_for_bytes;
	int64_t late_for_ns;
	bool speaks_unasked; /* it has sent of its own accord, a while after its last word */
	/* it has sent again, a while after its last word, before an answer came: not each message
	   of its protocol has one */
	bool pushes;
	/* and of its open request: a second or more after its last word */
	bool goes_on;
	/* and then always as much as before, which had been answered: it asks the same again */
	bool asks_again;
	uint64_t answered_bytes; /* of its newest request that was answered */
	bool request_whole;      /* all of it has been acknowledged */
	/* behind the newest byte of it, captured or acknowledged; when last the other end had
	 * acknowledged what was not captured */
	uint32_t sent_end;
	bool sent_known;
	int64_t unseen_ns;
	uint32_t spoken; /* segments with data, those sent again apart */
	/* its first, where the other end had sent none: it speaks first */
	int64_t greeted_ns;
	uint64_t greeted_frame;
	/* data it sent since the other end sent some: a request without an answer yet */
	struct sent request;
	int64_t request_last_ns, request_acked_ns;
	uint64_t request_bytes;
	/* the request that waited longest unread, although it was answered in the end */
	int64_t late_answer_ns;
	struct sent late_request; /* len: all its bytes */
	uint64_t late_diag;
	uint32_t late_unread;
	struct sizes sizes;
	struct nagle nagle;
	uint32_t answers; /* how often it answered the other's data by data */
	/* bytes of the requests that it answered: of the smallest, of all together */
	uint64_t answered_least, answered_all;
	uint32_t after_rst;        /* its segments behind its RST that carry on */
	uint8_t hop_low, hop_high; /* of its segments but RSTs */
	uint32_t alone;            /* SYNs of the opener that the other answered by an ACK */
	uint64_t alone_frame;
	struct spoken_words words;
	uint32_t corked; /* small segments that left 200 ms after all else */
	int64_t corked_ns;
	uint64_t corked_frame;
};

struct watch { /* of a connection */
	struct watched_end end[2];
};

/* A segment or an ICMP error of connection `index`. */
void findings_segment(struct model *model, uint32_t index, const struct record *record);
/* A row of a TCP socket that is no listener; of one that is known to be an end of a connection. */
void findings_row(struct model *model, const struct record *record);
void findings_row_of(struct model *model, uint32_t index, int side, const struct record *record);
/* An ICMP error about a datagram, or about no connection. */
void findings_icmp(struct model *model, const struct record *record);
/* Segments that the kernel held back (findings_held_back.c). */
void watch_corked(struct watch *watch, int side, const struct record *record);
/* What the bytes are that an end sends, before anything else of that segment is taken
 * (findings_speech_watch.c). */
void watch_speech(const struct connection *connection, struct watch *watch, int side,
	const struct record *record);
/* `own` answers what `other` asked: how that went (findings_upstream.c). */
void watch_trouble(struct watched_end *own, struct watched_end *other, const struct record *record);
/* `own` sends more of a request of HTTP that `other` has answered already: no new question. */
bool watch_speech_goes_on(
	const struct watched_end *own, const struct watched_end *other, uint32_t seq);
/* What stood unanswered when one of the two closed or reset the connection, or stands now. */
struct message message_left(const struct watched_end *own);
/* It says itself that it is complete: nobody waits for more of it. */
bool message_complete(const struct message *message);
/* An answer that says that the request did not come in time. */
bool message_timed_out(const struct message *answer);
/* Only the head of a request, which asks leave to send the rest. */
bool message_asks_leave(const struct message *message);
/* It has been kept back until t_ns: the longest is noted. */
void message_held_back(struct spoken_words *words, const struct message *message, int64_t t_ns);
/* Is there something in it that a finding tells? */
bool speech_tells(const struct connection *connection, const struct watch *watch);
/* Sizes and pauses of what an end sends (findings_stalls.c). */
void watch_stalls(struct watch *watch, int side, const struct record *record);
enum { NAGLE_OFTEN = 3 /* fewer may be the program's own pauses */ };
/* The end stopped waiting. */
void stall_over(struct stall *stall, int64_t t_ns);
void findings_free(struct model_build *build);

/* Its watch, made where it has none; NULL: out of memory. */
struct watch *watch_make(struct model *model, uint32_t index);
/* Nothing that a finding could be made of was seen of this connection. */
bool findings_unremarkable(const struct model *model, uint32_t index);
/* Its server closed, and its client's newest request had no answer. watch: may be NULL */
bool finding_left_unanswered(const struct connection *connection, const struct watch *watch);
/* The connection is dropped; connections go to other places: order[n] is that of the n-th now. */
void findings_forget(struct model *model, uint32_t index);
bool findings_move(struct model *model, const uint32_t *order, size_t count);
/* NULL: it has none. */
struct watch *findings_watch(const struct model *model, uint32_t index);

#endif
