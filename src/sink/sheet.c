/* Which connections a page draws, how they are named, and what can be linked to. */
#include "sheet.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/segment.h"

int sheet_side(const struct connection *connection, int role)
{
	int client = connection->client == 1;

	return role == ROLE_CLIENT ? client : !client;
}

int sheet_role(const struct sheet *sheet, const struct record *record, uint32_t connection)
{
	return (int)model_role(sheet->model, record, connection);
}

int sheet_call_role(const struct sheet *sheet, const struct connection *connection, uint32_t index)
{
	enum { SHOWN_MOST = 40 };
	const struct model_call *call = &sheet->model->calls[index];

	if (call_class(call->call.what) == CALL_WAIT || call->folded ||
		(call_transfers(call->call.what) && connection->call_count > SHOWN_MOST))
		return -1;
	return call->side == sheet_side(connection, ROLE_CLIENT) ? ROLE_CLIENT : ROLE_SERVER;
}

const struct connection *sheet_connection(
	const struct sheet *sheet, const struct drawn *drawn, int role)
{
	return &sheet->model->connections[drawn->index[role]];
}

const char *sheet_let_go(const struct sheet *sheet, const struct drawn *drawn, int role,
	size_t number, char *buffer, size_t size)
{
	const struct connection *end = sheet_connection(sheet, drawn, role);
	int side = sheet_side(end, role);
	const struct holder *first;
	char held[DURATION_TEXT], gone[DURATION_TEXT];
	size_t count = end->ends[side].has_owner ? model_holders(sheet->model, end->run,
							   end->ends[side].owner.inode, &first)
						 : 0;

	for (size_t i = 0; i < count; i++) {
		if (!holder_let_go(&first[i]) || number-- > 0)
			continue;
		return prose_let_go(end, side, &first[i].owner,
			sheet_seconds(sheet, first[i].to_ns, held),
			sheet_seconds(sheet, first[i].gone_ns, gone), buffer, size);
	}
	return NULL;
}

enum mark_shape sheet_mark(unsigned evidence)
{
	return evidence == EVIDENCE_BOTH     ? MARK_BOTH
	       : evidence == EVIDENCE_KERNEL ? MARK_KERNEL
	       : evidence == EVIDENCE_WIRE   ? MARK_WIRE
	       : evidence == EVIDENCE_NONE   ? MARK_NONE
					     : MARK_INFERRED;
}

size_t sheet_spans(const struct sheet *sheet, const struct drawn *drawn, int role, int64_t stop_ns,
	struct span spans[SPANS_MAX])
{
	size_t count = 0;
	bool open = false;

	for (size_t i = 0; i < drawn->steps->count; i++) {
		const struct step *step = &drawn->steps->item[i];
		if (step->kind != STEP_TRANSITION)
			continue;
		const struct transition *transition = &sheet->model->transitions[step->index];
		if (sheet_role(sheet, &transition->record, transition->index) != role)
			continue;
		if (open)
			spans[count - 1].until_ns = transition->record.t_ns;
		open = transition->record.to != STATE_CLOSED && count < SPANS_MAX;
		if (!open)
			continue;
		spans[count++] = (struct span){.from_ns = transition->record.t_ns,
			.until_ns = stop_ns > transition->record.t_ns ? stop_ns
								      : transition->record.t_ns,
			.transition = step->index,
			.state = transition->record.to,
			.evidence = transition->record.evidence};
	}
	return count;
}

int64_t sheet_axis_zero(const struct sheet *sheet)
{
	return sheet->model->run_count > 1 ? INT64_MIN : sheet->zero_ns;
}

char *sheet_seconds(const struct sheet *sheet, int64_t t_ns, char *buffer)
{
	int64_t since = t_ns - sheet->zero_ns;

	snprintf(buffer, DURATION_TEXT, "%s%" PRId64 ".%06" PRId64, since < 0 ? "-" : "",
		(since < 0 ? -since : since) / 1000000000,
		(since < 0 ? -since : since) / 1000 % 1000000);
	return buffer;
}

