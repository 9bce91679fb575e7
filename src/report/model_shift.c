/* The clock of a run is moved: every time that its records brought, in the model and in what the
 * model is made from. Whatever is worked out later has the report's times, and only those. */
#include "findings_watch.h"
#include "model_finish.h"

/* 0: there is none; INT64_MAX: it did not end. */
static void shift(int64_t *t_ns, int64_t by)
{
	if (*t_ns != 0 && *t_ns != INT64_MAX)
		*t_ns = (int64_t)((uint64_t)*t_ns + (uint64_t)by);
}

/* Of every item of array[count] whose run, as `of` says, is this one: one of its times, or two. */
#define SHIFT(array, count, of, member)                                                            \
	for (size_t i = 0; i < model->count; i++)                                                  \
		if ((of) == run)                                                                   \
	shift(&model->array[i] member, by)
#define SHIFT_BOTH(array, count, of, one, other)                                                   \
	for (size_t i = 0; i < model->count; i++)                                                  \
		if ((of) == run) {                                                                 \
			shift(&model->array[i].one, by);                                           \
			shift(&model->array[i].other, by);                                         \
		}

static void shift_facts(struct model *model, uint16_t run, int64_t by)
{
	SHIFT(marks, mark_count, model->marks[i].run, .t_ns);
	SHIFT(counters, counter_count, model->counters[i].run, .t_ns);
	SHIFT(sysctls, sysctl_count, model->sysctls[i].run, .t_ns);
	SHIFT(checks, check_count, model->check_runs[i], ->t_ns);
	SHIFT(build->lacks, build->lack_count, model->build->lacks[i].run, .t_ns);
}

static void shift_datagrams(struct model *model, uint16_t run, int64_t by)
{
	SHIFT_BOTH(
		conversations, conversation_count, model->conversations[i].run, first_ns, last_ns);
	SHIFT_BOTH(conversations, conversation_count, model->conversations[i].run, heard_ns[0],
		heard_ns[1]);
	SHIFT(datagrams, datagram_count, model->conversations[model->datagrams[i].conversation].run,
		.t_ns);
	SHIFT_BOTH(errors, error_count, model->errors[i].run, t_ns, last_ns);
	SHIFT_BOTH(udp_sockets, udp_socket_count, model->udp_sockets[i].run, first_ns, last_ns);
	SHIFT_BOTH(losses, loss_count, model->udp_sockets[model->losses[i].socket].run,
		not_before_ns, t_ns);
}

/* What programs did, and what looks at /proc met of them. */
static void shift_processes(struct model *model, uint16_t run, int64_t by)
{
	SHIFT_BOTH(calls, call_count, model->calls[i].run, at_ns, again_ns);
	SHIFT_BOTH(calls, call_count, model->calls[i].run, call.entered_ns, call.returned_ns);
	SHIFT_BOTH(exits, exit_count, model->exits[i].run, not_before_ns, t_ns);
	SHIFT_BOTH(holders, holder_count, model->holders[i].run, from_ns, to_ns);
	SHIFT(holders, holder_count, model->holders[i].run, .gone_ns);
	SHIFT(build->said, build->said_count, model->build->said[i].run, .t_ns);
	SHIFT_BOTH(
		build->zombies, build->zombies_count, model->build->zombies[i].run, since_ns, t_ns);
	SHIFT_BOTH(build->stops, build->stops_count, model->build->stops[i].run, from_ns, to_ns);
	SHIFT_BOTH(build->waits, build->waits_count, model->build->waits[i].run, from_ns, to_ns);
	SHIFT_BOTH(build->doings, build->doings_count, model->build->doings[i].run, from_ns, to_ns);
}

/* What the kernel answered. */
static void shift_answers(struct model *model, uint16_t run, int64_t by)
{
	SHIFT_BOTH(samples, sample_count, model->samples[i].run, t_ns, asked_ns);
	SHIFT_BOTH(build->seen, build->seen_count, model->build->seen[i].sample.run, sample.t_ns,
		sample.asked_ns);
	SHIFT(build->seen, build->seen_count, model->build->seen[i].sample.run, .last_ns);
	SHIFT_BOTH(build->shown, build->shown_count, model->build->shown[i].run, shown.t_ns,
		shown.accepted_ns);
	SHIFT(build->shown, build->shown_count, model->build->shown[i].run, .shown.unaccepted_ns);
}
#undef SHIFT
#undef SHIFT_BOTH

