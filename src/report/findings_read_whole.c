/* How many bytes a program's reads want in all: what each asks for tells, where its calls are
 * known. Of a stream a fixed size is a way to mark the end of a message, and both must have it. */
#include "findings.h"

/* It had all of the message that came, and waited in this read for more. */
static bool waits_behind(const struct call *call, int64_t last_ns, int64_t end_ns)
{
	int64_t from_ns = call->entered_ns > last_ns ? call->entered_ns : last_ns;
	int64_t to_ns = call->returned_ns != 0 ? call->returned_ns : end_ns;

	return ms_of(to_ns - from_ns) >= FINDING_HELD_MS;
}

uint64_t reads_whole(const struct model *model, const struct connection *connection, int reader,
	const struct message *message)
{
	const struct run *run = &model->runs[connection->run];
	const struct call *before = NULL;
	uint64_t got = 0;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];
		const struct call *call = &at->call;

		if (at->side != reader || !call_reads(call->what) || call->asked <= 0 ||
			(call->returned_ns != 0 && call->returned_ns < message->first.t_ns))
			continue;
		if (waits_behind(call, message->last_ns, run->last_ns)) {
			/* MSG_WAITALL, or a loop that asks for what is still missing */
			bool rest = before != NULL && before->result > 0 &&
				    call->asked == before->asked - before->result;

			return call->result > 0 || rest ? got + (uint64_t)call->asked : 0;
		}
		got += call_took(call) ? (uint64_t)call->result : 0;
		before = call;
	}
	return 0;
}
