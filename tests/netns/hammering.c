/* Programs that are hard on a tracer: processes by the thousand, exec by threads that race, signals
 * without end, stops, seccomp filters of their own. What each prints and how it ends must be the
 * same with record --calls and without (a_program_notices_nothing_of_calls.sh). */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;
static volatile sig_atomic_t caught;

static void catches(int number)
{
	caught = number;
}

static void socket_used(void)
{
	close(socket(AF_INET, SOCK_STREAM, 0));
}

/* ---- processes and threads ---- */

static void forks(int count)
{
	int as_told = 0, status;

	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i & 127);
		if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			WEXITSTATUS(status) == (i & 127))
			as_told++;
	}
	printf("%d ended as told\n", as_told);
}

static void crowd(int count)
{
	int ended = 0;

	for (int i = 0; i < count; i++)
		if (fork() == 0) {
			socket_used();
			_exit(0);
		}
	while (wait(NULL) > 0)
		ended++;
	printf("%d ended\n", ended);
}

static void vforks(int count)
{
	volatile int good = 0;
	int status;

	for (volatile int i = 0; i < count; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		good = good + (waitpid(pid, &status, 0) == pid && status == 0);
	}
	printf("%d were true\n", good);
}

static void *uses_sockets(void *context)
{
	for (;;)
		socket_used();
	return context;
}

static void *executes(void *context)
{
	execl(self, self, "hello", (char *)NULL);
	return context;
}

/* One of `count` threads becomes the whole process, beside others that make calls. */
static void executing(int count)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, uses_sockets, NULL);
	for (int i = 0; i < count; i++)
		pthread_create(&thread, NULL, executes, NULL);
	pause();
}

/* ---- signals ---- */

static void storm(int count)
{
	pid_t pid;

	signal(SIGUSR1, catches);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < count; i++)
			kill(getppid(), SIGUSR1);
		_exit(0);
	}
	while (waitpid(pid, NULL, WNOHANG) == 0)
		socket_used();
	printf("caught %d\n", (int)caught);
}

static void timer(int count)
{
	struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};

	signal(SIGALRM, catches);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < count || caught == 0; i++)
		socket_used();
	setitimer(ITIMER_REAL, &never, NULL);
	printf("caught %d\n", (int)caught);
}

static void stops(int count)
{
	int status, seen = 0;
	pid_t pid = fork();

	if (pid == 0)
		uses_sockets(NULL);
	for (int i = 0; i < count; i++) {
		kill(pid, SIGSTOP);
		seen += waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status);
		kill(pid, SIGCONT);
		seen += waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	printf("%d changes, then signal %d\n", seen, WTERMSIG(status));
}

/* ---- filters of its own ---- */

static long filter_load(long number, uint32_t action, unsigned flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void trapped(int count)
{
	(void)count;
	signal(SIGSYS, catches);
	filter_load(SYS_socket, SECCOMP_RET_TRAP, 0);
	socket(AF_INET, SOCK_STREAM, 0);
	printf("caught SIGSYS: %d\n", caught == SIGSYS);
}

static void struck(int count)
{
	int status;
	pid_t pid = fork();

	(void)count;
	if (pid == 0) {
		filter_load(SYS_listen, SECCOMP_RET_KILL_PROCESS, 0);
		listen(0, 1);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	printf("struck by SIGSYS: %d\n", WTERMSIG(status) == SIGSYS);
}

/* Without a tracer of its own such a call fails with ENOSYS: of a call we would not look at, and of
 * one that we do. */
static void untraced(int count)
{
	long result;

	(void)count;
	filter_load(SYS_getpriority, SECCOMP_RET_TRACE | 7, 0);
	result = syscall(SYS_getpriority, 0, 0);
	printf("getpriority: %s\n", result < 0 ? strerror(errno) : "made");
	filter_load(SYS_socket, SECCOMP_RET_TRACE | 8, 0);
	result = socket(AF_INET, SOCK_STREAM, 0);
	printf("socket: %s\n", result < 0 ? strerror(errno) : "made");
}

static void notified(int count)
{
	(void)count;
	printf("a listener of its own: %d\n", filter_load(SYS_getpriority, SECCOMP_RET_USER_NOTIF,
						      SECCOMP_FILTER_FLAG_NEW_LISTENER) >= 0);
}

static void strict(int count)
{
	(void)count;
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	if (write(STDOUT_FILENO, "strict\n", 7) == 7)
		syscall(SYS_exit, 4);
}

static void hello(int count)
{
	printf("hello\n");
	exit(3 + count);
}

static void prints(int count)
{
	for (int i = 0; i < count; i++)
		printf("line %d\n", i);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int count);
	} scenarios[] = {{"forks", forks}, {"crowd", crowd}, {"vforks", vforks},
		{"executing", executing}, {"storm", storm}, {"timer", timer}, {"stops", stops},
		{"trapped", trapped}, {"struck", struck}, {"untraced", untraced},
		{"notified", notified}, {"strict", strict}, {"hello", hello}, {"prints", prints}};

	self = argv[0];
	for (size_t i = 0; argc > 1 && i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (strcmp(argv[1], scenarios[i].name) == 0) {
			scenarios[i].run(argc > 2 ? atoi(argv[2]) : 0);
			return 0;
		}
	return 9;
}
