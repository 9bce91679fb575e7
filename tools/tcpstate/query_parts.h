/* What the queries share: their two signatures, words of a line, sets of words. Private to
 * tools/tcpstate/query*.c. */
#ifndef TCPSTATE_QUERY_PARTS_H
#define TCPSTATE_QUERY_PARTS_H

#include "query.h"

/* A query that measures a number: reads its arguments from `rest` and sets *value; 0, or -1: *error
 * says why. */
typedef int query_answer(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error);
/* A query that answers in words, malloc'd. NULL: *error says why; out of memory when it is empty.
 */
typedef char *query_words(
	const struct query_context *context, const char *rest, struct error *error);

/* query_sockets.c */
query_answer query_count, query_recv_q, query_send_q, query_timer_ms, query_retrans, query_drops;
query_words query_states, query_timer;
/* query_history.c */
query_answer query_counter, query_packets, query_unanswered, query_transitions, query_held_ms;
query_answer query_zombies, query_descriptors; /* query_processes.c */
query_words query_conntrack, query_mapping;    /* query_conntrack.c */

/* The next word into `word`; returns what follows it, blanks skipped. A word that is too long is
 * cut: it is none that is known. */
const char *query_word(const char *text, char *word, size_t size);

/* Words, each once, in the order of the alphabet; borrowed. What does not fit is left out: there
 * are fewer states than places. */
enum { WORDS_MAX = 16 };
struct words {
	const char *word[WORDS_MAX];
	size_t count;
};
void words_add(struct words *words, const char *word);
/* "CLOSE_WAIT, ESTABLISHED", "none"; malloc'd, NULL: out of memory */
char *words_joined(const struct words *words);

#endif
