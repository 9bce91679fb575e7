/* Findings as sentences: what is so, what it rests on, and what to do about it or look at. The
 * words of each kind are in the tables of finding_words.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/model.h"
#include "tcpstate/prose.h"

#include "finding_words.h"
#include "template.h"

const struct finding_words *finding_words(unsigned code)
{
	static const struct finding_words *const tables[] = {
		finding_words_programs, finding_words_openings, finding_words_data};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && code < FINDING_MAX; i++)
		if (tables[i][code].sentence != NULL)
			return &tables[i][code];
	return NULL;
}

const char *prose_finding_template(unsigned code)
{
	const struct finding_words *words = finding_words(code);

	return words != NULL ? _(words->sentence) : NULL;
}

const char *prose_finding_advice_template(unsigned code)
{
	const struct finding_words *words = finding_words(code);

	return words != NULL ? _(words->advice) : NULL;
}

const char *prose_finding_headline_template(unsigned code)
{
	const struct finding_words *words = finding_words(code);

	return words != NULL ? _(words->headline) : NULL;
}

char *prose_finding_kind(unsigned code, char *buffer, size_t size)
{
	const struct finding_words *words = finding_words(code);
	const char *said = words == NULL ? "" : _(words->sentence);

	/* a call that failed is told as it was made */
	if (*said == '\0' || strncmp(said, "{who}[", 6) == 0)
		said = _("A program's call failed: the call, its errno and what that means.");
	return template_fill_kind(said, code, false, buffer, size);
}

char *prose_finding_kind_advice(unsigned code, char *buffer, size_t size)
{
	const struct finding_words *words = finding_words(code);

	return template_fill_kind(words != NULL ? _(words->advice) : "", code, true, buffer, size);
}

char *prose_finding_headline(const struct finding *finding, char *buffer, size_t size)
{
	const char *headline = prose_finding_variant(finding, true);

	if (headline == NULL)
		headline = prose_finding_headline_template(finding->code);
	return template_fill_finding(headline != NULL ? headline : "", finding, buffer, size);
}

char *prose_finding(const struct finding *finding, char *buffer, size_t size)
{
	const char *sentence = prose_finding_variant(finding, false);

	if (sentence == NULL)
		sentence = prose_finding_template(finding->code);
	return template_fill_finding(sentence != NULL ? sentence : "", finding, buffer, size);
}

char *prose_finding_advice(const struct finding *finding, char *buffer, size_t size)
{
	const struct finding_words *words = finding_words(finding->code);
	const char *advice = words != NULL ? _(words->advice) : NULL;

	if (prose_finding_phrase_advice(finding) != NULL)
		advice = prose_finding_phrase_advice(finding);
	else if (finding_failure_advice(finding) != NULL)
		advice = finding_failure_advice(finding);
	else if (finding->with_calls && words != NULL && words->with_calls != NULL)
		advice = _(words->with_calls);
	return template_fill_finding(advice != NULL ? advice : "", finding, buffer, size);
}

enum { COUNTER_TEXT = 96 };
static const char IN_PART[] = N_("%s %" PRId64 " of %+" PRId64);

static void cite(
	char *buffer, size_t size, const char *one, const char *many, const uint64_t *number)
{
	if (number[0] == 0)
		return;
	template_append(buffer, size, "%s%s ", buffer[0] != '\0' ? _("; ") : "",
		number[1] != 0 ? many : one);
	for (int i = 0; i < FINDING_CITED && number[i] != 0; i++)
		template_append(buffer, size, "%s%" PRIu64, i > 0 ? ", " : "", number[i]);
}

/* Does the sentence have it, with this number and not with a longer one? */
static bool names(const char *sentence, const char *counter)
{
	size_t length = strlen(counter);

	for (const char *at = strstr(sentence, counter); at != NULL; at = strstr(at + 1, counter))
		if (at[length] < '0' || at[length] > '9')
			return true;
	return false;
}

/* "TcpExtListenOverflows +9", or "TcpExtListenOverflows 2 of +9". */
static char *counter_text(
	const struct finding_counter *counter, const char *in_part, char *buffer, size_t size)
{
	if (counter->part == counter->moved)
		snprintf(buffer, size, "%s %+" PRId64, counter->name, counter->moved);
	else
		snprintf(buffer, size, in_part, counter->name, counter->part, counter->moved);
	return buffer;
}

