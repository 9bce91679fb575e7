/* A stream of netlink messages to struct diag_answer: walks datagrams, pairs answers with the
 * requests that asked for them, and tells an absent socket from another one answering. Source:
 * linux/netlink.h; net/netlink/af_netlink.c, net/ipv4/inet_diag.c. */
#include "message.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>

#include "packet/bytes.h"
#include "tcpstate/state.h"

enum {
	REQUEST_MAX = 4096,
	BUCKET_MAX = 4096,
	/* the kernel's largest sock_diag message is a few hundred bytes */
	MESSAGE_MAX = 65536
};

struct request {
	struct diag_question question;
	int64_t asked_ns;
	uint32_t sequence;
	uint16_t next; /* index + 1 of the next older one in its bucket, 0: none */
	bool used;
};

struct diag_decoder {
	struct request requests[REQUEST_MAX]; /* a ring: the newest overwrites the oldest */
	uint16_t buckets[BUCKET_MAX];         /* by sequence; index + 1 of the newest */
	size_t newest;
	/* the message at hand, aligned: bytes from a file may lie anywhere */
	uint64_t message[MESSAGE_MAX / sizeof(uint64_t)];
};

struct feed { /* one call of diag_decode() */
	struct diag_decoder *decoder;
	int64_t t_ns;
	diag_emit *emit;
	void *context;
	int malformed;
	const char *why;
};

struct diag_decoder *diag_decoder_new(void)
{
	return calloc(1, sizeof(struct diag_decoder));
}

void diag_decoder_free(struct diag_decoder *decoder)
{
	free(decoder);
}

static void request_forget(struct diag_decoder *decoder, size_t index)
{
	uint16_t *link = &decoder->buckets[decoder->requests[index].sequence % BUCKET_MAX];

	while (*link != 0 && *link != index + 1)
		link = &decoder->requests[*link - 1].next;
	if (*link != 0)
		*link = decoder->requests[index].next;
	decoder->requests[index].used = false;
}

static void request_remember(struct diag_decoder *decoder, int64_t t_ns, uint32_t sequence,
	const struct diag_question *question)
{
	size_t index = (decoder->newest + 1) % REQUEST_MAX;
	struct request *request = &decoder->requests[index];
	uint16_t *bucket = &decoder->buckets[sequence % BUCKET_MAX];

	if (request->used)
		request_forget(decoder, index);
	*request = (struct request){.question = *question,
		.asked_ns = t_ns,
		.sequence = sequence,
		.next = *bucket,
		.used = true};
	*bucket = (uint16_t)(index + 1);
	decoder->newest = index;
}

/* The newest request with this number that is of the kind the answer belongs to; NULL: not known.
 */
static const struct request *request_find(
	const struct diag_decoder *decoder, uint32_t sequence, bool exact)
{
	for (size_t link = decoder->buckets[sequence % BUCKET_MAX]; link != 0;
		link = decoder->requests[link - 1].next) {
		const struct request *request = &decoder->requests[link - 1];
		if (request->sequence == sequence && request->question.exact == exact)
			return request;
	}
	return NULL;
}

static void feed_malformed(struct feed *feed, const char *why)
{
	feed->malformed++;
	if (feed->why == NULL)
		feed->why = why;
}

static void feed_emit(const struct feed *feed, struct diag_answer *answer, uint8_t kind)
{
	answer->kind = kind;
	if (feed->emit != NULL)
		feed->emit(feed->context, answer);
}

/* Nothing for us to read: malformed with a cause, of no interest without. */
static void feed_unread(struct feed *feed, struct diag_answer *answer, const char *why)
{
	if (why != NULL)
		feed_malformed(feed, why);
	else
		feed_emit(feed, answer, DIAG_OTHER);
}

static void outgoing_take(struct feed *feed, const struct nlmsghdr *message)
{
	struct diag_answer answer = {
		.sequence = message->nlmsg_seq, .asked_ns = feed->t_ns, .answered_ns = feed->t_ns};
	struct diag_question question;
	const char *why = NULL;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		!diag_question_read(mnl_nlmsg_get_payload(message),
			mnl_nlmsg_get_payload_len(message), message->nlmsg_flags, &question,
			&why)) {
		feed_unread(feed, &answer, why);
		return;
	}
	request_remember(feed->decoder, feed->t_ns, message->nlmsg_seq, &question);
	answer.exact = question.exact;
	answer.row.key = question.key;
	answer.row.cookie = question.cookie;
	feed_emit(feed, &answer, DIAG_REQUEST);
}

