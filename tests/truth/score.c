/* Scores reports by the kernel's truth: how many of its edges are found, how many told are false,
 * and how many of the false ones are said to be held by the kernel (evidence `kernel` or `both`),
 * which none may be. Apart from these, of the false ones: those that are told as inferred, and
 * those out of UNKNOWN, which say nothing of what was before. The truth is a text file:
 * tests/README.md has its format. Reports and truths come in pairs, one a run. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "told.h"

enum { LOCALS_MAX = 8 };

static struct {
	const char *wire;
	bool verbose;
} options;
static char locals[LOCALS_MAX][TOLD_END];
static size_t local_count;
static struct tolds doubtful;   /* connections that the truth does not judge: their names alone */
static bool captured[65536][2]; /* ports that a captured segment came from, went to */
static struct {
	size_t runs, exact, edges, found, false_edges, kernel, both, ends, inferred, midway;
} tally;

/* "41508<>18461" of the truth's line, or of "192.168.0.1:41508 192.0.2.1:18461". */
static bool ends_of_report(const char *end, char *out)
{
	char local[TOLD_END];
	const char *space = strchr(end, ' '), *local_port = NULL, *remote_port = strrchr(end, ':');
	for (const char *at = end; at < space; at++)
		if (*at == ':')
			local_port = at;
	if (space == NULL || local_port == NULL || remote_port < space)
		return false;
	int length = (int)(local_port - end) - (end[0] == '[' ? 2 : 0);
	snprintf(local, sizeof(local), "%.*s", length, end + (end[0] == '['));
	const char *address = strncmp(local, "::ffff:", 7) == 0 ? local + 7 : local;
	bool ours = false;
	for (size_t i = 0; i < local_count && !ours; i++)
		ours = strcmp(locals[i], address) == 0;
	snprintf(out, TOLD_END, "%.*s<>%s", (int)(space - local_port - 1), local_port + 1,
		remote_port + 1);
	return ours && strchr(out, '*') == NULL;
}

static void local_add(const char *header)
{
	const char *at = strstr(header, "local=");
	if (at == NULL || local_count == LOCALS_MAX)
		return;
	at += strlen("local=");
	snprintf(locals[local_count++], TOLD_END, "%.*s", (int)strcspn(at, " ;\n"), at);
}

static void doubtful_add(const char *header)
{
	char name[TOLD_END];
	if (sscanf(header, "# doubtful %159s", name) != 1)
		return;
	doubtful.at = grown(doubtful.at, doubtful.count, sizeof(*doubtful.at));
	doubtful.at[doubtful.count] = (struct told){.place = 0};
	memcpy(doubtful.at[doubtful.count++].end, name, sizeof(name));
}

static bool is_doubtful(const char *ends)
{
	for (size_t i = 0; i < doubtful.count; i++)
		if (strcmp(doubtful.at[i].end, ends) == 0)
			return true;
	return false;
}

/* Lines "T REL LPORT<>RPORT OLD -> NEW ..."; "T REL # ..." is where the run ends and the tidying
 * up begins. Returns that time. */
static int64_t truth_read(const char *file, struct tolds *truth)
{
	char line[512], t[32], ends[TOLD_WORD], from[TOLD_WORD], to[TOLD_WORD];
	int64_t cut_ns = INT64_MAX;
	FILE *in = fopen(file, "r");
	if (in == NULL)
		told_fatal(file, strerror(errno));
	local_count = 0;
	doubtful.count = 0;
	*truth = (struct tolds){NULL, 0};
	while (fgets(line, sizeof(line), in) != NULL) {
		if (line[0] == '#') {
			local_add(line);
			doubtful_add(line);
			continue;
		}
		int words = sscanf(line, "%31s %*s %31s %31s -> %31s", t, ends, from, to);
		if (words >= 2 && strcmp(ends, "#") == 0) {
			cut_ns = time_read(t);
			continue;
		}
		if (words != 4)
			told_fatal(file, line);
		if (strncmp(ends, "listen", 6) == 0 || strcmp(to, "(end)") == 0)
			continue;
		truth->at = grown(truth->at, truth->count, sizeof(*truth->at));
		struct told *edge = &truth->at[truth->count];
		*edge = (struct told){.t_ns = time_read(t), .place = truth->count++};
		snprintf(edge->end, sizeof(edge->end), "%s", ends);
		snprintf(edge->from, sizeof(edge->from), "%s", from);
		snprintf(edge->to, sizeof(edge->to), "%s", to);
	}
	fclose(in);
	if (local_count == 0)
		told_fatal(file, "no \"# ... local=ADDRESS\": whose edges are these?");
	tolds_sort(truth);
	return cut_ns;
}

static void wire_read(const char *file)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *at;
	memset(captured, 0, sizeof(captured));
	pcap_t *pcap = pcap_open_offline(file, error);
	if (pcap == NULL)
		told_fatal(file, error);
	if (pcap_datalink(pcap) != DLT_RAW)
		told_fatal(file, "not a capture of raw IP: whose packets are these?");
	while (pcap_next_ex(pcap, &header, &at) == 1) {
		size_t ip = at[0] >> 4 == 6 ? 40 : (size_t)(at[0] & 15) * 4;
		if (header->caplen < ip + 4 || (ip == 40 ? at[6] : at[9]) != 6)
			continue;
		captured[at[ip] << 8 | at[ip + 1]][0] = true;
		captured[at[ip + 2] << 8 | at[ip + 3]][1] = true;
	}
	pcap_close(pcap);
}

