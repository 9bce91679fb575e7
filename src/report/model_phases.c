/* The phases of a run, mark by mark: the sockets the kernel listed at the mark, the server's and
 * the clients' apart, who owns them, and how far the counters moved until the next mark. */
#include "model_build.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t nowhere[16];

static bool unconnected(const struct sockrow *row)
{
	return row->key.port_be[1] == 0 && memcmp(row->key.addr[1], nowhere, sizeof(nowhere)) == 0;
}

/* Connections by run, ends and time, so that a row finds its own. */
struct lookup {
	const struct model *model;
	uint32_t *order;
};

static int compare_keys(const struct flow_key *a, const struct flow_key *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	if (order == 0)
		order = memcmp(a->port_be, b->port_be, sizeof(a->port_be));
	if (order == 0)
		order = a->family - b->family;
	return order != 0 ? order : a->protocol - b->protocol;
}

static int compare_connections(const void *left, const void *right, void *context)
{
	const struct model *model = context;
	const struct connection *a = &model->connections[*(const uint32_t *)left],
				*b = &model->connections[*(const uint32_t *)right];
	int order = a->run - b->run;

	if (order == 0)
		order = compare_keys(&a->key, &b->key);
	return order != 0 ? order : (a->first_ns > b->first_ns) - (a->first_ns < b->first_ns);
}

/* The connection of this row: of several on the same 4-tuple, the last begun by then. UINT32_MAX:
 * the wire never showed it. */