/* Same ends; a zone that one of them leaves open does not count. */
static bool key_answers(const struct flow_key *asked, const struct flow_key *found)
{
	struct flow_key key = *asked;

	if (key.zone == 0 || found->zone == 0)
		key.zone = found->zone;
	return flow_key_equal(&key, found);
}

static bool key_full(const struct flow_key *key)
{
	static const uint8_t wildcard[16];

	return key->port_be[1] != 0 || memcmp(key->addr[1], wildcard, sizeof(wildcard)) != 0;
}

/* When the kernel has no such flow it answers an exact look-up with the listener (TCP) or the bound
 * socket (UDP) that would get its packets. */
static bool answer_is_another(const struct diag_question *question, const struct sockrow *row)
{
	if (!key_answers(&question->key, &row->key) ||
		(row->state == STATE_LISTEN && key_full(&question->key)))
		return true;
	return question->cookie != 0 && question->cookie != row->cookie;
}

static void row_take(struct feed *feed, const struct nlmsghdr *message, struct diag_answer *answer)
{
	const struct request *request =
		request_find(feed->decoder, message->nlmsg_seq, answer->exact);
	const char *why;

	if (!diag_row_read(message, request == NULL ? 0 : request->question.key.protocol,
		    &answer->row, &why)) {
		feed_unread(feed, answer, why);
		return;
	}
	if (request != NULL)
		answer->asked_ns = request->asked_ns;
	/* A DESTROY group's notice answers nobody: the kernel's broadcast has neither number nor
	 * addressee. */
	if (request == NULL && message->nlmsg_seq == 0 && message->nlmsg_pid == 0 &&
		answer->exact) {
		answer->exact = false;
		/* computed from counters that the close has reset: -1 for UDP, 65485 after an abort
		 */
		answer->row.send_q = 0;
		feed_emit(feed, answer, DIAG_DESTROYED);
		return;
	}
	if (request != NULL && request->question.exact &&
		answer_is_another(&request->question, &answer->row)) {
		answer->other = true;
		answer->found = answer->row;
		answer->row = (struct sockrow){.key = request->question.key,
			.cookie = request->question.cookie,
			.interface = request->question.interface};
		feed_emit(feed, answer, DIAG_ABSENT);
		return;
	}
	feed_emit(feed, answer, DIAG_ROW);
}

static bool question_equal(const struct diag_question *a, const struct diag_question *b)
{
	return a->exact == b->exact && flow_key_equal(&a->key, &b->key) && a->cookie == b->cookie;
}

/* What an error answers: the request it embeds or, should that be capped, the one we remember under
 * its number. */
static bool error_question(const struct feed *feed, struct diag_answer *answer,
	struct bytes embedded, uint16_t flags, struct diag_question *out)
{
	struct nlmsghdr header;
	const char *why;
	bool read = false;

