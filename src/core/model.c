/* The report's content, gathered: takes the core's records of one or more runs and keeps what a report needs.
 * Segments are only counted; what must wait for the last record is done by model_finish(). */
#include "model_build.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *model_room(struct model *model, void *array, size_t count, size_t item_size)
{
	if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) {
		void *bigger = count >= UINT32_MAX / 2 ? NULL : realloc(array, (count < 16 ? 16 : count * 2) * item_size);

		if (bigger == NULL) {
			model->build->failed = true;
			return array;
		}
		array = bigger;
	}
	memset((char *)array + count * item_size, 0, item_size);
	return array;
}

struct model *model_new(void)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model != NULL)
		model->build = calloc(1, sizeof(*model->build));
	if (model != NULL && model->build == NULL) {
		free(model);
		return NULL;
	}
	return model;
}

static void build_free(struct model_build *build)
{
	if (build == NULL)
		return;
	free(build->by_id);
	free(build->by_serial);
	free(build->cookie);
	free(build->inode);
	free(build->listening_ports);
	index_map_free(&build->listeners);
	index_map_free(&build->cookies);
	index_map_free(&build->inodes);
	free(build);
}

void check_table_clear(struct check_table *table)
{
	for (size_t i = 0; i < table->row_count; i++)
		free(table->rows[i]);
	for (size_t i = 0; i < table->column_count; i++)
		free(table->columns[i]);
	free(table->rows);
	free(table->columns);
	free(table->cell);
	free(table->name);
	free(table->formula);
	free(table->where);
	free(table->row_key);
	free(table->column_key);
}

static void run_free(struct run *run)
{
	for (size_t i = 0; i < run->note_count; i++)
		free(run->notes[i]);
	free(run->notes);
	free(run->name);
	free(run->manifest);
}

void model_free(struct model *model)
{
	if (model == NULL)
		return;
	for (size_t i = 0; i < model->run_count; i++)
		run_free(&model->runs[i]);
	for (size_t i = 0; i < model->correction_count; i++) {
		free(model->corrections[i].frames);
		free(model->corrections[i].refuting_frames);
		free(model->corrections[i].refuting_diags);
	}
	for (size_t i = 0; i < model->connection_count; i++)
		free(model->connections[i].steps.item);
	for (size_t i = 0; i < model->listener_count; i++)
		free(model->listeners[i].steps.item);
	for (size_t i = 0; i < model->mark_count; i++)
		free(model->marks[i].text);
	for (size_t i = 0; i < model->counter_count; i++)
		free(model->counters[i].name);
	for (size_t i = 0; i < model->phase_count; i++)
		free(model->phases[i].counters);
	for (size_t i = 0; i < model->check_count; i++)
		check_free(model->checks[i]);
	for (size_t i = 0; i < model->table_count; i++)
		check_table_clear(&model->tables[i]);
	for (size_t i = 0; i < model->shape_count; i++)
		free(model->shapes[i].members);
	build_free(model->build);
	void *arrays[] = {model->runs, model->transitions, model->corrections, model->connections, model->listeners, model->marks, model->phases,
		model->samples, model->counters, model->checks, model->check_runs, model->tables, model->loose, model->findings, model->shapes};
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		free(arrays[i]);
	free(model);
}

int model_run(struct model *model, const char *name, const char *manifest)
{
	struct model_build *build = model->build;
	struct run *run = model->run_count < UINT16_MAX ? PUSH(model, model->runs, model->run_count) : NULL;

	if (run == NULL)
		return -1;
	model->run_count++;
	run->name = strdup(name);
	run->manifest = strdup(manifest != NULL ? manifest : "");
	build->marks = 0;
	build->dump_ended = false;
	if (build->by_id_size > 0)
		memset(build->by_id, 0, build->by_id_size * sizeof(*build->by_id));
	if (build->by_serial_size > 0)
		memset(build->by_serial, 0, build->by_serial_size * sizeof(*build->by_serial));
	build->failed |= run->name == NULL || run->manifest == NULL;
	return build->failed ? -1 : 0;
}

struct run *model_current(struct model *model)
{
	return &model->runs[model->run_count - 1];
}

void model_note(struct model *model, const char *format, ...)
{
	struct run *run = model_current(model);
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	char **note = PUSH(model, run->notes, run->note_count);
	if (note != NULL && (*note = strdup(text)) != NULL)
		run->note_count++;
	else
		model->build->failed = true;
}

