/* Which system calls the tracer stops at, and the seccomp filter that has it so: all others run at
 * full speed. BPF sees a descriptor's number, not what it is, so reads of files stop as well. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/syscall.h>

static const struct rule rules[] = {
	{SYS_socket, CALLED_SOCKET, RULE_SOCKET, false},
	{SYS_bind, CALLED_BIND, RULE_ADDRESS, false},
	{SYS_connect, CALLED_CONNECT, RULE_ADDRESS, false},
	{SYS_listen, CALLED_LISTEN, RULE_NUMBER, false},
	{SYS_shutdown, CALLED_SHUTDOWN, RULE_NUMBER, false},
	{SYS_setsockopt, CALLED_SETSOCKOPT, RULE_OPTION, false},
	{SYS_accept, CALLED_ACCEPT, RULE_ACCEPT, false},
	{SYS_accept4, CALLED_ACCEPT4, RULE_ACCEPT, false},
	{SYS_read, CALLED_READ, RULE_BYTES, true},
	{SYS_write, CALLED_WRITE, RULE_BYTES, true},
	{SYS_pread64, CALLED_PREAD64, RULE_BYTES, true},
	{SYS_pwrite64, CALLED_PWRITE64, RULE_BYTES, true},
	{SYS_recvfrom, CALLED_RECVFROM, RULE_TO, false},
	{SYS_sendto, CALLED_SENDTO, RULE_TO, false},
	{SYS_readv, CALLED_READV, RULE_VECTOR, true},
	{SYS_writev, CALLED_WRITEV, RULE_VECTOR, true},
	{SYS_preadv, CALLED_PREADV, RULE_VECTOR, true},
	{SYS_pwritev, CALLED_PWRITEV, RULE_VECTOR, true},
	{SYS_preadv2, CALLED_PREADV2, RULE_VECTOR, true},
	{SYS_pwritev2, CALLED_PWRITEV2, RULE_VECTOR, true},
	{SYS_recvmsg, CALLED_RECVMSG, RULE_MESSAGE, false},
	{SYS_sendmsg, CALLED_SENDMSG, RULE_MESSAGE, false},
	{SYS_recvmmsg, CALLED_RECVMMSG, RULE_MESSAGES, false},
	{SYS_sendmmsg, CALLED_SENDMMSG, RULE_MESSAGES, false},
	{SYS_sendfile, CALLED_SENDFILE, RULE_FILE, true},
	{SYS_splice, CALLED_SPLICE, RULE_SPLICE, true},
	{SYS_close, CALLED_CLOSE, RULE_CLOSE, false},
#ifdef SYS_close_range
	{SYS_close_range, CALLED_CLOSE_RANGE, RULE_RANGE, false},
#endif
	{SYS_dup, CALLED_DUP, RULE_DUP, false},
#ifdef SYS_dup2
	{SYS_dup2, CALLED_DUP2, RULE_DUP_OVER, false},
#endif
	{SYS_dup3, CALLED_DUP3, RULE_DUP_OVER, false},
	{SYS_fcntl, CALLED_FCNTL, RULE_FCNTL, false},
#ifdef SYS_pidfd_getfd
	{SYS_pidfd_getfd, CALLED_PIDFD_GETFD, RULE_GETFD, false},
#endif
#ifdef SYS_poll
	{SYS_poll, CALLED_POLL, RULE_POLL, false},
#endif
	{SYS_ppoll, CALLED_PPOLL, RULE_POLL, false},
#ifdef SYS_select
	{SYS_select, CALLED_SELECT, RULE_SELECT, false},
#endif
	{SYS_pselect6, CALLED_PSELECT6, RULE_SELECT, false},
#ifdef SYS_epoll_wait
	{SYS_epoll_wait, CALLED_EPOLL_WAIT, RULE_EPOLL, false},
#endif
	{SYS_epoll_pwait, CALLED_EPOLL_PWAIT, RULE_EPOLL, false},
#ifdef SYS_epoll_pwait2
	{SYS_epoll_pwait2, CALLED_EPOLL_PWAIT2, RULE_EPOLL, false},
#endif
	{SYS_execve, CALLED_EXEC, RULE_EXEC, false},
	{SYS_execveat, CALLED_EXEC, RULE_EXEC, false},
	{SYS_restart_syscall, CALLED_MAX, RULE_RESTART, false},
	{SYS_ptrace, CALLED_PTRACE, RULE_TOLD, false},
#ifdef SYS_io_uring_setup
	{SYS_io_uring_setup, CALLED_IO_URING_SETUP, RULE_TOLD, false},
#endif
};
enum { RULE_COUNT = sizeof(rules) / sizeof(rules[0]), NUMBER_MAX = 600 };

const struct rule *rule_find(uint64_t number)
{
	static uint8_t by_number[NUMBER_MAX]; /* index + 1 */

	if (by_number[SYS_socket] == 0)
		for (size_t i = 0; i < RULE_COUNT; i++)
			by_number[rules[i].number] = (uint8_t)(i + 1);
	return number < NUMBER_MAX && by_number[number] != 0 ? &rules[by_number[number] - 1] : NULL;
}

