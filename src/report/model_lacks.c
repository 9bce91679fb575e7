/* What a report lacks, each kind counted: the recording lost it, or it is more than a report keeps.
 */
#include "model_build.h"
#include "tcpstate/finding.h"
#include "tcpstate/model_feed.h"

#include <assert.h>

static_assert(CALLS_MAX == 524288 && STOPS_MAX == 4096 && WAITS_MAX == 4096 && DOINGS_MAX == 4096 &&
		      QUEUE_POINTS_MAX == 4096,
	"the words of calls_not_kept and looks_not_kept say so");

void model_lack(struct model *model, uint16_t code, int64_t count, int64_t t_ns)
{
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);

	for (size_t i = 0; i < build->lack_count; i++)
		if (build->lacks[i].code == code && build->lacks[i].run == run) {
			build->lacks[i].count += count;
			return;
		}
	struct lack *lack = PUSH(model, build->lacks, build->lack_count);
	if (lack == NULL)
		return;
	*lack = (struct lack){count, t_ns, code, run};
	build->lack_count++;
}

void model_lacks_of(struct model *model, const struct record *record)
{
	static const uint16_t codes[REASON_MAX] = {[REASON_CAPTURE_LOST] = FINDING_CAPTURE_LOST,
		[REASON_DIAG_LOST] = FINDING_DIAG_LOST,
		[REASON_FLOWS_EVICTED] = FINDING_FLOWS_EVICTED,
		[REASON_LOOKUPS_SHED] = FINDING_LOOKUPS_SHED};

	if (record->reason.code < REASON_MAX && codes[record->reason.code] != 0)
		model_lack(model, codes[record->reason.code], record->reason.arg[0], record->t_ns);
}

bool model_has_room(struct model *model, size_t count, size_t most, int64_t t_ns)
{
	if (count >= most)
		model_lack(model, FINDING_LOOKS_NOT_KEPT, 1, t_ns);
	return count < most;
}

void model_passed_over(struct model *model, int64_t count, int64_t t_ns)
{
	if (count > 0)
		model_lack(model, FINDING_PASSED_OVER, count, t_ns);
}

bool model_may_take(struct model *model, size_t count, size_t most, int64_t t_ns)
{
	if (count >= most)
		model_lack(model, FINDING_PASSED_OVER, 1, t_ns);
	return count < most;
}
