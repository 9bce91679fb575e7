/* The arguments of a stopped system call, in words. Everything here is read from another process's
 * memory: what cannot be read is left out, and no length is believed beyond a limit. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { VECTORS_MAX = 1024, MESSAGES_MAX = 1024, POLLED_MAX = 256, CONTROL_MAX = 4096 };

/* Containers that allow ptrace() and refuse process_vm_readv() exist. */
static bool memory_read_slowly(pid_t tid, uint64_t address, void *buffer, size_t size)
{
	char path[64];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (address <= INT64_MAX)
		got = pread(fd, buffer, size, (off_t)address);
	close(fd);
	return got == (ssize_t)size;
}

bool memory_read(pid_t tid, uint64_t address, void *buffer, size_t size)
{
	struct iovec local = {buffer, size};
	struct iovec remote = {(void *)(uintptr_t)address, size};
	ssize_t got;

	if (address == 0 || size == 0)
		return false;
	got = process_vm_readv(tid, &local, 1, &remote, 1, 0);
	if (got < 0 && (errno == EPERM || errno == ENOSYS))
		return memory_read_slowly(tid, address, buffer, size);
	return got == (ssize_t)size;
}

__attribute__((format(printf, 2, 3))) static void say(char *words, const char *format, ...)
{
	size_t used = strlen(words);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words + used, CALL_ARGUMENTS - used, format, arguments);
	va_end(arguments);
}

/* ---- addresses ---- */

static bool address_read(
	pid_t tid, uint64_t address, uint64_t size, struct flow_key *key, char *words)
{
	struct sockaddr_storage storage = {0};
	const struct sockaddr_in *in = (const struct sockaddr_in *)&storage;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&storage;
	struct flow_key one = {0};
	char text[FLOW_END_TEXT];

	if (size > sizeof(storage))
		size = sizeof(storage);
	if (size < sizeof(sa_family_t) || !memory_read(tid, address, &storage, size))
		return false;
	one.family = (uint8_t)storage.ss_family;
	if (storage.ss_family == AF_INET && size >= sizeof(*in)) {
		memcpy(one.addr[0], &in->sin_addr, sizeof(in->sin_addr));
		one.port_be[0] = in->sin_port;
	} else if (storage.ss_family == AF_INET6 &&
		   size >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		memcpy(one.addr[0], &in6->sin6_addr, sizeof(in6->sin6_addr));
		one.port_be[0] = in6->sin6_port;
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			one.zone = (uint16_t)in6->sin6_scope_id;
	} else {
		if (storage.ss_family == AF_UNSPEC)
			say(words, "AF_UNSPEC");
		return false;
	}
	flow_key_unmap(&one);
	say(words, "%s", flow_end_text(&one, 0, text));
	memcpy(key->addr[1], one.addr[0], sizeof(one.addr[0]));
	key->port_be[1] = one.port_be[0];
	key->family = one.family;
	if (one.zone != 0)
		key->zone = one.zone;
	return true;
}

/* ---- options ---- */