/* A slot of a table from small dense numbers to index + 1. */
static uint32_t *slot_of(struct model *model, uint32_t **table, size_t *size, uint64_t number)
{
	if (number >= *size) {
		size_t wanted = *size > 0 ? *size : 256;

		while (wanted <= number && wanted < UINT32_MAX)
			wanted *= 2;
		uint32_t *bigger = number < UINT32_MAX ? realloc(*table, wanted * sizeof(**table)) : NULL;
		if (bigger == NULL) {
			model->build->failed = true;
			return NULL;
		}
		memset(bigger + *size, 0, (wanted - *size) * sizeof(**table));
		*table = bigger;
		*size = wanted;
	}
	return &(*table)[number];
}

static uint32_t connection_of(struct model *model, const struct record *record)
{
	uint32_t *slot = slot_of(model, &model->build->by_serial, &model->build->by_serial_size, record->serial);

	if (slot == NULL)
		return INDEX_NONE;
	if (*slot == 0) {
		struct connection *connection = PUSH(model, model->connections, model->connection_count);

		if (connection == NULL)
			return INDEX_NONE;
		connection->run = (uint16_t)(model->run_count - 1);
		connection->serial = record->serial;
		connection->key = record->key;
		connection->client = -1;
		connection->first_ns = connection->last_ns = record->kind == RECORD_FINDING ? INT64_MAX : record->t_ns;
		*slot = (uint32_t)++model->connection_count;
	}
	model->connections[*slot - 1].local_sides |= record->local_sides;
	return *slot - 1;
}

static bool listener_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct listener *listener = &model->listeners[index];

	return listener->run == model->run_count - 1 && flow_key_equal(&listener->key, wanted);
}

uint32_t model_listener(struct model *model, const struct flow_key *key, int64_t t_ns)
{
	uint64_t hash = index_hash(key->addr[0], sizeof(key->addr[0]), (uint64_t)key->port_be[0] + 1);
	uint32_t index = index_map_find(&model->build->listeners, hash, listener_equal, model, key);

	if (index == INDEX_NONE) {
		struct listener *listener = PUSH(model, model->listeners, model->listener_count);

		if (listener == NULL || !index_map_put(&model->build->listeners, hash, (uint32_t)model->listener_count)) {
			model->build->failed = true;
			return INDEX_NONE;
		}
		*listener = (struct listener){.run = (uint16_t)(model->run_count - 1), .key = *key, .first_ns = t_ns, .last_ns = t_ns};
		index = (uint32_t)model->listener_count++;
	}
	if (model->listeners[index].last_ns < t_ns)
		model->listeners[index].last_ns = t_ns;
	return index;
}

static uint32_t subject_of(struct model *model, const struct record *record)
{
	if (record->listener)
		return model_listener(model, &record->key, record->t_ns);
	return record->serial != 0 ? connection_of(model, record) : INDEX_NONE;
}

static void take_transition(struct model *model, const struct record *record)
{
	uint32_t subject = subject_of(model, record);
	uint32_t *slot = slot_of(model, &model->build->by_id, &model->build->by_id_size, record->id);
	struct transition *transition = PUSH(model, model->transitions, model->transition_count);

	if (subject == INDEX_NONE || slot == NULL || transition == NULL)
		return;
	*transition = (struct transition){.record = *record, .index = subject, .run = (uint16_t)(model->run_count - 1)};
	transition->record.event = NULL;
	*slot = (uint32_t)++model->transition_count;
	if (!record->listener)
		connection_transition(&model->connections[subject], record);
}

static struct transition *transition_of(struct model *model, uint64_t id)
{
	const struct model_build *build = model->build;

	return id < build->by_id_size && build->by_id[id] != 0 ? &model->transitions[build->by_id[id] - 1] : NULL;
}

static void take_confirmation(struct model *model, const struct record *record)
{
	struct transition *transition = transition_of(model, record->of);

	if (transition == NULL)
		return;
	struct record *kept = &transition->record;
	if (record->evidence != EVIDENCE_NONE)
		kept->evidence = record->evidence;
	if (kept->diag_frame == 0)
		kept->diag_frame = record->diag_frame;
	if (kept->frame == 0)
		kept->frame = record->frame;
	if (kept->cookie == 0)
		kept->cookie = record->cookie;
}