/* SCMP_A0_32() and its kin, which leave a member to be filled in. */
static struct scmp_arg_cmp compare(unsigned argument, enum scmp_compare op, uint32_t value)
{
	return (struct scmp_arg_cmp){.arg = argument, .op = op, .datum_a = value, .datum_b = 0};
}

/* Reads and writes of the standard descriptors run at full speed, where those are no sockets. */
static int add_for_files(
	scmp_filter_ctx filter, const struct calls_options *options, const struct rule *rule)
{
	const uint32_t stop = SCMP_ACT_TRACE(CALLS_FILTER_DATA);
	bool write = rule->what >= CALLED_WRITE && rule->what <= CALLED_PWRITEV2;
	int result = 0;

	if (!options->sockets)
		result = seccomp_rule_add(
			filter, stop, (int)rule->number, 1, compare(0, SCMP_CMP_GT, 2));
	for (unsigned fd = 0; fd <= 2 && result == 0; fd++)
		if ((options->low[fd] && !options->sockets) || (options->output && write && fd > 0))
			result = seccomp_rule_add(
				filter, stop, (int)rule->number, 1, compare(0, SCMP_CMP_EQ, fd));
	return result;
}

static int add_fcntl(scmp_filter_ctx filter, const struct rule *rule)
{
	const uint32_t stop = SCMP_ACT_TRACE(CALLS_FILTER_DATA);
	int result = seccomp_rule_add(
		filter, stop, (int)rule->number, 1, compare(1, SCMP_CMP_EQ, F_DUPFD));

	return result != 0 ? result
			   : seccomp_rule_add(filter, stop, (int)rule->number, 1,
				     compare(1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC));
}

static int add(scmp_filter_ctx filter, const struct calls_options *options, const struct rule *rule)
{
	bool one_file = rule->any_file && rule->kind != RULE_SPLICE;

	if (rule->any_file && options->sockets &&
		!(options->output && (rule->what == CALLED_WRITE || rule->what == CALLED_WRITEV)))
		return 0;
	if (one_file)
		return add_for_files(filter, options, rule);
	if (rule->kind == RULE_FCNTL)
		return add_fcntl(filter, rule);
	return seccomp_rule_add(filter, SCMP_ACT_TRACE(CALLS_FILTER_DATA), (int)rule->number, 0);
}

/* The architecture whose calls this machine's programs can make beside their own. */
#if defined(__x86_64__)
enum { OTHER_ARCHITECTURE = SCMP_ARCH_X86 };
#elif defined(__aarch64__)
enum { OTHER_ARCHITECTURE = SCMP_ARCH_ARM };
#else
enum { OTHER_ARCHITECTURE = SCMP_ARCH_NATIVE };
#endif

/* A second filter, which stops where a socket is made by a call of the other architecture, int 0x80
 * in a program of 64 bits for instance, or of x32: that it is not seen is to be told. */
static int load_for_other(const struct calls_options *options)
{
	const uint32_t stop = SCMP_ACT_TRACE(CALLS_FILTER_DATA);
	scmp_filter_ctx filter;
	int result;

	if (OTHER_ARCHITECTURE == SCMP_ARCH_NATIVE)
		return 0;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter == NULL)
		return -ENOMEM;
	result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	if (result == 0)
		result = seccomp_attr_set(
			filter, SCMP_FLTATR_CTL_NNP, options->no_new_privs ? 1 : 0);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	if (result == 0)
		result = seccomp_arch_add(filter, OTHER_ARCHITECTURE);
#if defined(__x86_64__)
	if (result == 0)
		result = seccomp_arch_add(filter, SCMP_ARCH_X32);
#endif
	if (result == 0)
		result = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
	/* socketcall() too, where that architecture has it */
	if (result == 0)
		result = seccomp_rule_add(filter, stop, SCMP_SYS(socket), 0);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

int calls_filter_load(const struct calls_options *options)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	if (filter == NULL)
		return ENOMEM;
	/* of another architecture: not stopped, hence not seen, which the tracer tells (see above)
	 */
	result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	if (result == 0)
		result = seccomp_attr_set(
			filter, SCMP_FLTATR_CTL_NNP, options->no_new_privs ? 1 : 0);
	/* no mitigation that the program would not have had without us; a balanced tree: each is
	 * an optimisation that an old libseccomp may lack */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < RULE_COUNT && result == 0; i++)
		result = add(filter, options, &rules[i]);
	if (result == 0)
		result = load_for_other(options);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return -result;
}