static void shift_listener(struct listener *listener, int64_t by)
{
	shift(&listener->first_ns, by);
	shift(&listener->last_ns, by);
	shift(&listener->queue_shown_ns, by);
	for (size_t i = 0; i < listener->backlog_count; i++)
		shift(&listener->backlogs[i].t_ns, by);
	for (size_t i = 0; i < listener->answer_count; i++) {
		shift(&listener->answers[i].t_ns, by);
		shift(&listener->answers[i].asked_ns, by);
	}
	for (size_t i = 0; i < listener->queue_count; i++) {
		shift(&listener->queue[i].t_ns, by);
		shift(&listener->queue[i].not_before_ns, by);
	}
}

/* Those members that are a time; the others in nanoseconds are how long something lasted. */
static void shift_watched(struct watched_end *end, int64_t by)
{
	int64_t *times[] = {&end->queued.since_ns, &end->trouble.request.t_ns, &end->trouble.t_ns,
		&end->stall.again_ns, &end->stall.acked_ns, &end->stall.zero_ns,
		&end->stall.zero_longest_from_ns, &end->stall.again_last_ns,
		&end->stall.again_before_ns, &end->stall.again_first_ns, &end->shown.held_ns,
		&end->shown.waiting_ns, &end->shown.waiting_last_ns, &end->shown.orphan_ns,
		&end->shown.open_ns, &end->shown.unread_since_ns, &end->shown.open_asked_ns,
		&end->shown.orphan_asked_ns, &end->last.t_ns, &end->rst.t_ns, &end->before_rst.t_ns,
		&end->before_rst_own_ns, &end->fin_ns, &end->took_fin_ns, &end->late.t_ns,
		&end->late_for.t_ns, &end->unseen_ns, &end->greeted_ns, &end->request.t_ns,
		&end->request_last_ns, &end->request_acked_ns, &end->late_request.t_ns,
		&end->nagle.small_ns, &end->nagle.acked_ns, &end->words.first_ns,
		&end->words.left.first.t_ns, &end->words.left.last_ns, &end->words.left_ns,
		&end->words.alert_ns, &end->words.held_back_from_ns, &end->words.excess_ns};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		shift(times[i], by);
}

static void shift_chunk(struct rung_chunk *chunk, size_t held, int64_t by)
{
	for (size_t i = 0; i < held; i++)
		shift(&chunk->rung[i].t_ns, by);
}

/* Of the newest chunk, and of the ring, only the places that a segment has taken. */
static void shift_ladder(struct model_build *build, const struct rung_list *ladder, int64_t by)
{
	size_t newest = ladder->kept % RUNG_CHUNK;

	for (uint32_t at = ladder->head; at != 0; at = build->chunks[at - 1].next)
		shift_chunk(&build->chunks[at - 1],
			at == ladder->head && newest > 0 ? newest : RUNG_CHUNK, by);
	if (ladder->ring != 0)
		shift_chunk(&build->chunks[ladder->ring - 1],
			ladder->newest < RUNGS_LAST ? ladder->newest : RUNGS_LAST, by);
}

static void shift_connection(struct model *model, uint32_t index, int64_t by)
{
	struct connection *connection = &model->connections[index];
	struct watch *watch = findings_watch(model, index);

	shift(&connection->first_ns, by);
	shift(&connection->last_ns, by);
	shift(&connection->syn_ns, by);
	for (size_t i = 0;
		i < sizeof(connection->syn_ack_at_ns) / sizeof(connection->syn_ack_at_ns[0]); i++)
		shift(&connection->syn_ack_at_ns[i], by);
	for (int side = 0; watch != NULL && side < 2; side++)
		shift_watched(&watch->end[side], by);
	shift_ladder(model->build, &connection->ladder, by);
}

static void shift_edges(struct model *model, uint16_t run, int64_t by)
{
	for (size_t i = 0; i < model->transition_count; i++)
		if (model->transitions[i].run == run) {
			shift(&model->transitions[i].record.t_ns, by);
			shift(&model->transitions[i].record.not_before_ns, by);
		}
	for (size_t i = 0; i < model->correction_count; i++)
		if (model->corrections[i].run == run) {
			shift(&model->corrections[i].record.t_ns, by);
			shift(&model->corrections[i].record.edge_t_ns, by);
		}
}

void model_shift(struct model *model, uint16_t run, int64_t by)
{
	struct run *moved = &model->runs[run];

	shift_edges(model, run, by);
	shift_facts(model, run, by);
	shift_datagrams(model, run, by);
	shift_processes(model, run, by);
	shift_answers(model, run, by);
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].run == run)
			shift_listener(&model->listeners[i], by);
	for (uint32_t i = 0; i < model->connection_count; i++)
		if (model->connections[i].run == run)
			shift_connection(model, i, by);
	shift(&moved->first_ns, by);
	shift(&moved->last_ns, by);
	shift(&moved->first_packet_ns, by);
	shift(&moved->lost_from_ns, by);
	shift(&moved->lost_to_ns, by);
}