static uint32_t connection_find(const struct lookup *lookup, const struct sample *sample, int *side)
{
	const struct model *model = lookup->model;
	struct flow_key key = sample->row.key;
	size_t low = 0, high = model->connection_count;

	*side = flow_key_canonical(&key);
	while (low < high) { /* the first one after it */
		size_t middle = low + (high - low) / 2;
		const struct connection *at = &model->connections[lookup->order[middle]];
		int order = at->run - sample->run;

		if (order == 0)
			order = compare_keys(&at->key, &key);
		if (order == 0)
			order = at->first_ns > sample->t_ns;
		if (order > 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == 0)
		return UINT32_MAX;
	const struct connection *found = &model->connections[lookup->order[low - 1]];
	return found->run == sample->run && compare_keys(&found->key, &key) == 0
		       ? lookup->order[low - 1]
		       : UINT32_MAX;
}

static bool on_server_side(const struct lookup *lookup, const struct sample *sample, int side)
{
	const struct sockrow *row = &sample->row;
	const struct model *model = lookup->model;

	if (row->key.protocol != IPPROTO_TCP)
		return unconnected(row);
	if (row->state == STATE_LISTEN || row->request)
		return true;
	if (sample->connection != UINT32_MAX && model->connections[sample->connection].client != -1)
		return model->connections[sample->connection].client != side;
	return model_port_listens(model, sample->run, row->key.port_be[0]);
}

static void annotate(const struct lookup *lookup, struct sample *sample)
{
	int64_t at_ns = sample->moment != MOMENT_NONE ? sample->moment_ns : sample->t_ns;
	const struct model *model = lookup->model;
	uint32_t inode = sample->row.inode != 0
				 ? sample->row.inode
				 : model_cookie_inode(model, sample->run, sample->row.cookie);
	/* of what nobody holds any more who had it last */
	const struct owner *owner = model_owner_during(model, sample->run, inode, at_ns, at_ns);
	int side;

	sample->connection = connection_find(lookup, sample, &side);
	if (sample->unshown)
		return;
	if (sample->moment == MOMENT_NONE)
		sample->server_side = on_server_side(lookup, sample, side);
	sample->was = sample->row.inode == 0;
	/* whose descriptor is still to come: not "was" */
	if (owner != NULL && !sockrow_unaccepted(&sample->row) && !sample->row.request) {
		sample->owner = *owner;
		sample->has_owner = true;
	}
}

static int compare_rows(const struct sample *a, const struct sample *b)
{
	int order = a->row.key.protocol - b->row.key.protocol;

	if (order == 0)
		order = (b->row.state == STATE_LISTEN) - (a->row.state == STATE_LISTEN);
	if (order == 0)
		order = ntohs(a->row.key.port_be[0]) - ntohs(b->row.key.port_be[0]);
	if (order == 0)
		order = memcmp(a->row.key.addr[0], b->row.key.addr[0], sizeof(a->row.key.addr[0]));
	if (order == 0)
		order = memcmp(a->row.key.addr[1], b->row.key.addr[1], sizeof(a->row.key.addr[1]));
	if (order == 0)
		order = ntohs(a->row.key.port_be[1]) - ntohs(b->row.key.port_be[1]);
	return order != 0 ? order
			  : (a->row.cookie > b->row.cookie) - (a->row.cookie < b->row.cookie);
}

static int compare_samples(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;
	int order = a->run - b->run;

	if (order == 0)
		order = (a->mark > b->mark) - (a->mark < b->mark);
	if (order == 0)
		order = a->moment - b->moment;
	if (order == 0)
		order = b->server_side - a->server_side;
	if (order == 0)
		order = compare_rows(a, b);
	return order != 0 ? order : (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

/* Dumps are not atomic: the same socket may be listed twice, even in two states. The first stands.
 */
static void samples_unite(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->sample_count; i++) {
		const struct sample *last = kept > 0 ? &model->samples[kept - 1] : NULL;

		if (last == NULL || last->row.cookie == 0 ||
			last->row.cookie != model->samples[i].row.cookie ||
			last->mark != model->samples[i].mark ||
			last->moment != model->samples[i].moment ||
			last->run != model->samples[i].run)
			model->samples[kept++] = model->samples[i];
	}
	model->sample_count = kept;
}

const struct mark *model_mark_of(const struct model *model, uint16_t run, uint32_t number)
{
	for (size_t i = 0; number > 0 && i < model->mark_count; i++)
		if (model->marks[i].run == run) {
			size_t at = i + number - 1;

			return at < model->mark_count && model->marks[at].run == run
				       ? &model->marks[at]
				       : NULL;
		}
	return NULL;
}

/* Of the mark, or of the moment. */
static bool samples_are(const struct sample *sample, const struct phase *phase)
{
	return sample->run == phase->run && sample->moment == phase->moment &&
	       (phase->moment != MOMENT_NONE || sample->mark == phase->mark);
}

static void phase_samples(struct model *model, struct phase *phase, size_t *at)
{
	size_t next = *at;

	phase->server = next;
	for (; next < model->sample_count && samples_are(&model->samples[next], phase); next++) {
		const struct sample *sample = &model->samples[next];

		if (sample->server_side) {
			phase->server_count++;
			phase->client = next + 1;
		} else {
			phase->client = next - phase->client_count;
			phase->client_count++;
		}
		if (sample->row.key.protocol == IPPROTO_TCP)
			phase->states[!sample->server_side][sample->row.state % STATE_MAX]++;
	}
	*at = next;
}

bool model_counts_volume(const char *name)
{
	static const char *const names[] = {"TcpInSegs", "TcpOutSegs", "TcpCurrEstab",
		"TcpActiveOpens", "TcpPassiveOpens", "TcpExtTCPPureAcks", "TcpExtTCPHPAcks",
		"TcpExtTCPHPHits", "TcpExtTCPOrigDataSent", "TcpExtTCPDelivered",
		"TcpExtTCPRcvCoalesce", "TcpExtTCPAutoCorking", "TcpExtDelayedACKs",
		"TcpExtTcpTimeoutRehash", "UdpInDatagrams", "UdpOutDatagrams", "IpInReceives",
		"IpInDelivers", "IpOutRequests",
		/* a new interface's own: routers, neighbours, groups */
		"Icmp6OutMsgs", "Icmp6OutRouterSolicits", "Icmp6OutNeighborSolicits",
		"Icmp6OutMLDv2Reports", "Icmp6OutType133", "Icmp6OutType135", "Icmp6OutType143"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* What moved since the mark before. */
static bool phase_counters(struct model *model, struct phase *phase, size_t *at)
{
	size_t next = *at;

	for (; next < model->counter_count && model->counters[next].run == phase->run &&
		model->counters[next].mark + 1 == phase->mark;
		next++) {
		const struct counter *counter = &model->counters[next];
		size_t i = 0;

		while (i < phase->counter_count &&
			strcmp(phase->counters[i].name, counter->name) != 0)
			i++;
		if (i == phase->counter_count) {
			struct counter_sum *sum =
				PUSH(model, phase->counters, phase->counter_count);

			if (sum == NULL)
				return false;
			sum->name = counter->name;
			sum->volume = model_counts_volume(counter->name);
			phase->notable += !sum->volume;
			phase->counter_count++;
		}
		/* wraps in a hostile recording */
		(void)__builtin_add_overflow(
			phase->counters[i].delta, counter->delta, &phase->counters[i].delta);
	}
	*at = next;
	return true;
}

static int compare_phases(const void *left, const void *right)
{
	const struct phase *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	if (a->run != b->run)
		return a->run - b->run;
	return a->mark != b->mark ? (a->mark > b->mark) - (a->mark < b->mark)
				  : a->moment - b->moment;
}

static void phase_drop(struct model *model)
{
	free(model->phases[--model->phase_count].counters);
}

static struct phase *phase_new(struct model *model, uint16_t run, uint32_t number, int64_t t_ns)
{
	struct phase *phase = PUSH(model, model->phases, model->phase_count);

	if (phase == NULL)
		return NULL;
	phase->run = run;
	phase->mark = number;
	phase->text = "";
	phase->t_ns = t_ns;
	model->phase_count++;
	return phase;
}

static void phase_unlisted(const struct model *model, struct phase *phase)
{
	for (int side = 0; side < 2; side++)
		for (unsigned state = 0; state < STATE_MAX; state++) {
			size_t count = model->runs[phase->run].unlisted[phase->moment][side][state];

			phase->states[side][state] += count;
			phase->unlisted[side] += count;
		}
}

static bool moments_of_run(struct model *model, uint16_t run, size_t *sample)
{
	for (uint8_t i = MOMENT_NONE + 1; i < MOMENT_END && model->runs[run].has_moments; i++) {
		struct phase *phase =
			model->runs[run].moment_ns[i] != INT64_MIN
				? phase_new(model, run, 0, model->runs[run].moment_ns[i])
				: NULL;

		if (model->build->failed)
			return false;
		if (phase == NULL)
			continue;
		phase->moment = i;
		phase->connected = model->runs[run].most_connected;
		phase_samples(model, phase, sample);
		phase_unlisted(model, phase);
	}
	return true;
}

static bool phases_of_run(
	struct model *model, uint16_t run, uint32_t marks, size_t *sample, size_t *counter)
{
	for (uint32_t number = 0; number <= marks + 1; number++) {
		const struct mark *mark =
			number <= marks ? model_mark_of(model, run, number) : NULL;
		bool end = number > marks, table = end && model->runs[run].has_moments;

		if (end && !moments_of_run(model, run, sample))
			return false;
		struct phase *phase = phase_new(model, run, number,
			mark != NULL ? mark->t_ns
			: table      ? model->runs[run].moment_ns[MOMENT_END]
			: end        ? model->runs[run].last_ns
				     : model->runs[run].first_ns);
		if (phase == NULL)
			return false;
		phase->end = end;
		phase->moment = table ? MOMENT_END : MOMENT_NONE;
		phase->text = mark != NULL ? mark->text : "";
		phase->trial = mark != NULL && mark->trial;
		phase_samples(model, phase, sample);
		if (table)
			phase_unlisted(model, phase);
		if (!phase_counters(model, phase, counter))
			return false;
		/* nothing was there before the first mark, or nothing notable moved after the last
		 */
		if (mark == NULL && !table &&
			phase->server_count + phase->client_count + phase->notable == 0)
			phase_drop(model);
	}
	return true;
}

/* ---- TIME_WAITs that an earlier phase had left ---- */

static bool same_socket(const void *context, uint32_t index, const void *wanted)
{
	const struct sample *a = &((const struct model *)context)->samples[index], *b = wanted;

	return a->run == b->run && a->row.cookie == b->row.cookie &&
	       flow_key_equal(&a->row.key, &b->row.key);
}

static bool old_of_side(
	struct model *model, struct index_map *map, size_t first, size_t count, size_t *old)
{
	for (size_t i = first; i < first + count; i++) {
		struct sample *sample = &model->samples[i];
		uint64_t hash = index_hash(&sample->row.cookie, sizeof(sample->row.cookie),
			index_hash(&sample->row.key.port_be, sizeof(sample->row.key.port_be),
				(uint64_t)sample->run + 1));

		if (sample->row.state != STATE_TIME_WAIT)
			continue;
		if (index_map_find(map, hash, same_socket, model, sample) != INDEX_NONE) {
			sample->old = true;
			++*old;
		} else if (!index_map_put(map, hash, (uint32_t)i)) {
			return false;
		}
	}
	return true;
}

static bool old_find(struct model *model)
{
	struct index_map map = {0};
	bool ok = true;

	for (size_t i = 0; i < model->phase_count && ok; i++) {
		struct phase *phase = &model->phases[i];

		ok = old_of_side(model, &map, phase->server, phase->server_count, &phase->old[0]) &&
		     old_of_side(model, &map, phase->client, phase->client_count, &phase->old[1]);
	}
	index_map_free(&map);
	return ok;
}

bool model_phases(struct model *model)
{
	struct lookup lookup = {
		model, calloc(model->connection_count > 0 ? model->connection_count : 1,
			       sizeof(*lookup.order))};
	size_t sample = 0, counter = 0;

	if (lookup.order == NULL)
		return false;
	for (uint32_t i = 0; i < model->connection_count; i++)
		lookup.order[i] = i;
	if (model->connection_count > 0)
		qsort_r(lookup.order, model->connection_count, sizeof(*lookup.order),
			compare_connections, model);
	for (size_t i = 0; i < model->sample_count; i++)
		annotate(&lookup, &model->samples[i]);
	free(lookup.order);
	if (model->sample_count > 0)
		qsort(model->samples, model->sample_count, sizeof(*model->samples),
			compare_samples);
	samples_unite(model);
	for (uint16_t run = 0; run < model->run_count; run++) {
		uint32_t marks = 0;

		for (size_t i = 0; i < model->mark_count; i++)
			marks += model->marks[i].run == run;
		if (!phases_of_run(model, run, marks, &sample, &counter))
			return false;
	}
	if (model->phase_count > 0)
		qsort(model->phases, model->phase_count, sizeof(*model->phases), compare_phases);
	return old_find(model);
}