char *prose_finding_counters(const struct finding *finding, char *buffer, size_t size)
{
	char one[COUNTER_TEXT];

	buffer[0] = '\0';
	for (int i = 0; i < FINDING_COUNTERS && finding->evidence.counters[i].name != NULL; i++)
		template_append(buffer, size, "%s%s", i > 0 ? ", " : "",
			counter_text(&finding->evidence.counters[i], IN_PART, one, sizeof(one)));
	return buffer;
}

/* Each counter that moved, but those that the finding's sentence has told. */
static void cite_counters(char *buffer, size_t size, const struct finding *finding)
{
	char sentence[2048], one[COUNTER_TEXT];
	const char *between = _("; ");

	prose_finding(finding, sentence, sizeof(sentence));
	for (int i = 0; i < FINDING_COUNTERS && finding->evidence.counters[i].name != NULL; i++) {
		/* a counter, by how much of it, by how much it moved */
		counter_text(&finding->evidence.counters[i], _(IN_PART), one, sizeof(one));
		if (names(sentence, one))
			continue;
		template_append(buffer, size, "%s%s", buffer[0] != '\0' ? between : "", one);
		between = ", ";
	}
}

char *prose_finding_evidence(const struct finding *finding, char *buffer, size_t size)
{
	buffer[0] = '\0';
	cite(buffer, size, _("frame"), _("frames"), finding->evidence.frame);
	cite(buffer, size, "diag", "diag", finding->evidence.diag);
	uint64_t calls[FINDING_CITED];
	for (int i = 0; i < FINDING_CITED; i++)
		calls[i] = finding->evidence.call[i];
	cite(buffer, size, _("call"), _("calls"), calls);
	cite_counters(buffer, size, finding);
	return buffer;
}

char *prose_finding_ends(const struct finding *finding, bool utf8, char *buffer, size_t size)
{
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT];
	int side = finding->side & 1;

	snprintf(buffer, size, "%s%s%s", flow_end_text(&finding->key, side, left),
		utf8 ? " → " : " -> ", flow_end_text(&finding->key, !side, right));
	return buffer;
}

char *prose_finding_about(const struct finding *finding, bool utf8, char *buffer, size_t size)
{
	char left[FLOW_END_TEXT], right[FLOW_END_TEXT], name[CONNECTION_NAME];
	int side = finding->side & 1;

	buffer[0] = '\0';
	if (finding->about == FINDING_OF_LISTENER)
		template_append(
			buffer, size, _("listener %s"), flow_end_text(&finding->key, 0, left));
	else if (finding->about == FINDING_OF_UDP_SOCKET)
		template_append(
			buffer, size, _("UDP socket %s"), flow_end_text(&finding->key, 0, left));
	else if (finding->about == FINDING_OF_CONNECTION)
		template_append(buffer, size, _("%s, %s%s%s"),
			prose_name(finding, finding->serial, name),
			flow_end_text(&finding->key, side, left), utf8 ? " → " : " -> ",
			flow_end_text(&finding->key, !side, right));
	else if (finding->about == FINDING_OF_END)
		template_append(buffer, size, "%s", flow_end_text(&finding->key, side, left));
	return buffer;
}

/* Has another program's listener on this address a finding of this kind? */
static bool one_of_several(const struct model *model, const struct finding *finding)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *other = &model->findings[i];

		if (other->code == finding->code && other->about == FINDING_OF_LISTENER &&
			other->run == finding->run && other->index < model->listener_count &&
			flow_key_equal(&other->key, &finding->key) &&
			model->listeners[other->index].has_owner &&
			model->listeners[other->index].owner.pid !=
				model->listeners[finding->index].owner.pid)
			return true;
	}
	return false;
}

char *prose_finding_whose(const struct model *model, const struct finding *finding, bool utf8,
	char *buffer, size_t size)
{
	prose_finding_about(finding, utf8, buffer, size);
	if (finding->about != FINDING_OF_LISTENER || finding->index >= model->listener_count ||
		!one_of_several(model, finding))
		return buffer;
	const struct listener *listener = &model->listeners[finding->index];
	if (listener->has_owner)
		template_append(buffer, size, "%s%s[%" PRIu32 "]", _(", "), listener->owner.program,
			listener->owner.pid);
	return buffer;
}
