/* Two walls: a seccomp filter, which lets through the calls that reading, computing and writing
 * take; and where the kernel has it Landlock, which confines reading to the inputs. Calls that only
 * hostile input could bring about end the process; others that are not on the list fail. */
#include "sandbox.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TCPSTATE_NO_SANDBOX
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define TCPSTATE_NO_SANDBOX
#endif
#endif

#ifdef TCPSTATE_NO_SANDBOX

int sandbox_run(sandbox_work *work, void *context, const char *const *paths, size_t count,
	struct error *error)
{
	(void)paths;
	(void)count;
	int result = work(context, error);

	return result >= 0 && memory_check(error) != 0 ? -1 : result;
}

#else

/* ---- which calls ---- */

static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close),
	SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup3), SCMP_SYS(fstat), SCMP_SYS(fstat64),
	SCMP_SYS(stat), SCMP_SYS(stat64), SCMP_SYS(lstat), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
	SCMP_SYS(fadvise64), SCMP_SYS(readahead), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(memfd_create), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(brk),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(membarrier),
	SCMP_SYS(futex), SCMP_SYS(rseq), SCMP_SYS(set_robust_list), SCMP_SYS(sched_yield),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(restart_syscall), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
	SCMP_SYS(getrusage), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(getppid),
	SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getcwd), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getrlimit), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(exit), SCMP_SYS(exit_group)};

/* Nothing that reads and renders ever makes these. */
static const int fatal[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(clone), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(mount), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf)};

/* What reading and drawing ask of a descriptor. A terminal takes other requests that put words into
 * its input (TIOCSTI, TIOCLINUX), and any file may be told to send signals (F_SETOWN, F_SETSIG). */
static const scmp_datum_t terminal_requests[] = {TCGETS, TCSETS, TCSETSW, TCSETSF, TCFLSH, TCSBRK,
	TIOCGWINSZ, FIONREAD,
	/* TCGETS2 and TCSETS2, of newer C libraries: <asm/termbits.h> contradicts <termios.h> */
	_IOC(_IOC_READ, 'T', 0x2a, 44), _IOC(_IOC_WRITE, 'T', 0x2b, 44),
	_IOC(_IOC_WRITE, 'T', 0x2c, 44), _IOC(_IOC_WRITE, 'T', 0x2d, 44)};
static const scmp_datum_t descriptor_commands[] = {
	F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_ADD_SEALS, F_GET_SEALS};

/* A call that this architecture does not have is no failure. */
static int rule(scmp_filter_ctx filter, uint32_t action, int call)
{
	int result = seccomp_rule_add(filter, action, call, 0);

	return result == -EDOM || result == -EINVAL ? 0 : result;
}

/* A call whose second argument is one of these. */
static int rules_of(scmp_filter_ctx filter, int call, const scmp_datum_t *list, size_t count)
{
	struct scmp_arg_cmp is = {.arg = 1, .op = SCMP_CMP_EQ};
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		is.datum_a = list[i];
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &is);
	}
	return result == -EDOM || result == -EINVAL ? 0 : result;
}

static int rules_of_descriptors(scmp_filter_ctx filter)
{
	const size_t commands = sizeof(descriptor_commands) / sizeof(descriptor_commands[0]);

	return rules_of(filter, SCMP_SYS(ioctl), terminal_requests,
		       sizeof(terminal_requests) / sizeof(terminal_requests[0])) |
	       rules_of(filter, SCMP_SYS(fcntl), descriptor_commands, commands) |
	       rules_of(filter, SCMP_SYS(fcntl64), descriptor_commands, commands);
}

static int rules_add(scmp_filter_ctx filter)
{
	const scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
	int result = 0;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		result |= rule(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		result |= rule(filter, SCMP_ACT_KILL_PROCESS, fatal[i]);
	/* files are opened for reading only, and no memory becomes a program */
	result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0));
	seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0));
	result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* on Ctrl-Z ncurses stops its own process, and nobody may touch another */
	result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	result |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(kill), 1,
		SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));
	result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	result |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill), 1,
		SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));
	result |= rules_of_descriptors(filter);
	/* the C library asks for its own limits only */
	result |= seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0, 0));
	return result;
}

static void calls_confine(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (filter == NULL)
		return;
	/* a kernel without seccomp: a process of its own is all there is then */
	if (rules_add(filter) == 0)
		seccomp_load(filter);
	seccomp_release(filter);
}

/* ---- which files ---- */

#ifdef __NR_landlock_create_ruleset
static void path_allow(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = open(path, O_PATH | O_CLOEXEC)};

	if (beneath.parent_fd < 0)
		return;
	if (syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0)) {
		beneath.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE; /* it is no directory */
		syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	}
	close(beneath.parent_fd);
}