static void take_correction(struct model *model, const struct record *record)
{
	struct transition *transition = transition_of(model, record->of);
	uint32_t subject = subject_of(model, record);
	struct correction *correction = PUSH(model, model->corrections, model->correction_count);

	if (subject == INDEX_NONE || correction == NULL)
		return;
	*correction = (struct correction){.record = *record, .index = subject, .run = (uint16_t)(model->run_count - 1), .count = 1};
	struct record *kept = &correction->record;
	kept->event = NULL;
	if (kept->evidence == EVIDENCE_NONE)
		kept->evidence = record->diag_frame == 0 ? EVIDENCE_WIRE : record->refuting_frame == 0 ? EVIDENCE_KERNEL : EVIDENCE_BOTH;
	if (transition != NULL) {
		correction->claimed = transition->record.reason;
		correction->claimed_cause = transition->record.cause;
		transition->record.kind = RECORD_CORRECTION;
	}
	model->correction_count++;
	model->summary.withdrawn++;
}

static bool cookie_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct cookie_owner *a = &model->build->cookie[index], *b = wanted;

	return a->cookie == b->cookie && a->run == b->run;
}

/* A socket keeps its cookie from request to TIME_WAIT, but not its descriptor: remember that. */
static void remember_cookie(struct model *model, const struct sockrow *row)
{
	struct model_build *build = model->build;
	struct cookie_owner wanted = {row->cookie, row->inode, (uint16_t)(model->run_count - 1)};

	if (row->inode == 0 || row->cookie == 0)
		return;
	uint64_t hash = index_hash(&wanted.cookie, sizeof(wanted.cookie), 0);
	uint32_t index = index_map_find(&build->cookies, hash, cookie_equal, model, &wanted);
	if (index != INDEX_NONE) {
		build->cookie[index].inode = row->inode;
		return;
	}
	struct cookie_owner *slot = PUSH(model, build->cookie, build->cookie_count);
	if (slot == NULL || !index_map_put(&build->cookies, hash, (uint32_t)build->cookie_count)) {
		build->failed = true;
		return;
	}
	*slot = wanted;
	build->cookie_count++;
}

uint32_t model_cookie_inode(const struct model *model, uint16_t run, uint64_t cookie)
{
	struct cookie_owner wanted = {cookie, 0, run};
	uint32_t index = index_map_find(&model->build->cookies, index_hash(&cookie, sizeof(cookie), 0), cookie_equal, model, &wanted);

	return index != INDEX_NONE ? model->build->cookie[index].inode : 0;
}

static bool inode_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct inode_owner *a = &model->build->inode[index], *b = wanted;

	return a->owner.inode == b->owner.inode && a->run == b->run;
}

/* The first report of an inode stands: the sources name the lowest pid first. */
void model_owner(struct model *model, const struct owner *owner)
{
	struct model_build *build = model->build;
	struct inode_owner wanted = {*owner, (uint16_t)(model->run_count - 1)};
	uint64_t hash = index_hash(&owner->inode, sizeof(owner->inode), 0);

	if (owner->inode == 0 || index_map_find(&build->inodes, hash, inode_equal, model, &wanted) != INDEX_NONE)
		return;
	struct inode_owner *slot = PUSH(model, build->inode, build->inode_count);
	if (slot == NULL || !index_map_put(&build->inodes, hash, (uint32_t)build->inode_count)) {
		build->failed = true;
		return;
	}
	*slot = wanted;
	build->inode_count++;
}

const struct owner *model_inode_owner(const struct model *model, uint16_t run, uint32_t inode)
{
	struct inode_owner wanted = {{.inode = inode}, run};
	uint32_t index = inode == 0 ? INDEX_NONE : index_map_find(&model->build->inodes, index_hash(&inode, sizeof(inode), 0), inode_equal, model, &wanted);

	return index != INDEX_NONE ? &model->build->inode[index].owner : NULL;
}

/* Does this row belong to the dump taken at the current mark, and not to one before or a regular one after it? */
static bool in_marks_dump(const struct model *model, const struct record *record)
{
	const struct event *event = record->event;
	int64_t asked_ns = event->asked_ns > 0 ? event->asked_ns : event->t_ns;

	if (!record->of_dump || model->build->dump_ended || record->sample_of != model->build->marks)
		return false;
	return record->sample_of == 0 || asked_ns >= model->marks[model->mark_count - 1].t_ns;
}

void model_dump_end(struct model *model, int64_t asked_ns)
{
	struct model_build *build = model->build;

	build->dump_ended |= build->marks == 0 || asked_ns >= model->marks[model->mark_count - 1].t_ns;
}