	if (bytes_copy(&embedded, &header, sizeof(header)) < sizeof(header) ||
		header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	bytes_take(&embedded, sizeof(header));
	if ((flags & NLM_F_CAPPED) == 0)
		read = diag_question_read(
			embedded.at, embedded.left, header.nlmsg_flags, out, &why);
	const struct request *request = request_find(
		feed->decoder, answer->sequence, (header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP);
	if (request != NULL && (!read || question_equal(&request->question, out))) {
		*out = request->question;
		answer->asked_ns = request->asked_ns;
		read = true;
	}
	return read;
}

static void error_take(
	struct feed *feed, const struct nlmsghdr *message, struct diag_answer *answer)
{
	struct bytes payload =
		bytes_of(mnl_nlmsg_get_payload(message), mnl_nlmsg_get_payload_len(message));
	struct diag_question question;
	int32_t code;

	if (bytes_copy(&payload, &code, sizeof(code)) < sizeof(code) || code == INT32_MIN) {
		feed_malformed(feed, "netlink error message too short");
		return;
	}
	bytes_take(&payload, sizeof(code));
	answer->exact = false;
	bool known = error_question(feed, answer, payload, message->nlmsg_flags, &question);
	answer->exact = known && question.exact;
	answer->error_errno = code < 0 ? -code : code;
	if (code == 0) { /* an acknowledgement */
		feed_emit(feed, answer, DIAG_OTHER);
	} else if (answer->exact &&
		   (answer->error_errno == ENOENT || answer->error_errno == ESTALE)) {
		/* ESTALE: UDP's way to say that the cookie is another's. ENOENT of a dump is
		 * another matter: no such protocol module. */
		answer->row = (struct sockrow){.key = question.key,
			.cookie = question.cookie,
			.interface = question.interface};
		feed_emit(feed, answer, DIAG_ABSENT);
	} else {
		feed_emit(feed, answer, DIAG_ERROR);
	}
}

static void done_take(struct feed *feed, const struct nlmsghdr *message, struct diag_answer *answer)
{
	struct bytes payload =
		bytes_of(mnl_nlmsg_get_payload(message), mnl_nlmsg_get_payload_len(message));
	const struct request *request = request_find(feed->decoder, message->nlmsg_seq, false);
	int32_t code;

	/* A dump that fails half way ends with the error as its last word. */
	if (bytes_copy(&payload, &code, sizeof(code)) == sizeof(code) && code < 0 &&
		code != INT32_MIN)
		answer->error_errno = -code;
	if (request != NULL)
		answer->asked_ns = request->asked_ns;
	answer->exact = false;
	feed_emit(feed, answer, DIAG_DONE);
}

static void incoming_take(struct feed *feed, const struct nlmsghdr *message)
{
	struct diag_answer answer = {.sequence = message->nlmsg_seq,
		.answered_ns = feed->t_ns,
		.exact = (message->nlmsg_flags & NLM_F_MULTI) == 0};

	if (message->nlmsg_type == NLMSG_ERROR) {
		error_take(feed, message, &answer);
		return;
	}
	if (message->nlmsg_flags & NLM_F_DUMP_INTR) {
		struct diag_answer interrupted = {
			.sequence = message->nlmsg_seq, .answered_ns = feed->t_ns};
		feed_emit(feed, &interrupted, DIAG_OVERRUN);
	}
	switch (message->nlmsg_type) {
	case NLMSG_DONE:
		done_take(feed, message, &answer);
		break;
	case NLMSG_OVERRUN:
		answer.exact = false;
		feed_emit(feed, &answer, DIAG_OVERRUN);
		break;
	case SOCK_DIAG_BY_FAMILY:
		row_take(feed, message, &answer);
		break;
	default:
		answer.exact = false;
		feed_emit(feed, &answer, DIAG_OTHER);
	}
}

/* Take the next message off the datagram, aligned and with zeroes behind it. NULL: no whole one is
 * left. */
static const struct nlmsghdr *message_next(struct feed *feed, struct bytes *datagram)
{
	struct nlmsghdr header;
	size_t captured;

	while ((captured = bytes_copy(datagram, &header, sizeof(header))) == sizeof(header)) {
		size_t length = header.nlmsg_len,
		       padded = (length + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
		if (length < sizeof(header) || length > datagram->left) {
			feed_malformed(feed, length < sizeof(header)
						     ? "netlink message length below 16"
						     : "netlink message truncated");
			return NULL;
		}
		struct bytes message = bytes_head(datagram, length);
		bytes_take(datagram, padded < datagram->left ? padded : datagram->left);
		if (padded <= sizeof(feed->decoder->message)) {
			bytes_copy(&message, feed->decoder->message, padded);
			return (const struct nlmsghdr *)feed->decoder->message;
		}
		feed_malformed(feed, "netlink message too long");
	}
	if (captured > 0)
		feed_malformed(feed, "netlink header truncated");
	return NULL;
}

int diag_decode(struct diag_decoder *decoder, int64_t t_ns, bool outgoing, const void *data,
	size_t length, diag_emit *emit, void *context, const char **why)
{
	struct feed feed = {.decoder = decoder, .t_ns = t_ns, .emit = emit, .context = context};
	struct bytes datagram = bytes_of(data, length);
	const struct nlmsghdr *message;

	while ((message = message_next(&feed, &datagram)) != NULL) {
		if (outgoing)
			outgoing_take(&feed, message);
		else
			incoming_take(&feed, message);
	}
	if (why != NULL)
		*why = feed.why;
	return feed.malformed;
}