/* Catalogues and locales are read when they are first needed. */
static void files_confine(const char *const *paths, size_t count)
{
	static const char *const always[] = {"/usr", "/dev/urandom", "/dev/null", "/etc/services",
		"/etc/protocols", "/etc/networks", "/etc/nsswitch.conf"};
	struct landlock_ruleset_attr attributes = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
	char own[4096];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - sizeof("/../share"));
	int ruleset = (int)syscall(
		__NR_landlock_create_ruleset, &attributes, sizeof(attributes.handled_access_fs), 0);

	if (ruleset < 0)
		return;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		path_allow(ruleset, always[i]);
	for (size_t i = 0; i < count; i++)
		path_allow(ruleset, paths[i]);
	own[length > 0 ? length : 0] = '\0';
	if (strrchr(own, '/') != NULL) {
		*strrchr(own, '/') = '\0'; /* catalogues, of a build folder and as installed */
		path_allow(ruleset, own);
		path_allow(ruleset, strcat(own, "/../share"));
	}
	syscall(__NR_landlock_restrict_self, ruleset, 0);
	close(ruleset);
}
#else
static void files_confine(const char *const *paths, size_t count)
{
	(void)paths;
	(void)count;
}
#endif

/* ---- the two processes ---- */

struct outcome {
	int result;
	struct error error;
};

static void __attribute__((noreturn)) child_work(sandbox_work *work, void *context,
	const char *const *paths, size_t count, int channel, pid_t parent)
{
	struct outcome outcome = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_NAME, "tcpstate-reader", 0, 0, 0);
	memory_parent_tells();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
		files_confine(paths, count);
		calls_confine();
	}
	outcome.result = work(context, &outcome.error);
	if (outcome.result == 0 || outcome.error.text[0] == '\0')
		outcome.result |= memory_check(&outcome.error);
	if (write(channel, &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome))
		_exit(1);
	_exit(0);
}

/* The child ended without a word. */
static int child_stopped(int status, struct error *error)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (number == SIGPIPE || number == SIGINT || number == SIGTERM || number == SIGHUP ||
		number == SIGQUIT) {
		signal(number, SIG_DFL); /* meant for both of us */
		raise(number);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == MEMORY_STATUS)
		return error_set(error, "out of memory; narrow it with --filter");
	if (number == SIGKILL)
		return error_set(
			error, "reading was killed: out of memory? narrow it with --filter");
	return error_set(error,
		"reading the input ended by %s%s: the input is damaged or hostile; nothing of it "
		"was run, and the report is not complete",
		number != 0 ? "signal " : "itself", number != 0 ? strsignal(number) : "");
}

/* Until the child has something to say, or is gone. Who blocked the signals that ask to end (and
 * reads them from a descriptor) does so in the child: what came to us alone is passed on. Those of
 * the terminal go to both. */
static void child_await(int channel, pid_t child)
{
	static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	struct signalfd_siginfo info;
	sigset_t blocked, mine;
	struct pollfd fds[2] = {{channel, POLLIN, 0}, {-1, POLLIN, 0}};

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	if (!sigismember(&blocked, SIGTERM))
		return;
	sigemptyset(&mine);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&mine, ending[i]);
	fds[1].fd = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
	while (fds[0].revents == 0 && (poll(fds, 2, -1) >= 0 || errno == EINTR))
		while (read(fds[1].fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
			if (info.ssi_code <= 0) /* a process sent it, not the kernel */
				kill(child, (int)info.ssi_signo);
	if (fds[1].fd >= 0)
		close(fds[1].fd);
}

int sandbox_run(sandbox_work *work, void *context, const char *const *paths, size_t count,
	struct error *error)
{
	struct outcome outcome = {.result = -1};
	pid_t parent = getpid(), child;
	int channel[2], status = 0;
	ssize_t got;

	fflush(NULL);
	if (pipe2(channel, O_CLOEXEC) != 0)
		return error_set(error, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0)
		child_work(work, context, paths, count, channel[1], parent);
	close(channel[1]);
	if (child < 0) {
		close(channel[0]);
		return error_set(error, "fork: %s", strerror(errno));
	}
	child_await(channel[0], child);
	do
		got = read(channel[0], &outcome, sizeof(outcome));
	while (got < 0 && errno == EINTR);
	close(channel[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (got != (ssize_t)sizeof(outcome))
		return child_stopped(status, error);
	outcome.error.text[sizeof(outcome.error.text) - 1] = '\0';
	if (outcome.result != 0)
		error_set(error, "%s", outcome.error.text);
	return outcome.result;
}

#endif