bool sheet_several_hosts(const struct sheet *sheet)
{
	const struct model *model = sheet->model;
	const uint8_t *first = NULL;

	for (size_t i = 0; i < model->connection_count && i < LANE_CONNECTIONS_MAX; i++)
		for (int side = 0; side < 2; side++) {
			const uint8_t *address = model->connections[i].key.addr[side];

			if (first != NULL && memcmp(first, address, 16) != 0)
				return true;
			first = address;
		}
	return false;
}

char *sheet_end(const struct sheet *sheet, const struct flow_key *key, int end, char *buffer)
{
	flow_end_text(key, end, buffer);
	if (sheet_several_hosts(sheet))
		return buffer;
	const char *colon = strrchr(buffer, ':');
	if (colon != NULL)
		memmove(buffer, colon, strlen(colon) + 1);
	return buffer;
}

bool sheet_has_lanes(const struct sheet *sheet)
{
	return sheet->drawn_count > 0 && sheet->lane_count <= LANES_MAX &&
	       sheet->drawn_count <= LANE_CONNECTIONS_MAX;
}

/* ---- what is drawn ---- */

static bool is_drawable(const struct connection *connection)
{
	return connection->key.protocol == IPPROTO_TCP;
}

static int64_t drawn_time(const struct model *model, const struct drawn *drawn)
{
	return model->connections[drawn->index[0]].first_ns;
}

static const struct model *sorted_model;

static int compare_drawn(const void *left, const void *right)
{
	const struct drawn *a = left, *b = right;
	int64_t t_a = drawn_time(sorted_model, a), t_b = drawn_time(sorted_model, b);

	return t_a != t_b ? (t_a > t_b) - (t_a < t_b)
			  : (a->index[0] > b->index[0]) - (a->index[0] < b->index[0]);
}

static void drawn_name(const struct model *model, struct drawn *drawn)
{
	const struct connection *connection = &model->connections[drawn->index[0]];

	page_name(model, drawn->index[0], drawn->name, sizeof(drawn->name));
	if (drawn->path != UINT32_MAX)
		snprintf(drawn->id, sizeof(drawn->id), "p%" PRIu32, drawn->path + 1);
	else if (model->run_count > 1)
		snprintf(drawn->id, sizeof(drawn->id), "c%u-%" PRIu32, connection->run,
			connection->serial);
	else
		snprintf(drawn->id, sizeof(drawn->id), "c%" PRIu32, connection->serial);
}

static bool drawn_gather(struct sheet *sheet)
{
	const struct model *model = sheet->model;

	sheet->drawn = calloc(model->connection_count + 1, sizeof(*sheet->drawn));
	sheet->of_connection = malloc((model->connection_count + 1) * sizeof(uint32_t));
	if (sheet->drawn == NULL || sheet->of_connection == NULL)
		return false;
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		const struct path *path =
			connection->path != UINT32_MAX ? &model->paths[connection->path] : NULL;
		struct drawn *drawn = &sheet->drawn[sheet->drawn_count];

		if (!is_drawable(connection) || (path != NULL && path->hops[0] != i))
			continue;
		*drawn = (struct drawn){.index = {i, i},
			.path = connection->path,
			.steps = path != NULL ? &path->steps : &connection->steps,
			.stands_in = UINT32_MAX};
		if (path != NULL) {
			drawn->index[0] = path->witness[0];
			drawn->index[1] = path->witness[1];
		}
		drawn_name(model, drawn);
		sheet->drawn_count++;
	}
	sorted_model = model;
	qsort(sheet->drawn, sheet->drawn_count, sizeof(*sheet->drawn), compare_drawn);
	for (uint32_t i = 0; i < sheet->drawn_count; i++) {
		const struct drawn *drawn = &sheet->drawn[i];
		const struct path *path =
			drawn->path != UINT32_MAX ? &model->paths[drawn->path] : NULL;

		sheet->of_connection[drawn->index[0]] = i;
		for (size_t k = 0; path != NULL && k < path->hop_count; k++)
			sheet->of_connection[path->hops[k]] = i;
	}
	return true;
}

