/* Commands compared with the first of them: alternate ROUNDS COMMAND...; each is a shell command
 * line. They run in turn, so that what else the machine does meets all of them. A line for each:
 * its processor time in s, its ratio to the first one's (both medians over the rounds), its largest
 * memory in MB, its time by the clock in s. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 101, COMMANDS_MAX = 8 };

struct measured {
	double cpu[ROUNDS_MAX], ratio[ROUNDS_MAX], wall[ROUNDS_MAX];
	long largest_kb;
};

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run(const char *command, struct measured *measured, int round)
{
	double begun = clock_now();
	struct rusage usage;
	pid_t child = fork();
	int status;

	if (child == 0) {
		int nowhere = open("/dev/null", O_WRONLY);

		dup2(nowhere, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return -1;
	measured->wall[round] = clock_now() - begun;
	measured->cpu[round] = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
	if (usage.ru_maxrss > measured->largest_kb)
		measured->largest_kb = usage.ru_maxrss;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *value, int count)
{
	qsort(value, (size_t)count, sizeof(*value), compare);
	return value[count / 2];
}

int main(int argc, char **argv)
{
	static struct measured measured[COMMANDS_MAX];
	int rounds = argc > 2 ? atoi(argv[1]) : 0, commands = argc - 2;

	if (rounds < 1 || rounds > ROUNDS_MAX || commands < 1 || commands > COMMANDS_MAX)
		return fputs("usage: alternate ROUNDS COMMAND...\n", stderr), 2;
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < commands; i++) {
			if (run(argv[2 + i], &measured[i], round) != 0)
				return fprintf(stderr, "alternate: %s: failed\n", argv[2 + i]), 1;
			measured[i].ratio[round] = measured[i].cpu[round] / measured[0].cpu[round];
		}
	for (int i = 0; i < commands; i++)
		printf("%.3f %.2f %ld %.3f\n", median(measured[i].cpu, rounds),
			median(measured[i].ratio, rounds), measured[i].largest_kb / 1024,
			median(measured[i].wall, rounds));
	return 0;
}
