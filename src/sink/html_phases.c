/* Phase by phase: what the kernel showed at each mark. Few sockets and phases make a table of
 * sockets by phases in which changes stand out; many, a line a phase. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { PHASES_MAX = 4096, MATRIX_PHASES = 8, MATRIX_SOCKETS = 26, PLAIN_PHASES = 12 };
enum { HEADING_MOST = 200 /* letters of a mark */ };

/* ---- a socket at a mark ---- */

/* What it waits for, in one line; part: only what counts as a change (not timers). */
static char *notes_of(const struct sample *sample, bool changes_only, char *buffer, size_t size)
{
	const struct sockrow *row = &sample->row;
	char part[96], queues[128], lasted[DURATION_TEXT];

	*buffer = '\0';
	if (sample->unshown)
		return buffer;
#define NOTE(...)                                                                                  \
	do {                                                                                       \
		size_t used = strlen(buffer);                                                      \
		page_text(part, sizeof(part), __VA_ARGS__);                                        \
		snprintf(buffer + used, size - used, "%s%s", used > 0 ? " · " : "", part);         \
	} while (0)
	if (row->state == STATE_LISTEN && row->key.protocol == IPPROTO_TCP) {
		NOTE(row->recv_q > row->send_q ? WORD_QUEUE_FULL : WORD_QUEUE_OF, row->recv_q,
			row->send_q + 1);
		return buffer;
	}
	if (row->request)
		NOTE(WORD_HALF_OPEN_REQUEST);
	if (sockrow_unaccepted(row) && !row->request)
		NOTE(WORD_WAITS);
	prose_queues(row, -1, queues, sizeof(queues));
	if (queues[0] != '\0')
		NOTE(WORD_QUEUES, queues);
	if (changes_only)
		return buffer;
	duration_text((int64_t)row->expires_ms * 1000000, lasted);
	if (row->timer == DIAG_TIMER_RETRANSMIT)
		NOTE(row->request                      ? WORD_SYN_ACK_AGAIN_IN
			: row->state == STATE_SYN_SENT ? WORD_SYN_AGAIN_IN
						       : WORD_AGAIN_IN,
			lasted);
	else if (row->timer == DIAG_TIMER_MINI)
		NOTE(WORD_TIME_LEFT, lasted);
	else if (row->timer == DIAG_TIMER_PROBE0)
		NOTE(WORD_PROBE_IN, lasted);
#undef NOTE
	return buffer;
}

static bool is_trouble(const struct sample *sample)
{
	return (sample->row.state == STATE_LISTEN && sample->row.recv_q > sample->row.send_q) ||
	       sample->row.state == STATE_SYN_SENT || sample->row.request;
}

/* ---- the matrix ---- */

struct line { /* a socket, by its ends and its connection */
	const struct sample *sample;
	uint32_t drawn;                    /* its connection; UINT32_MAX: none */
	uint16_t client_port, server_port; /* they order the lines of no connection */
	int rank;
};
struct matrix {
	struct sheet *sheet;
	const struct phase *phases[MATRIX_PHASES];
	size_t phase_count;
	struct line lines[MATRIX_SOCKETS + 1];
	size_t line_count;
};

/* The drawn connection whose end it was; UINT32_MAX: of none. */
static uint32_t drawn_of(const struct sheet *sheet, const struct sample *sample)
{
	return sample->connection == UINT32_MAX || sample->row.key.protocol != IPPROTO_TCP
		       ? UINT32_MAX
		       : sheet->of_connection[sample->connection];
}

/* Connections that had the same ends one after another have different sockets. */
static bool same_socket(const struct sheet *sheet, const struct sample *a, const struct sample *b)
{
	return a->run == b->run && a->row.key.protocol == b->row.key.protocol &&
	       flow_key_equal(&a->row.key, &b->row.key) && drawn_of(sheet, a) == drawn_of(sheet, b);
}

static const struct sample *sample_at(
	const struct sheet *sheet, const struct phase *phase, const struct sample *socket)
{
	const struct sample *samples = sheet->model->samples;

	for (size_t i = 0; i < phase->server_count; i++)
		if (same_socket(sheet, &samples[phase->server + i], socket))
			return &samples[phase->server + i];
	for (size_t i = 0; i < phase->client_count; i++)
		if (same_socket(sheet, &samples[phase->client + i], socket))
			return &samples[phase->client + i];
	return NULL;
}

