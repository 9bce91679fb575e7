/* Findings about the processes behind the sockets, from what the recorder saw of them in /proc:
 * children that have ended and that their parent does not wait for. */
#include <string.h>

#include "findings.h"
#include "tcpstate/escape.h"

void model_zombies(struct model *model, const struct owner *parent, int64_t count, int64_t since_ns,
	int64_t t_ns)
{
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);
	struct zombies_seen *seen = NULL;

	for (size_t i = 0; i < build->zombies_count && seen == NULL; i++)
		if (build->zombies[i].run == run && build->zombies[i].parent.pid == parent->pid)
			seen = &build->zombies[i];
	if (seen == NULL) {
		seen = build->zombies_count < ZOMBIE_PARENTS
			       ? PUSH(model, build->zombies, build->zombies_count)
			       : NULL;
		if (seen == NULL)
			return;
		build->zombies_count++;
		*seen = (struct zombies_seen){
			.parent = *parent, .since_ns = since_ns, .t_ns = t_ns, .run = run};
		escape_text(seen->parent.program, sizeof(seen->parent.program), parent->program,
			strlen(parent->program));
	}
	if (count > seen->count)
		seen->count = count;
	if (t_ns - since_ns > seen->t_ns - seen->since_ns) {
		seen->since_ns = since_ns;
		seen->t_ns = t_ns;
	}
}

bool findings_of_processes(struct model *model)
{
	for (size_t i = 0; i < model->build->zombies_count; i++) {
		const struct zombies_seen *seen = &model->build->zombies[i];
		int64_t held_ms = ms_of(seen->t_ns - seen->since_ns);
		struct finding *finding =
			held_ms >= FINDING_HELD_MS
				? finding_of_run(model, seen->run, FINDING_ZOMBIES, seen->t_ns)
				: NULL;

		if (finding == NULL)
			continue;
		finding->arg[0] = seen->count;
		finding->arg[1] = held_ms;
		finding->arg[2] = seen->parent.pid;
		finding_name(finding, 0, &seen->parent);
	}
	return !model->build->failed;
}

int64_t finding_stopped_ns(
	const struct model *model, uint16_t run, uint32_t pid, int64_t from_ns, int64_t to_ns)
{
	int64_t sum_ns = 0;

	for (size_t i = 0; i < model->build->stops_count; i++) {
		const struct stop_seen *seen = &model->build->stops[i];
		int64_t since_ns = seen->from_ns > from_ns ? seen->from_ns : from_ns;
		int64_t until_ns = seen->to_ns < to_ns ? seen->to_ns : to_ns;

		if (seen->run == run && seen->pid == pid && until_ns > since_ns)
			sum_ns += until_ns - since_ns;
	}
	return sum_ns;
}
