/* The verdict of a report, line by line; and how a recording ended, which may be its first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/model.h"
#include "tcpstate/prose.h"

#include "finding_words.h"
#include "template.h"

/* How many of what was recorded are here. */
static void append_counts(const struct run *run, char *buffer, size_t size)
{
	if (run->packets > run->end.packets || run->diag_messages > run->end.messages)
		template_append(buffer, size,
			_("The files of the recording do not belong together: %" PRIu64
			  " packets and %" PRIu64 " netlink messages were recorded, %" PRIu64
			  " and %" PRIu64 " are here."),
			run->end.packets, run->end.messages, run->packets, run->diag_messages);
	else if (run->packets != run->end.packets || run->diag_messages != run->end.messages)
		template_append(buffer, size,
			_("The recording is incomplete: %" PRIu64 " of %" PRIu64
			  " packets and %" PRIu64 " of %" PRIu64
			  " netlink messages that were recorded are here."),
			run->packets, run->end.packets, run->diag_messages, run->end.messages);
	else
		template_append(buffer, size,
			_("The recording is incomplete: %" PRIu64 " of %" PRIu64
			  " lines of calls.jsonl are here."),
			run->call_lines, (uint64_t)run->end.calls);
}

char *prose_run_end(const struct run *run, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (run->end.how == RUN_SIGNALLED)
		template_append(buffer, size, _("The recorder was told to end by signal %d (%s)."),
			run->end.signal, call_signal_name(run->end.signal));
	if (!run->incomplete)
		return buffer;
	if (buffer[0] != '\0')
		template_append(buffer, size, " ");
	if (run->end.how == RUN_OPEN)
		template_append(buffer, size, "%s",
			_("The capture is incomplete: its packets end within a record (it was cut "
			  "off); the torn last record is skipped."));
	else if (run->end.how == RUN_KILLED)
		template_append(buffer, size, "%s",
			_("The recording is incomplete: the recorder was killed, or its machine "
			  "stopped; how much is missing is not known."));
	else if (run->end.how == RUN_UNTOLD)
		template_append(buffer, size, "%s",
			_("The recording is incomplete: its facts.jsonl is missing or empty, and "
			  "with it how the recorder ended."));
	else if (run->end.how == RUN_BROKE_OFF)
		template_append(buffer, size, _("The recording is incomplete, it broke off: %s."),
			run->end.text != NULL ? run->end.text : "");
	else
		append_counts(run, buffer, size);
	return buffer;
}

char *prose_finding_of_kind(
	const struct model *model, const struct finding *first, char *buffer, size_t size)
{
	const struct finding_words *words = finding_words(first->code);
	const char *many = words != NULL ? words->many : NULL;
	struct finding all = *first;

	if (first->more == 0 || many == NULL)
		return prose_finding_headline(first, buffer, size);
	finding_sum(model, &all);
	template_fill_finding(_(many), &all, buffer, size);
	return buffer;
}

/* Do all findings of its kind say the same, each of its own connection? */
static bool all_alike(const struct model *model, const struct finding *first)
{
	char one[512], other[512];
	size_t alike = 0;

	prose_finding_headline(first, one, sizeof(one));
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == first->code &&
			strcmp(one, prose_finding_headline(
					    &model->findings[i], other, sizeof(other))) == 0)
			alike++;
	return alike == (size_t)first->more + 1;
}

/* Listeners of one address: "2 listeners on 127.0.0.1:12345". */
static bool same_address(const struct model *model, const struct finding *first)
{
	size_t same = 0;

	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == first->code &&
			model->findings[i].key.port_be[0] == first->key.port_be[0] &&
			memcmp(model->findings[i].key.addr[0], first->key.addr[0],
				sizeof(first->key.addr[0])) == 0)
			same++;
	return same == (size_t)first->more + 1;
}

/* Whose finding it is, what was found, and how many more there are of the kind. What is said of
 * the first holds of the others only if it is said of each. */
static void finding_line(const struct model *model, const struct finding *finding, bool utf8,
	char *buffer, size_t size)
{
	const struct finding_words *words = finding_words(finding->code);
	bool of_all = (words != NULL && words->many != NULL) || all_alike(model, finding);
	char end[FLOW_END_TEXT];

	prose_finding_about(finding, utf8, buffer, size);
	of_all &= buffer[0] != '\0';
	if (finding->more > 0 && finding->about == FINDING_OF_LISTENER && of_all &&
		same_address(model, finding))
		snprintf(buffer, size, _("%u listeners on %s"), finding->more + 1,
			flow_end_text(&finding->key, 0, end));
	else if (finding->more > 0 && of_all)
		template_append(buffer, size, _(" and %u more"), finding->more);
	if (buffer[0] != '\0')
		template_append(buffer, size, "%s", _(": "));
	if (of_all)
		prose_finding_of_kind(
			model, finding, buffer + strlen(buffer), size - strlen(buffer));
	else
		prose_finding_headline(finding, buffer + strlen(buffer), size - strlen(buffer));
	if (finding->more > 0 && !of_all)
		template_append(buffer, size, _("; %u more of this kind"), finding->more);
	template_append(buffer, size, "%s", _("."));
}

char *prose_more_of_kind(const struct finding *finding, char *buffer, size_t size)
{
	snprintf(buffer, size, _(" (%u more of this kind)"), finding->more);
	return buffer;
}

char *prose_verdict(const struct model *model, const struct verdict_line *line, bool utf8,
	char *buffer, size_t size)
{
	buffer[0] = '\0';
	switch ((enum verdict_kind)line->kind) {
	case VERDICT_INCOMPLETE:
		prose_run_end(&model->runs[line->finding], buffer, size);
		if (model->run_count > 1)
			template_append(buffer, size, " (%s)", model->runs[line->finding].name);
		if (line->count > 1)
			template_append(buffer, size,
				ngettext(" So is %u more.", " So are %u more.", line->count - 1),
				line->count - 1);
		break;
	case VERDICT_CHECKS:
		template_append(buffer, size, _("%zu of %zu checks as predicted."),
			model->check_count - model->checks_failed, model->check_count);
		break;
	case VERDICT_FINDING:
		finding_line(model, &model->findings[line->finding], utf8, buffer, size);
		break;
	case VERDICT_OTHERS:
		template_append(buffer, size,
			ngettext("%u more finding is below.", "%u more findings are below.",
				line->count),
			line->count);
		break;
	case VERDICT_FAILED:
		template_append(buffer, size, _("The experiment broke off: %s"),
			model->runs[line->finding].failure);
		break;
	case VERDICT_NOTHING:
		template_append(buffer, size, "%s", _("No finding."));
		break;
	}
	return buffer;
}