static int compare_lines(const void *left, const void *right)
{
	const struct line *a = left, *b = right;

	if (a->rank != b->rank && (a->rank == 0 || b->rank == 0))
		return a->rank - b->rank;
	if (a->drawn != b->drawn)
		return a->drawn < b->drawn ? -1 : 1;
	if (a->client_port != b->client_port)
		return a->client_port - b->client_port;
	if (a->server_port != b->server_port)
		return a->server_port - b->server_port;
	return a->rank - b->rank;
}

static void line_add(struct matrix *matrix, const struct sample *sample)
{
	const struct flow_key *key = &sample->row.key;
	int client = sample->server_side;

	for (size_t i = 0; i < matrix->line_count; i++)
		if (same_socket(matrix->sheet, matrix->lines[i].sample, sample))
			return;
	if (matrix->line_count > MATRIX_SOCKETS)
		return;
	matrix->lines[matrix->line_count++] = (struct line){.sample = sample,
		.drawn = drawn_of(matrix->sheet, sample),
		.client_port = ntohs(key->port_be[client]),
		.server_port = ntohs(key->port_be[!client]),
		.rank = key->port_be[1] == 0  ? 0
			: sample->server_side ? 2
					      : 1};
}

static bool matrix_gather(struct sheet *sheet, struct matrix *matrix)
{
	const struct model *model = sheet->model;
	const struct phase **phases = calloc(PHASES_MAX, sizeof(*phases));
	size_t count = phases != NULL ? sheet_phases(sheet, phases, PHASES_MAX) : 0, unlisted = 0;

	matrix->sheet = sheet;
	matrix->phase_count = count;
	for (size_t i = 0; i < count && count <= MATRIX_PHASES; i++) {
		matrix->phases[i] = phases[i];
		for (size_t k = 0; k < phases[i]->server_count; k++)
			line_add(matrix, &model->samples[phases[i]->server + k]);
		for (size_t k = 0; k < phases[i]->client_count; k++)
			line_add(matrix, &model->samples[phases[i]->client + k]);
		unlisted += phases[i]->unlisted[0] + phases[i]->unlisted[1];
	}
	free(phases);
	qsort(matrix->lines, matrix->line_count, sizeof(*matrix->lines), compare_lines);
	return count > 0 && count <= MATRIX_PHASES && matrix->line_count <= MATRIX_SOCKETS &&
	       unlisted == 0;
}

/* Who holds it when it is first seen; a later socket of the same ends may be another's. */
static const struct owner *line_owner(const struct matrix *matrix, const struct line *line)
{
	for (size_t i = 0; i < matrix->phase_count; i++) {
		const struct sample *at = sample_at(matrix->sheet, matrix->phases[i], line->sample);

		if (at != NULL && at->has_owner && !at->was)
			return &at->owner;
	}
	return NULL;
}

static void put_socket_name(const struct matrix *matrix, const struct line *line)
{
	const struct sample *sample = line->sample;
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT];
	const struct owner *owner = line_owner(matrix, line);
	FILE *out = matrix->sheet->out;

	put(out, "<th scope='row'>");
	if (line->drawn != UINT32_MAX)
		put_name(out, matrix->sheet, line->drawn);
	put(out, "%s<span class='lede'>%s</span> %e", line->drawn != UINT32_MAX ? " " : "",
		sample->row.key.protocol != IPPROTO_TCP ? "udp"
		: line->rank == 0                       ? page_word(WORD_LISTENER)
				  : page_word(line->rank == 2 ? WORD_SERVER : WORD_CLIENT),
		sheet_end(matrix->sheet, &sample->row.key, 0, local));
	if (line->rank != 0)
		put(out, " <small class='in'>→ %e</small>",
			sheet_end(matrix->sheet, &sample->row.key, 1, remote));
	put(out, "<small>");
	if (owner != NULL)
		put(out, "%e[%u]", owner->program, owner->pid);
	put(out, "</small>");
}

