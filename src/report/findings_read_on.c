/* Findings about an answer that says itself of what its client asked and has: all of it, and that
 * reads on; the first of two requests; that the rest of a request did not come. */
#include "findings.h"

enum {
	REQUEST_LEAST = sizeof("GET / HTTP/1.0\r\n\r\n") - 1,
	STATUS_TIMEOUT = 408, /* Request Timeout (RFC 9110, 15.5.9) */
	STATUS_FINAL = 200 /* what is below comes before the answer, or turns to another protocol */
};

/* An answer of HTTP/1 that is all there, by its length or its last chunk. */
static bool complete(const struct message *message)
{
	const struct speech *is = &message->is;

	if (is->what != SPEECH_HTTP_ANSWER || is->number < STATUS_FINAL ||
		message->asked.what != SPEECH_HTTP_REQUEST ||
		(message->asked.flags & SPEECH_NO_BODY) || !(is->flags & SPEECH_HEAD_ENDS) ||
		!message->whole)
		return false;
	if (is->flags & SPEECH_CHUNKED)
		return (message->tail & SPEECH_LAST_CHUNK) != 0;
	return is->whole > 0 && message->bytes == is->whole;
}

/* What stands behind the request that this answers: a request, not an empty line too many. */
static bool asked_more(const struct message *answer)
{
	return answer->asked.whole > 0 &&
	       answer->asked_bytes >= answer->asked.whole + REQUEST_LEAST;
}

static bool tell_second(
	struct model *model, uint32_t index, const struct message *answer, int64_t waited_ms)
{
	const struct connection *connection = &model->connections[index];
	int server = !connection->client;
	struct finding *finding = finding_of_connection(
		model, index, server, FINDING_SECOND_UNANSWERED, answer->last_ns);

	if (finding == NULL)
		return true;
	finding->arg[0] = (int64_t)answer->asked_bytes;
	finding->arg[1] = answer->asked.whole;
	finding->arg[2] = waited_ms;
	finding->phrase[0] = PHRASE_THE_SERVER;
	finding_name_end(finding, 0, connection, server);
	finding_cite_frame(finding, answer->first.frame);
	return true;
}

bool finding_reads_on(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int client = connection->client;

	if (client == -1 || watch == NULL || model_may_have_lost(model, connection))
		return false;
	const struct message answer = message_left(&watch->end[!client]);
	int64_t to_ns = finding_silence_ends(model, index);
	if (!complete(&answer) || ms_of(to_ns - answer.last_ns) < FINDING_HELD_MS ||
		(!finding_waited(model, connection, client, answer.last_ns, to_ns) &&
			!finding_seen_waiting(model, connection, client, answer.last_ns, to_ns)))
		return false;
	if (asked_more(&answer))
		return tell_second(model, index, &answer, ms_of(to_ns - answer.last_ns));
	struct finding *finding =
		finding_of_connection(model, index, client, FINDING_READS_ON, answer.last_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = (int64_t)answer.bytes;
	finding->arg[1] = ms_of(to_ns - answer.last_ns);
	finding->arg[2] = watch->end[!client].fin_ns == to_ns;
	finding_name_end(finding, 0, connection, client);
	finding_cite_frame(finding, answer.first.frame);
	if (finding->arg[2])
		finding_cite_frame(finding, watch->end[!client].fin_frame);
	finding_cite_call(finding, model->runs[connection->run].has_calls
					   ? finding_awaits(model, connection, client)
					   : NULL);
	return true;
}

bool message_timed_out(const struct message *answer)
{
	return answer->is.what == SPEECH_HTTP_ANSWER && answer->is.number == STATUS_TIMEOUT &&
	       answer->asked.what == SPEECH_HTTP_REQUEST;
}

bool finding_timed_out(struct model *model, uint32_t index, const struct watched_end *server)
{
	const struct connection *connection = &model->connections[index];
	const struct message answer = message_left(server);
	const struct speech *asked = &answer.asked;
	bool head = (asked->flags & SPEECH_HEAD_ENDS) != 0;

	if (!message_timed_out(&answer) || (asked->flags & SPEECH_CUT) ||
		(head && asked->whole <= answer.asked_bytes))
		return false;
	struct finding *finding = finding_of_connection(
		model, index, connection->client, FINDING_MESSAGE_UNFINISHED, answer.first.t_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = (int64_t)answer.asked_bytes;
	finding->arg[1] = true;
	finding->arg[3] = head ? asked->whole : 0;
	finding->phrase[1] = head ? PHRASE_BODY_TIMED_OUT : PHRASE_HEAD_TIMED_OUT;
	finding_name_end(finding, 0, connection, connection->client);
	finding_cite_frame(finding, answer.first.frame);
	return true;
}
