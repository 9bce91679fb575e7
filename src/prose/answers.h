/* The parts of a page's answers, one file a question. Private to src/prose/. Functions with a
 * buffer cut what they write to its size and return it. */
#ifndef TCPSTATE_PROSE_ANSWERS_H
#define TCPSTATE_PROSE_ANSWERS_H

#include "tcpstate/lang.h"
#include "tcpstate/page.h"
#include "tcpstate/prose.h"
#include "template.h"

enum { ANSWER_LISTED = 4, ANSWER_LIST = 400, ANSWER_DURATION = 32 };

/* ---- answers_parts.c ---- */
/* how many connections have this trait: one bit of enum trait */
size_t answer_count(const struct model *model, unsigned trait);
/* A sentence more, on a line of its own; where the lines of the card are full, in its fold, as all
 * that follow: who, for how long and why come first. */
void answer_say(struct page_answer *answer, const char *sentence);
/* Why the queue that this one met was full: "After C4 accept() took nobody for 410 ms."; "": it is
 * not known. */
char *answer_stuck(
	const struct model *model, uint32_t kept_out, int64_t t_ns, char *buffer, size_t size);
/* One sentence behind another. */
void answer_join(char *text, size_t size, const char *sentence);
/* What a line begins with: whom it is about, and what became of them. */
char *answer_lead(
	char *text, size_t size, enum page_word word, const char *whose, const char *lasted);
/* In the fold in any case. */
void answer_say_more(struct page_answer *answer, const char *sentence);
/* The evidence of the first finding of this kind, and what to do, unless that is said already. */
void answer_cite(const struct model *model, struct page_answer *answer, unsigned code);
void answer_cite_finding(struct page_answer *answer, const struct finding *finding);
void answer_cite_frame(struct page_answer *answer, uint64_t frame, unsigned run);
/* Beside what is advised already, as far as there is room for it. */
void answer_advise(struct page_answer *answer, const char *advice);
/* A reference to a connection: its index in the model. */
char *answer_name(char *buffer, size_t size, uint32_t connection);
/* Is this the first connection of its path? The others are the same. */
bool answer_told(const struct model *model, uint32_t index);
/* "C1, C4–C7 and 12 more": those of which `has` is true. */
typedef bool answer_has(const struct model *model, uint32_t connection, const void *context);
char *answer_list_if(const struct model *model, answer_has *has, const void *context, size_t most,
	char *buffer, size_t size);
/* Those that have one of `wanted` and none of `without`. */
char *answer_list(const struct model *model, uint32_t wanted, uint32_t without, size_t most,
	char *buffer, size_t size);
/* Those with an edge for this reason: `context` points to its code. */
bool answer_has_reason(const struct model *model, uint32_t connection, const void *context);
/* It began before the mark that ends a trial, and after the one before that. */
bool answer_of_trial(const struct model *model, uint32_t connection, const void *context);
/* A finding of this kind is said in the answer; a line of the verdict need not repeat it. */
bool answer_tells(const struct model *model, struct page_answer *answer, unsigned code);
/* Why so many claims were withdrawn, as a sentence begins; a full queue with the room that it has.
 */
char *answer_why(const struct reason *reason, size_t claims, char *buffer, size_t size);
/* "310 µs", "1.2 s" */
char *answer_duration(int64_t ns, char buffer[ANSWER_DURATION]);
/* Its first letter, where it is a small one of ASCII, becomes a capital. */
char *answer_capital(char *text);
/* What stands out, with the names of those concerned: something is wrong. */
void answer_big(struct page_answer *answer, enum page_word word, const char *whose);

/* ---- one answer each ---- */
void answer_happened(const struct model *model, struct page_answer *answer);
/* What became of each SYN that was dropped: those left out for good first, then by how long they
 * waited; clients with the same story are told together. false: there are too many stories. *held:
 * all who filled a queue are named, too. */
bool answer_stories(const struct model *model, struct page_answer *answer, bool *held);
/* When either end was open first; 0: never. */
int64_t answer_opened_at(const struct model *model, const struct connection *connection);
void answer_who_waits(const struct model *model, struct page_answer *answer);
void answer_left_out(const struct model *model, struct page_answer *answer);
/* its part about final ACKs, of `ignored` connections */
void answer_acks(const struct model *model, struct page_answer *answer, size_t ignored);
/* Which programs held CLOSE_WAIT, for how long each and why; then what became of the peers. */
void answer_close_wait(const struct model *model, struct page_answer *answer);
void answer_close_wait_more(const struct model *model, struct page_answer *answer);
/* Who was let in, but never accepted by a program; once in an answer. */
void answer_never_taken(const struct model *model, struct page_answer *answer);
/* Who stood in the queue that this SYN met full; "": not all of them are known. */
char *answer_stood(
	const struct model *model, const struct unanswered *syn, char *buffer, size_t size);
/* Who stood in the queue whenever it was full; "": others from time to time, or not known. */
char *answer_stood_always(const struct model *model, char *buffer, size_t size);
/* The same of the queue that the final ACKs of some connections met full. */
char *answer_stood_of(
	const struct model *model, answer_has *has, const void *context, char *buffer, size_t size);
/* When the first of these began; INT64_MIN: not all of them are known. */
int64_t answer_stood_since(const struct model *model, answer_has *has, const void *context);
/* The same as a sentence, of those who did at some time. */
void answer_queued(const struct model *model, struct page_answer *answer);
/* Each of them with the reasons that kept it out, one after another, and how long each did. false:
 * there are too many different courses. *held: all who filled a queue are named, too; *explained:
 * it is said why one was out for longer than its queue was full. */
bool answer_stages(
	const struct model *model, struct page_answer *answer, bool *held, bool *explained);
/* Who waited for accept(), though nothing was dropped, and what kept the server from it. */
void answer_accepted(const struct model *model, struct page_answer *answer);
/* The longest time for which both ends of one that has the trait (0: of any) were in different
 * states, in this sentence. */
void answer_longest(const struct model *model, struct page_answer *answer, uint32_t trait,
	enum page_word sentence);
void answer_udp_happened(const struct model *model, struct page_answer *answer);
void answer_udp_lost(const struct model *model, struct page_answer *answer);
void answer_udp_learned(const struct model *model, struct page_answer *answer);
void answer_udp_connected(const struct model *model, struct page_answer *answer);

#endif