static bool was_captured(const char *ends)
{
	unsigned local, remote;
	if (options.wire == NULL || sscanf(ends, "%u<>%u", &local, &remote) != 2)
		return true;
	return (captured[local][0] && captured[remote][1]) ||
	       (captured[remote][0] && captured[local][1]);
}

static void print_edge(const char *what, const struct told *edge)
{
	if (options.verbose)
		printf("    %-7s %.6f %s -> %s %s %s #%" PRIu64 " diag %" PRIu64 "\n", what,
			(double)edge->t_ns / 1e9, edge->from, edge->to, edge->evidence,
			edge->reason, edge->frame, edge->diag_frame);
}

static void print_all(const struct told *truth, size_t truth_count, const struct told *told,
	size_t told_count, const size_t *match)
{
	size_t j = 0;
	for (size_t i = 0; i <= truth_count; i++) {
		size_t to = i < truth_count ? match[i] : told_count;
		if (to == SIZE_MAX) {
			print_edge("missed", &truth[i]);
			continue;
		}
		for (; j < to; j++)
			print_edge("FALSE", &told[j]);
		if (i < truth_count)
			print_edge("=", &told[j++]);
	}
}

/* One end; returns whether it is exactly told. */
static bool end_score(const char *run, const char *ends, const struct told *truth,
	size_t truth_count, const struct told *told, size_t told_count)
{
	size_t *match = calloc(truth_count + 1, sizeof(*match)),
	       found = edges_match(truth, truth_count, told, told_count, match);
	bool *taken = calloc(told_count + 1, sizeof(*taken));
	tally.ends++;
	tally.edges += truth_count;
	tally.found += found;
	tally.false_edges += told_count - found;
	for (size_t i = 0; i < truth_count; i++)
		if (match[i] != SIZE_MAX)
			taken[match[i]] = true;
	for (size_t j = 0; j < told_count; j++) {
		tally.kernel += !taken[j] && strcmp(told[j].evidence, "kernel") == 0;
		tally.both += !taken[j] && strcmp(told[j].evidence, "both") == 0;
		bool midway = strcmp(told[j].from, "UNKNOWN") == 0;
		tally.midway += !taken[j] && midway;
		tally.inferred += !taken[j] && !midway && strcmp(told[j].evidence, "inferred") == 0;
	}
	bool exact = found == truth_count && found == told_count;
	if (!exact && options.verbose) {
		printf("  %s %s\n", run, ends);
		print_all(truth, truth_count, told, told_count, match);
	}
	free(match);
	free(taken);
	return exact;
}

/* Keeps what is told of our ends before the cut, under the truth's names. */
static void told_filter(struct tolds *told, int64_t cut_ns)
{
	size_t kept = 0;
	char ends[TOLD_END];
	for (size_t i = 0; i < told->count; i++) {
		struct told *edge = &told->at[i];
		if (edge->correction || edge->t_ns > cut_ns || !ends_of_report(edge->end, ends) ||
			is_doubtful(ends))
			continue;
		told->at[kept] = *edge;
		snprintf(told->at[kept].end, TOLD_END, "%s", ends);
		kept++;
	}
	told->count = kept;
	tolds_sort(told);
}

static size_t run_length(const struct tolds *tolds, size_t from, const char *end)
{
	size_t length = 0;
	while (from + length < tolds->count && strcmp(tolds->at[from + length].end, end) == 0)
		length++;
	return length;
}

static void run_score(const char *truth_file, const char *report)
{
	struct tolds truth;
	int64_t cut_ns = truth_read(truth_file, &truth);
	size_t kept = 0;
	bool exact = true;
	struct tolds told = tolds_read(report);
	if (options.wire != NULL)
		wire_read(options.wire);
	told_filter(&told, cut_ns);
	for (size_t i = 0; i < truth.count; i++)
		if (truth.at[i].t_ns <= cut_ns)
			truth.at[kept++] = truth.at[i];
	truth.count = kept;
	for (size_t i = 0, j = 0; i < truth.count || j < told.count;) {
		const char *end = i == truth.count                              ? told.at[j].end
				  : j == told.count                             ? truth.at[i].end
				  : strcmp(truth.at[i].end, told.at[j].end) < 0 ? truth.at[i].end
										: told.at[j].end;
		size_t a = run_length(&truth, i, end), b = run_length(&told, j, end);
		if ((a > 0 || was_captured(end)) &&
			!end_score(truth_file, end, truth.at + i, a, told.at + j, b))
			exact = false;
		i += a;
		j += b;
	}
	tally.runs++;
	tally.exact += exact;
	free(truth.at);
	free(told.at);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *truth;
	switch (key) {
	case 'v':
		options.verbose = true;
		return 0;
	case 'w':
		options.wire = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num % 2 == 0)
			truth = arg;
		else
			run_score(truth, arg);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num == 0 || state->arg_num % 2 != 0)
			argp_error(state, "pairs of TRUTH REPORT are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"verbose", 'v', NULL, 0, "print each end that is not exactly told", 0},
		{"wire", 'w', "PCAP", 0,
			"the run's own capture: what is told of ends that never spoke is not "
			"judged",
			0},
		{0}};
	const struct argp argp = {table, parse, "TRUTH REPORT...",
		"Score reports (jsonl) by what the kernel did.", NULL, NULL, NULL};
	/* in order: --wire belongs to the pair behind it */
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);
	printf("runs %zu exact %zu ends %zu edges %zu found %zu false %zu kernel %zu both %zu "
	       "inferred %zu midway %zu\n",
		tally.runs, tally.exact, tally.ends, tally.edges, tally.found, tally.false_edges,
		tally.kernel, tally.both, tally.inferred, tally.midway);
	return 0;
}
