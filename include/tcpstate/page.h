/* The words and sentences of a page: headings, labels, answers. A sink lays them out. Translatable:
 * every text goes through the catalogue where it is used. Functions with a buffer cut what they
 * write to its size and return it. */
#ifndef TCPSTATE_PAGE_H
#define TCPSTATE_PAGE_H

#include "tcpstate/model.h"
#include "tcpstate/page_words.h"

/* A finished sentence may refer to what it speaks of: PAGE_OPEN kind number[,run] PAGE_CLOSE stands
 * for its name, which a sink may make a link; PAGE_CODE ... PAGE_CODE_END is an address or a
 * command; PAGE_STRONG ... PAGE_STRONG_END is whom a line is about. None of these bytes comes from
 * others: visible() shows theirs as pictures. */
enum { PAGE_OPEN = '\001', PAGE_CLOSE = '\002', PAGE_CODE = '\003', PAGE_CODE_END = '\004' };
enum { PAGE_STRONG = '\005', PAGE_STRONG_END = '\006' };
enum { PAGE_LINE = '\n' };     /* between the sentences of a card */
enum {                         /* kinds of reference */
	PAGE_CONNECTION = 'c', /* index into model->connections */
	PAGE_FRAME = 'f',      /* packet of wire.pcap, run */
	PAGE_DIAG = 'd'        /* record of diag.pcap, run */
};

enum page_word {
#define PAGE_WORD(code, text) WORD_##code,
	PAGE_WORDS(PAGE_WORD)
#undef PAGE_WORD
		WORD_MAX
};
const char *page_word(enum page_word word);
/* Its gaps, as printf's, filled. */
char *page_text(char *buffer, size_t size, enum page_word word, ...);
enum page_number {
#define PAGE_NUMBER(code, one, many) COUNT_##code,
	PAGE_NUMBERS(PAGE_NUMBER)
#undef PAGE_NUMBER
		COUNT_MAX
};
/* "1 connection", "7 connections": the first gap is the count. */
char *page_count(char *buffer, size_t size, enum page_number number, uint64_t count, ...);

/* "C7"; of several recordings "Ca7"; of a path "P1" */
char *page_name(const struct model *model, uint32_t connection, char *buffer, size_t size);
/* "call: connect() sent a SYN" */
char *page_why(const struct record *record, char *buffer, size_t size);
/* "wire and kernel: frame 19, diag 7" */
char *page_seen(const struct record *record, char *buffer, size_t size);
/* "withdrawn: SYN_RECV → ESTABLISHED, claimed by frame 15: ... refuted by diag 479" of its k-th */
char *page_withdrawn(const struct correction *correction, uint32_t k, char *buffer, size_t size);
/* Why so many claims were withdrawn, of which this is the first: what holds of each. */
char *page_group_reason(const struct reason *reason, size_t claims, char *buffer, size_t size);
/* What the kernel said instead: "still SYN_RECV", "no such socket" */
char *page_refuted(const struct correction *correction, char *buffer, size_t size);
/* Both ends' states in order: "C7: SYN_SENT → ESTABLISHED ...; server: ..." */
char *page_course(const struct model *model, uint32_t connection, char *buffer, size_t size);
/* "TIME_WAIT, 59 s left", "gone": it was CLOSED; "no socket" */
char *page_last_state(
	const struct connection *connection, int side, int64_t end_ns, char *buffer, size_t size);
/* "waits for accept()", "never accepted"; unless brief also what kept the server from it, where a
 * finding says so. */
char *page_waits(
	const struct model *model, uint32_t connection, bool brief, char *buffer, size_t size);
/* An edge taken: how often, by whom seen; edge NULL or not taken: "not taken". */
char *page_edge(const struct edge_sum *edge, char *buffer, size_t size);
char *page_ends(const struct edge_sum *edge, char *buffer, size_t size); /* "RST out 2, timer 1" */
char *page_state_sum(const struct state_sum *sum, char *buffer, size_t size);
/* What a state means, in a sentence or two. Static. */
const char *page_meaning(unsigned state);
/* What a sysctl is for, in a clause; "": none of those that matter here. Static. */
const char *page_sysctl(const char *name);
/* What a finding of the verdict is about: the names of the connections that have one of its kind,
 * else as prose_verdict() says it; then the clause itself. */
char *page_verdict(
	const struct model *model, const struct verdict_line *line, char *buffer, size_t size);

/* Whom a finding is about that is one of a whole run, as references; "": it does not say. */
char *page_finding_names(
	const struct model *model, const struct finding *finding, char *buffer, size_t size);

/* ---- the four questions that a page answers first ---- */
enum { PAGE_ANSWERS = 4, ANSWER_BIG = 600, ANSWER_TEXT = 2400 };
enum { ADVICES = 3, ANSWER_ADVICE = 600 };
/* The lines of a card say who, for how long, why, what to do and what it rests on; what has no
 * room there is in `more`, which a sink folds. */
struct page_answer {
	const char *question;
	char big[ANSWER_BIG], text[ANSWER_TEXT];
	char advice[ADVICES][ANSWER_ADVICE]; /* one for each cause; "": none, or no more */
	char evidence[200];                  /* "": none */
	char more[ANSWER_TEXT];
	bool alarm;             /* something is wrong */
	bool effect;            /* what is wrong is told in another answer: this came of it */
	bool never_taken;       /* it says whom no program accepted */
	bool witnesses;         /* who saw the transitions belongs to it */
	bool told[FINDING_MAX]; /* findings of these kinds are said in it */
};
void page_answers(const struct model *model, struct page_answer answers[PAGE_ANSWERS]);
/* What happened in this stretch of time, in clauses: "C4–C6 opened, 2 SYNs dropped (C7)"; "" where
 * nothing did. */
char *page_stretch(
	const struct model *model, int64_t from_ns, int64_t until_ns, char *buffer, size_t size);
/* A mark's text; of a trial "trial: ...". Behind a port that it names stands the connection of the
 * client that has it, where there is just one: "client :40004 (C4) kept out". */
enum { MARK_NAMED = 480 };
char *page_mark(const struct model *model, const struct mark *mark, char *buffer, size_t size);
/* The same of a phase, by its mark or its moment. */
char *page_phase(const struct model *model, const struct phase *phase, char *buffer, size_t size);
/* How wide a sentence is, in letters; an ideograph counts two, a reference three. */
size_t page_width(const char *text);
/* The same with names in place of references. */
char *page_plain(const struct model *model, const char *text, char *buffer, size_t size);

#endif