enum value { VALUE_NUMBER, VALUE_LINGER, VALUE_TIME, VALUE_NONE };
static const struct option {
	int level, name;
	const char *word;
	enum value value;
} options[] = {
	{SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", VALUE_NUMBER},
	{SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT", VALUE_NUMBER},
	{SOL_SOCKET, SO_LINGER, "SO_LINGER", VALUE_LINGER},
	{SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE", VALUE_NUMBER},
	{SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", VALUE_NUMBER},
	{SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", VALUE_NUMBER},
	{SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE", VALUE_NUMBER},
	{SOL_SOCKET, SO_SNDBUFFORCE, "SO_SNDBUFFORCE", VALUE_NUMBER},
	{SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO", VALUE_TIME},
	{SOL_SOCKET, SO_SNDTIMEO, "SO_SNDTIMEO", VALUE_TIME},
	{SOL_SOCKET, SO_ATTACH_FILTER, "SO_ATTACH_FILTER", VALUE_NONE},
	{SOL_SOCKET, SO_ATTACH_BPF, "SO_ATTACH_BPF", VALUE_NONE},
	{SOL_SOCKET, SO_DETACH_FILTER, "SO_DETACH_FILTER", VALUE_NONE},
	{SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE", VALUE_NONE},
	{IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_CORK, "TCP_CORK", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_SYNCNT, "TCP_SYNCNT", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_LINGER2, "TCP_LINGER2", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_MAXSEG, "TCP_MAXSEG", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, "TCP_WINDOW_CLAMP", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_FASTOPEN, "TCP_FASTOPEN", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, "TCP_FASTOPEN_CONNECT", VALUE_NUMBER},
	{IPPROTO_TCP, TCP_REPAIR, "TCP_REPAIR", VALUE_NUMBER},
	{IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", VALUE_NUMBER},
	{IPPROTO_IP, IP_RECVERR, "IP_RECVERR", VALUE_NUMBER},
	{IPPROTO_IPV6, IPV6_RECVERR, "IPV6_RECVERR", VALUE_NUMBER},
};

/* One that setsockopt() refuses is told as its two numbers. */
static void time_words(const struct timeval *time, char *words)
{
	if (time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000)
		say(words, " = %" PRId64 ".%03d s", (int64_t)time->tv_sec,
			(int)(time->tv_usec / 1000));
	else
		say(words, " = %" PRId64 " s, %" PRId64 " us", (int64_t)time->tv_sec,
			(int64_t)time->tv_usec);
}

static bool option_words(pid_t tid, const uint64_t arguments[6], char *words)
{
	const struct option *option = NULL;
	struct timeval time;
	struct linger linger;
	int number = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].level == (int)arguments[1] && options[i].name == (int)arguments[2])
			option = &options[i];
	if (option == NULL)
		return false;
	say(words, "%s", option->word);
	if (option->value == VALUE_NUMBER &&
		memory_read(tid, arguments[3], &number, sizeof(number)))
		say(words, " = %d", number);
	else if (option->value == VALUE_LINGER &&
		 memory_read(tid, arguments[3], &linger, sizeof(linger)))
		say(words, linger.l_onoff ? " = on, %d s" : " = off", linger.l_linger);
	else if (option->value == VALUE_TIME && (uint32_t)arguments[4] < sizeof(time))
		say(words, " (%u bytes)", (unsigned)arguments[4]);
	else if (option->value == VALUE_TIME && memory_read(tid, arguments[3], &time, sizeof(time)))
		time_words(&time, words);
	return true;
}

static void socket_words(const uint64_t arguments[6], char *words)
{
	int type = (int)arguments[1] & 0xf;

	say(words, "%s, %s", (int)arguments[0] == AF_INET6 ? "AF_INET6" : "AF_INET",
		type == SOCK_STREAM  ? "SOCK_STREAM"
		: type == SOCK_DGRAM ? "SOCK_DGRAM"
		: type == SOCK_RAW   ? "SOCK_RAW"
				     : "SOCK_?");
}

static void shutdown_words(const uint64_t arguments[6], char *words)
{
	static const char *const how[] = {"SHUT_RD", "SHUT_WR", "SHUT_RDWR"};

	if ((int)arguments[1] >= 0 && (int)arguments[1] < 3)
		say(words, "%s", how[(int)arguments[1]]);
	else
		say(words, "%d", (int)arguments[1]);
}

/* ---- lengths ---- */

static int64_t vector_bytes(pid_t tid, uint64_t address, uint64_t count)
{
	struct iovec vector[VECTORS_MAX];
	int64_t sum = 0;

	if (count == 0)
		return 0;
	if (count > VECTORS_MAX || !memory_read(tid, address, vector, count * sizeof(*vector)))
		return -1;
	for (uint64_t i = 0; i < count; i++)
		sum += (int64_t)(vector[i].iov_len & INT32_MAX);
	return sum;
}

static int64_t message_bytes(pid_t tid, uint64_t address)
{
	struct msghdr message;

	return memory_read(tid, address, &message, sizeof(message))
		       ? vector_bytes(tid, (uintptr_t)message.msg_iov, message.msg_iovlen)
		       : -1;
}

/* -1: for ever. */
static int64_t timeout_ms(pid_t tid, const struct rule *rule, const uint64_t arguments[6])
{
	struct timespec time;
	struct timeval old;

	if (rule->what == CALLED_POLL)
		return (int)arguments[2];
	if (rule->what == CALLED_EPOLL_WAIT || rule->what == CALLED_EPOLL_PWAIT)
		return (int)arguments[3];
	if (rule->what == CALLED_SELECT)
		return memory_read(tid, arguments[4], &old, sizeof(old))
			       ? (int64_t)old.tv_sec * 1000 + old.tv_usec / 1000
			       : -1;
	uint64_t at = rule->what == CALLED_PPOLL      ? arguments[2]
		      : rule->what == CALLED_PSELECT6 ? arguments[4]
						      : arguments[3];
	return memory_read(tid, at, &time, sizeof(time))
		       ? (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000
		       : -1;
}

/* Read whole at its first descriptor: as the C library declares it, whatever nfds says. */
static bool set_read(pid_t tid, uint64_t at, uint8_t set[FD_SETSIZE / 8], int fd)
{
	return at != 0 && fd < FD_SETSIZE && (fd > 0 || memory_read(tid, at, set, FD_SETSIZE / 8));
}

/* What a wait for one descriptor alone is about: "POLLIN", "POLLOUT", both; "2 descriptors". */
static void wait_words(pid_t tid, const struct rule *rule, const uint64_t arguments[6], char *words)
{
	uint64_t count = arguments[rule->kind == RULE_POLL ? 1 : 0];
	struct pollfd polled = {.events = 0};
	uint8_t set[FD_SETSIZE / 8];

	if (rule->kind == RULE_POLL && count == 1) {
		if (!memory_read(tid, arguments[0], &polled, sizeof(polled)))
			return;
	} else if (rule->kind == RULE_SELECT) {
		uint64_t nfds = count;
		int out = -1;

		count = 0;
		for (int which = 1; which <= 2; which++)
			for (int fd = 0; set_read(tid, arguments[which], set, fd); fd++) {
				if ((set[fd / 8] >> fd % 8 & 1) == 0)
					continue;
				if ((uint64_t)fd >= nfds) {
					out = fd;
					continue;
				}
				count++;
				polled.events |= which == 1 ? POLLIN : POLLOUT;
			}
		if (out >= 0) {
			say(words, "nfds %" PRIu64 " leaves out %d", nfds, out);
			return;
		}
	}
	if (count != 1)
		say(words, "%" PRIu64 " descriptors", count);
	else
		say(words, "%s",
			(polled.events & POLLOUT) == 0  ? "POLLIN"
			: (polled.events & POLLIN) == 0 ? "POLLOUT"
							: "POLLIN|POLLOUT");
}

bool words_of_entry(pid_t tid, const struct rule *rule, const uint64_t arguments[6],
	struct call *call, char *words)
{
	struct msghdr message;

	switch ((enum rule_kind)rule->kind) {
	case RULE_SOCKET:
		socket_words(arguments, words);
		break;
	case RULE_ADDRESS:
		address_read(tid, arguments[1], arguments[2], &call->key, words);
		break;
	case RULE_NUMBER:
		if (rule->what == CALLED_LISTEN)
			call->asked = (int)arguments[1] < 0 ? -1 : (int)arguments[1];
		else
			shutdown_words(arguments, words);
		break;
	case RULE_OPTION:
		return option_words(tid, arguments, words);
	case RULE_TO:
		if (rule->what == CALLED_SENDTO && arguments[4] != 0)
			address_read(tid, arguments[4], arguments[5], &call->key, words);
		/* fall through */
	case RULE_BYTES:
		call->asked = (int64_t)(arguments[2] & INT64_MAX);
		break;
	case RULE_VECTOR:
		call->asked = vector_bytes(tid, arguments[1], arguments[2]);
		break;
	case RULE_MESSAGE:
		call->asked = message_bytes(tid, arguments[1]);
		if (rule->what == CALLED_SENDMSG &&
			memory_read(tid, arguments[1], &message, sizeof(message)) &&
			message.msg_name != NULL)
			address_read(tid, (uintptr_t)message.msg_name, message.msg_namelen,
				&call->key, words);
		break;
	case RULE_MESSAGES:
		say(words, "%u messages", (unsigned)arguments[2]);
		break;
	case RULE_FILE:
	case RULE_SPLICE:
		call->asked = (int64_t)(arguments[rule->kind == RULE_FILE ? 3 : 4] & INT64_MAX);
		break;
	case RULE_POLL:
	case RULE_SELECT:
		wait_words(tid, rule, arguments, words);
		/* fall through */
	case RULE_EPOLL:
		call->asked = timeout_ms(tid, rule, arguments);
		break;
	default:
		break;
	}
	words_of_flags(rule, arguments, words);
	return true;
}

/* ---- at the return ---- */

static void messages_words(
	pid_t tid, const uint64_t arguments[6], const struct call *call, char *words)
{
	struct mmsghdr message[16];
	uint64_t done = 0, bytes = 0, count = (uint64_t)call->result;

	if (count > MESSAGES_MAX)
		return;
	while (done < count) {
		uint64_t some = count - done < 16 ? count - done : 16;

		if (!memory_read(tid, arguments[1] + done * sizeof(message[0]), message,
			    some * sizeof(message[0])))
			return;
		for (uint64_t i = 0; i < some; i++)
			bytes += message[i].msg_len;
		done += some;
	}
	say(words, "%" PRIu64 " message%s, %" PRIu64 " bytes", count, count == 1 ? "" : "s", bytes);
}

void words_of_return(pid_t tid, const struct rule *rule, const uint64_t arguments[6],
	struct call *call, char *words)
{
	struct msghdr message;
	socklen_t size;

	if (call->error != 0 || (rule->kind != RULE_MESSAGES && rule->what != CALLED_RECVFROM &&
					rule->what != CALLED_RECVMSG))
		return;
	words[0] = '\0';
	if (rule->kind == RULE_MESSAGES)
		messages_words(tid, arguments, call, words);
	else if (rule->what == CALLED_RECVFROM && arguments[4] != 0 &&
		 memory_read(tid, arguments[5], &size, sizeof(size)))
		address_read(tid, arguments[4], size, &call->key, words);
	else if (rule->what == CALLED_RECVMSG &&
		 memory_read(tid, arguments[1], &message, sizeof(message)) &&
		 message.msg_name != NULL)
		address_read(
			tid, (uintptr_t)message.msg_name, message.msg_namelen, &call->key, words);
	words_of_flags(rule, arguments, words);
}

uint32_t words_data(pid_t tid, const struct rule *rule, const uint64_t arguments[6], int64_t result,
	uint8_t *data, uint32_t most)
{
	uint64_t address = 0, size = result > 0 ? (uint64_t)result : 0;
	struct msghdr message = {0};
	struct iovec first = {0};

	if (rule->kind == RULE_BYTES || rule->kind == RULE_TO) {
		address = arguments[1];
	} else if (rule->kind == RULE_VECTOR || rule->kind == RULE_MESSAGE) {
		uint64_t vector = arguments[1];

		if (rule->kind == RULE_MESSAGE) {
			if (!memory_read(tid, vector, &message, sizeof(message)))
				return 0;
			vector = (uintptr_t)message.msg_iov;
		}
		if (!memory_read(tid, vector, &first, sizeof(first)))
			return 0;
		address = (uintptr_t)first.iov_base;
		size = size < first.iov_len ? size : first.iov_len;
	}
	size = size < most ? size : most;
	return size > 0 && memory_read(tid, address, data, size) ? (uint32_t)size : 0;
}

/* ---- descriptors ---- */

size_t words_rights(pid_t tid, uint64_t address, int *fds, size_t most)
{
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_MAX];
	struct msghdr message, ours = {.msg_control = control};
	size_t count = 0;

	if (!memory_read(tid, address, &message, sizeof(message)) ||
		message.msg_controllen < sizeof(struct cmsghdr) ||
		message.msg_controllen > sizeof(control) ||
		!memory_read(tid, (uintptr_t)message.msg_control, control, message.msg_controllen))
		return 0;
	ours.msg_controllen = message.msg_controllen;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&ours); part != NULL;
		part = CMSG_NXTHDR(&ours, part)) {
		size_t bytes = part->cmsg_len > CMSG_LEN(0) ? part->cmsg_len - CMSG_LEN(0) : 0;

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
			bytes > (size_t)(control + ours.msg_controllen -
					 (uint8_t *)CMSG_DATA(part)))
			continue;
		for (size_t i = 0; i < bytes / sizeof(int) && count < most; i++)
			memcpy(&fds[count++], CMSG_DATA(part) + i * sizeof(int), sizeof(int));
	}
	return count;
}

int words_first_waited(pid_t tid, const struct rule *rule, const uint64_t arguments[6],
	bool (*wanted)(void *context, int fd), void *context)
{
	struct pollfd polled[POLLED_MAX];
	uint8_t set[FD_SETSIZE / 8];
	uint64_t count = arguments[rule->kind == RULE_POLL ? 1 : 0];

	if (rule->kind == RULE_POLL) {
		if (count > POLLED_MAX ||
			!memory_read(tid, arguments[0], polled, count * sizeof(*polled)))
			return -1;
		for (uint64_t i = 0; i < count; i++)
			if (polled[i].fd >= 0 && wanted(context, polled[i].fd))
				return polled[i].fd;
		return -1;
	}
	/* first those that it looks at, then those that nfds leaves out */
	for (int beyond = 0; beyond <= 1; beyond++)
		for (int which = 1; which <= 2; which++)
			for (int fd = 0; set_read(tid, arguments[which], set, fd); fd++)
				if ((set[fd / 8] >> fd % 8 & 1) != 0 &&
					((uint64_t)fd >= count) == beyond && wanted(context, fd))
					return fd;
	return -1;
}