static void put_socket_line(const struct matrix *matrix, const struct line *line, bool rule)
{
	const struct model *model = matrix->sheet->model;
	const struct owner *owner = line_owner(matrix, line);
	const struct sample *before = NULL;
	char now[300], then[300], shown[300];
	FILE *out = matrix->sheet->out;

	put(out, rule ? "<tr class='g'>" : "<tr>");
	put_socket_name(matrix, line);
	for (size_t i = 0; i < matrix->phase_count; i++) {
		const struct sample *at = sample_at(matrix->sheet, matrix->phases[i], line->sample);

		if (at == NULL && matrix->phases[i]->run != line->sample->run) {
			put(out, "<td class='same'>"); /* a mark of another recording */
			continue;
		}
		if (at == NULL) {
			put(out,
				before != NULL ? "<td class='chg'><small>%s</small>"
					       : "<td class='same'>%s",
				before != NULL ? page_word(WORD_GONE) : "");
			before = NULL;
			continue;
		}
		bool changed = before == NULL || before->row.state != at->row.state ||
			       before->row.cookie != at->row.cookie ||
			       strcmp(notes_of(before, true, then, sizeof(then)),
				       notes_of(at, true, now, sizeof(now))) != 0;
		put(out, changed ? "<td class='chg'>" : "<td class='same'>");
		if (at->row.key.protocol == IPPROTO_TCP)
			put_state(out, at->row.state);
		else
			put(out, "%s", prose_socket_state(&at->row));
		put(out, is_trouble(at) ? "<small class='al'>%e</small>" : "<small>%e</small>",
			notes_of(at, false, shown, sizeof(shown)));
		if (owner != NULL && at->has_owner && !at->was &&
			(at->owner.pid != owner->pid || at->also.count > 0))
			put(out, "<small>%e</small>",
				prose_owners(model, &at->owner, &at->also, shown, sizeof(shown)));
		before = at;
	}
}

static const char *short_counter(const char *name)
{
	return strncmp(name, "TcpExt", 6) == 0 ? name + 6
	       : strncmp(name, "Tcp", 3) == 0  ? name + 3
					       : name;
}

static void put_counters(
	FILE *out, const struct phase *phase, const char *before, const char *after)
{
	for (size_t i = 0, shown = 0; i < phase->counter_count; i++)
		if (!phase->counters[i].volume && phase->counters[i].delta != 0) {
			char delta[32];

			snprintf(
				delta, sizeof(delta), "%+lld", (long long)phase->counters[i].delta);
			put(out, "%s%e %s%s", shown++ > 0 ? after : before,
				short_counter(phase->counters[i].name), delta,
				*before != '\0' ? "</small>" : "");
		}
}

/* Those that the recorder found changed at this phase's mark; true if there are any. */
/* Of several recordings each has its own first mark, and its own phase before: which one this is,
 * and the phase before it. */
static unsigned phase_number(const struct model *model, const struct phase *const *phases, size_t i)
{
	return model->run_count > 1 && phases[i]->moment == MOMENT_NONE ? phases[i]->mark
									: (unsigned)i + 1;
}

static void put_recording(FILE *out, const struct model *model, const struct phase *phase)
{
	if (model->run_count > 1)
		put(out, "<small>%e</small> ", model->runs[phase->run].name);
}

static const struct phase *phase_before(const struct phase *const *phases, size_t i)
{
	for (size_t k = i; k > 0; k--)
		if (phases[k - 1]->run == phases[i]->run)
			return phases[k - 1];
	return NULL;
}

static bool put_sysctls(FILE *out, const struct model *model, const struct phase *phase,
	const struct phase *previous)
{
	bool any = false;

	for (size_t i = 0; i < model->sysctl_count; i++) {
		const struct sysctl_change *change = &model->sysctls[i];
		const char *last = strrchr(change->name, '.');

		if (change->run != phase->run || change->t_ns > phase->t_ns ||
			(previous != NULL && change->t_ns <= previous->t_ns))
			continue;
		any = true;
		if (out != NULL)
			put(out, "<small>%e %e → %e</small> ",
				last != NULL ? last + 1 : change->name, change->from, change->to);
	}
	return any;
}

static void put_sysctl_line(const struct matrix *matrix)
{
	const struct model *model = matrix->sheet->model;
	FILE *out = matrix->sheet->out;
	bool any = false;

	for (size_t i = 0; i < matrix->phase_count; i++)
		any |= put_sysctls(NULL, model, matrix->phases[i], phase_before(matrix->phases, i));
	if (!any)
		return;
	put(out, "<tr><th scope='row'><span class='lede'>%s</span>",
		page_word(WORD_SYSCTLS_CHANGED));
	for (size_t i = 0; i < matrix->phase_count; i++) {
		put(out, "<td>");
		put_sysctls(out, model, matrix->phases[i], phase_before(matrix->phases, i));
	}
}