static void listener_seen(struct model *model, const struct sockrow *row, int64_t t_ns)
{
	uint32_t index = model_listener(model, &row->key, t_ns);

	if (index == INDEX_NONE)
		return;
	struct listener *listener = &model->listeners[index];
	if (row->recv_q > listener->max_queue)
		listener->max_queue = row->recv_q;
	listener->backlog = row->send_q;
	listener->state = STATE_LISTEN;
	listener->overflowed |= row->recv_q > row->send_q;
	if (row->inode != 0)
		listener->inode = row->inode;
}

static void take_sample(struct model *model, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;

	if (record->event->kind != EVENT_ROW && record->event->kind != EVENT_DESTROYED)
		return;
	remember_cookie(model, row);
	if (record->serial != 0 && row->cookie != 0) {
		uint32_t index = connection_of(model, record);
		struct flow_key key = row->key;

		if (index != INDEX_NONE)
			model->connections[index].cookie[flow_key_canonical(&key)] = row->cookie;
	}
	if (row->state == STATE_LISTEN && row->key.protocol == IPPROTO_TCP)
		listener_seen(model, row, record->t_ns);
	if (!in_marks_dump(model, record))
		return;
	struct sample *sample = PUSH(model, model->samples, model->sample_count);
	if (sample == NULL)
		return;
	*sample = (struct sample){.row = *row, .t_ns = record->event->t_ns, .asked_ns = record->event->asked_ns, .diag_frame = record->event->number,
		.mark = record->sample_of, .run = (uint16_t)(model->run_count - 1)};
	model->sample_count++;
}

static void take_fact(struct model *model, const struct record *record)
{
	const struct fact *fact = &record->event->u.fact;
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);

	if (record->kind == RECORD_MARK) {
		struct mark *mark = PUSH(model, model->marks, model->mark_count);

		if (mark != NULL && (mark->text = strdup(fact->text != NULL ? fact->text : "")) != NULL) {
			mark->t_ns = record->event->t_ns;
			mark->run = run;
			model->mark_count++;
			build->marks++;
			build->dump_ended = false;
			return;
		}
	} else if (record->kind == RECORD_COUNTER) {
		struct counter *counter = PUSH(model, model->counters, model->counter_count);

		if (counter != NULL && (counter->name = strdup(fact->text != NULL ? fact->text : "")) != NULL) {
			*counter = (struct counter){record->event->t_ns, counter->name, fact->count, fact->delta, run, build->marks};
			model->counter_count++;
			return;
		}
	} else if (fact->check != NULL) {
		struct check **check = PUSH(model, model->checks, model->check_count);
		uint16_t *check_run = PUSH(model, model->check_runs, model->check_count);

		if (check != NULL && check_run != NULL && (*check = check_copy(fact->check)) != NULL) {
			*check_run = run;
			if ((*check)->t_ns == 0)
				(*check)->t_ns = record->event->t_ns;
			model->check_count++;
			return;
		}
	} else {
		return;
	}
	build->failed = true;
}

static void take_finding(struct model *model, const struct record *record)
{
	uint32_t subject = record->listener || record->serial != 0 ? subject_of(model, record) : INDEX_NONE;
	struct finding *finding = PUSH(model, model->findings, model->finding_count);

	if (finding == NULL)
		return;
	*finding = (struct finding){.record = *record, .index = subject, .run = (uint16_t)(model->run_count - 1)};
	finding->record.event = NULL;
	model->finding_count++;
}

void model_take(void *context, const struct record *record)
{
	struct model *model = context;
	uint32_t index;

	if (model->build->failed || model->run_count == 0)
		return;
	switch (record->kind) {
	case RECORD_TRANSITION:
		take_transition(model, record);
		break;
	case RECORD_CONFIRMATION:
		take_confirmation(model, record);
		break;
	case RECORD_CORRECTION:
		take_correction(model, record);
		break;
	case RECORD_SEGMENT:
		index = record->serial != 0 && record->event != NULL ? connection_of(model, record) : INDEX_NONE;
		if (index != INDEX_NONE)
			connection_segment(&model->connections[index], record);
		break;
	case RECORD_SAMPLE:
		if (record->event != NULL)
			take_sample(model, record);
		break;
	case RECORD_COUNTER:
	case RECORD_MARK:
	case RECORD_CHECK:
		if (record->event != NULL)
			take_fact(model, record);
		break;
	case RECORD_FINDING:
		take_finding(model, record);
		break;
	default:
		break;
	}
}

int model_finish(struct model *model)
{
	if (model->build->failed)
		return -1;
	return model_order(model) && model_timelines(model) && model_connections(model) && model_phases(model) && model_tables(model) &&
		model_shapes(model) ? 0 : -1;
}