/* A lane is a 4-tuple: what follows on the same ports lies in the same line. */
static void lanes_assign(struct sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->drawn_count; i++) {
		const struct connection *connection =
			&sheet->model->connections[sheet->drawn[i].index[0]];
		uint32_t lane = (uint32_t)sheet->lane_count;

		for (uint32_t k = 0; k < i && sheet->drawn_count <= LANE_CONNECTIONS_MAX; k++) {
			const struct connection *other =
				&sheet->model->connections[sheet->drawn[k].index[0]];

			if (other->run == connection->run && other->client == connection->client &&
				flow_key_equal(&other->key, &connection->key)) {
				lane = sheet->drawn[k].lane;
				break;
			}
		}
		sheet->drawn[i].lane = lane;
		sheet->lane_count += lane == sheet->lane_count;
	}
}

/* ---- whose ladder ---- */

static void ladder_add(struct sheet *sheet, uint32_t drawn)
{
	if (sheet->ladder_count < LADDERS_SOME && sheet->drawn[drawn].stands_in == UINT32_MAX) {
		sheet->ladders[sheet->ladder_count++] = drawn;
		sheet->drawn[drawn].stands_in = drawn;
	}
}

static int compare_numbers(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* All, where they are few; else one of each kind, the anomalous kinds first. */
static bool ladders_choose(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	bool few = sheet->drawn_count <= LADDERS_ALL;

	sheet->ladders = malloc(LADDERS_SOME * sizeof(*sheet->ladders));
	if (sheet->ladders == NULL)
		return false;
	for (uint32_t i = 0; few && i < sheet->drawn_count; i++)
		ladder_add(sheet, i);
	for (size_t i = 0; !few && i < model->shape_count; i++)
		if (is_drawable(&model->connections[model->shapes[i].example]))
			ladder_add(sheet, sheet->of_connection[model->shapes[i].example]);
	for (uint32_t i = 0; i < sheet->drawn_count; i++) {
		struct drawn *drawn = &sheet->drawn[i];
		const struct shape *shape =
			&model->shapes[model->connections[drawn->index[0]].shape];

		if (drawn->stands_in != UINT32_MAX)
			continue;
		const struct drawn *example = &sheet->drawn[sheet->of_connection[shape->example]];
		drawn->stands_in = example->stands_in;
	}
	qsort(sheet->ladders, sheet->ladder_count, sizeof(*sheet->ladders), compare_numbers);
	return true;
}

/* Lines become sentences: a description is read aloud. */
static void put_lines(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		put(out, "%e%s", line != NULL ? line : "", text[length] == '\n' ? ". " : "");
		free(line);
		text += length + (text[length] == '\n');
	}
}

void figure_begin(FILE *out, const char *id, const char *classes, double width, double height,
	const char *title, const char *description)
{
	put(out, "<svg class='fig %s' id='%s' viewBox='0 0 %n %n' ", classes, id, width, height);
	if (strcmp(classes, "grid") == 0) /* as large as it is, not as the page */
		put(out, "style='max-width:%npx' ", width);
	put(out,
		"role='img' aria-labelledby='%s-t %s-d' xmlns='http://www.w3.org/2000/svg'><title "
		"id='%s-t'>%e</title><desc id='%s-d'>",
		id, id, id, title, id);
	put_lines(out, description);
	put(out, "</desc>");
}

bool sheet_open(struct sheet *sheet, const struct model *model, const struct sink_options *options,
	FILE *out)
{
	*sheet = (struct sheet){.model = model,
		.options = options,
		.out = out,
		.zero_ns = model->first_ns,
		.end_ns = model->last_ns};
	for (size_t i = model->run_count; i-- > 0;) {
		sheet->kernel |= model->runs[i].has_diag && model->runs[i].rows > 0;
		if (model->runs[i].packets > 0 && model->runs[i].first_packet_ns != 0)
			sheet->zero_ns = model->runs[i].first_packet_ns;
	}
	bool ok = drawn_gather(sheet);
	if (ok) {
		lanes_assign(sheet);
		ok = ladders_choose(sheet) && sheet_anchors_gather(sheet);
	}
	if (!ok)
		sheet_close(sheet);
	return ok;
}

void sheet_close(struct sheet *sheet)
{
	free(sheet->drawn);
	free(sheet->of_connection);
	free(sheet->ladders);
	free(sheet->anchors);
	*sheet = (struct sheet){0};
}