static void put_matrix(const struct matrix *matrix)
{
	FILE *out = matrix->sheet->out;
	char seconds[DURATION_TEXT], named[MARK_NAMED];

	put(out, "<div class='tw'><table class='pm'><caption>%e</caption><thead><tr><td>",
		page_word(WORD_HEAD_PHASES));
	for (size_t i = 0; i < matrix->phase_count; i++) {
		put(out, "<th scope='col'>");
		put_recording(out, matrix->sheet->model, matrix->phases[i]);
		put(out, "%u: ", phase_number(matrix->sheet->model, matrix->phases, i));
		put_escaped(out,
			page_phase(matrix->sheet->model, matrix->phases[i], named, sizeof(named)),
			HEADING_MOST);
		put(out, "<br><small>%s s</small>",
			sheet_seconds(matrix->sheet, matrix->phases[i]->t_ns, seconds));
	}
	put(out, "</thead><tbody>");
	for (size_t i = 0; i < matrix->line_count; i++)
		put_socket_line(matrix, &matrix->lines[i],
			i == 0 || matrix->lines[i].rank != 2 ||
				matrix->lines[i].drawn != matrix->lines[i - 1].drawn ||
				matrix->lines[i].client_port != matrix->lines[i - 1].client_port);
	put(out, "<tr class='g'><th scope='row'><span class='lede'>%s</span>",
		page_word(WORD_COUNTERS_MOVED));
	for (size_t i = 0; i < matrix->phase_count; i++) {
		put(out, "<td>");
		put_counters(out, matrix->phases[i], "<small>", "<small>");
	}
	put_sysctl_line(matrix);
	put(out, "</tbody></table></div>");
}

/* ---- a line a phase ---- */

static void put_side(FILE *out, const struct phase *phase, int side)
{
	static const uint8_t life[] = {STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSING, STATE_TIME_WAIT,
		STATE_CLOSE_WAIT, STATE_LAST_ACK};

	put(out, "<td>");
	for (size_t i = 0; i < sizeof(life); i++) {
		size_t count = phase->states[side][life[i]];

		if (count == 0)
			continue;
		put(out, "<span class='nw'>");
		put_state(out, life[i]);
		if (count > 1)
			put(out, " ×%U", (uint64_t)count);
		put(out, "</span> \u00a0");
	}
}

static void put_phase_lines(struct sheet *sheet, const struct phase **phases, size_t count)
{
	FILE *out = sheet->out;
	char seconds[DURATION_TEXT], text[64], named[MARK_NAMED];

	if (count > PLAIN_PHASES)
		put(out, "<details class='np'><summary>%s</summary>",
			page_text(text, sizeof(text), WORD_ALL_PHASES, count));
	put(out,
		"<div class='tw'><table><caption>%e</caption><thead><tr><th scope='col' "
		"class='n'>%s<th scope='col'>%s<th scope='col' class='n'>s<th scope='col'>%s<th "
		"scope='col'>%s<th scope='col'>%s</thead><tbody>",
		page_word(WORD_HEAD_PHASES), page_word(WORD_NUMBER), page_word(WORD_PHASE),
		page_word(WORD_SERVER_SIDE), page_word(WORD_CLIENT_SIDE),
		page_word(WORD_COUNTERS_MOVED));
	for (size_t i = 0; i < count; i++) {
		put(out, "<tr><td class='n'>%u<td>", phase_number(sheet->model, phases, i));
		put_recording(out, sheet->model, phases[i]);
		put_escaped(out, page_phase(sheet->model, phases[i], named, sizeof(named)),
			HEADING_MOST);
		put(out, " ");
		put_sysctls(out, sheet->model, phases[i], phase_before(phases, i));
		put(out, "<td class='n'>%s", sheet_seconds(sheet, phases[i]->t_ns, seconds));
		put_side(out, phases[i], 0);
		put_side(out, phases[i], 1);
		put(out, "<td><small>");
		put_counters(out, phases[i], "", ", ");
		put(out, "</small>");
	}
	put(out, "</tbody></table></div>%s", count > PLAIN_PHASES ? "</details>" : "");
}

void html_phases(struct sheet *sheet)
{
	struct matrix *matrix = calloc(1, sizeof(*matrix));
	const struct phase **phases = calloc(PHASES_MAX, sizeof(*phases));

	if (matrix == NULL || phases == NULL) {
		free(matrix);
		free(phases);
		return;
	}
	bool few = matrix_gather(sheet, matrix);
	put(sheet->out, "<p class='lede'>%s</p>",
		page_word(sheet->model->mark_count > 0
				  ? few ? WORD_PHASES_LEDE : WORD_PHASES_COUNTED
			  : few ? WORD_MOMENTS_LEDE
				: WORD_MOMENTS_COUNTED));
	if (few)
		put_matrix(matrix);
	else
		put_phase_lines(sheet, phases, sheet_phases(sheet, phases, PHASES_MAX));
	free(matrix);
	free(phases);
}
