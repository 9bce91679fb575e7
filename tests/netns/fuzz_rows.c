/* What the kernel holds, asked by exact look-ups of sock_diag: requests and mini-sockets are there
 * too, which the tracepoint never shows. See fuzz.h. */
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

enum { STATE_SYN_RECV = 3, STATE_FIN_WAIT2 = 5, STATE_TIME_WAIT = 6, STATE_LISTEN = 10 };
enum { TIMER_TIME_WAIT = 3 };

static const char *const names[] = {"-", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1",
	"FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
	"SYN_RECV"};

void rows_open(struct fuzz *fuzz)
{
	int size = 1 << 20;
	fuzz->rows = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fuzz->rows < 0)
		fuzz_fail("sock_diag");
	setsockopt(fuzz->rows, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

static struct question question_of(const struct fuzz *fuzz, size_t number)
{
	const struct conn *conn = &fuzz->conns[number];
	struct question question = {.header = {.nlmsg_len = sizeof(question),
					    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
					    .nlmsg_flags = NLM_F_REQUEST,
					    .nlmsg_seq = (uint32_t)number},
		.request = {.sdiag_family = fuzz->wire.v6 ? AF_INET6 : AF_INET,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = UINT32_MAX,
			.id = {.idiag_sport = htons(conn->kernel_port),
				.idiag_dport = htons(conn->peer_port),
				.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};
	size_t length = fuzz->wire.v6 ? 16 : 4;
	memcpy(question.request.id.idiag_src, &fuzz->wire.kernel, length);
	memcpy(question.request.id.idiag_dst, &fuzz->wire.peer, length);
	return question;
}

static struct fuzz_row row_of(const struct conn *conn, const struct nlmsghdr *answer)
{
	struct inet_diag_msg message;
	struct fuzz_row row = {0};
	if (answer->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		answer->nlmsg_len < NLMSG_LENGTH(sizeof(message)))
		return row;
	memcpy(&message, NLMSG_DATA(answer), sizeof(message));
	if (message.idiag_state == STATE_LISTEN || message.id.idiag_dport != htons(conn->peer_port))
		return row;
	row.state = message.idiag_state == 12 ? STATE_SYN_RECV : message.idiag_state;
	row.mini = row.state == STATE_TIME_WAIT ||
		   (row.state == STATE_FIN_WAIT2 && message.idiag_timer == TIMER_TIME_WAIT);
	row.cookie = (uint64_t)message.id.idiag_cookie[1] << 32 | message.id.idiag_cookie[0];
	return row;
}

static void print_time(FILE *out, const struct timespec *t)
{
	fprintf(out, "%jd.%09ld ", (intmax_t)t->tv_sec, t->tv_nsec);
}

static void take(struct fuzz *fuzz, const struct nlmsghdr *answer, const struct timespec *asked)
{
	struct conn *conn = &fuzz->conns[answer->nlmsg_seq % FUZZ_CONNS];
	struct fuzz_row row = row_of(conn, answer);
	struct timespec now;
	if (row.state == conn->row.state && row.mini == conn->row.mini &&
		row.cookie == conn->row.cookie)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	print_time(fuzz->log, asked);
	print_time(fuzz->log, &now);
	fprintf(fuzz->log, "%u<>%u %s %s %" PRIx64 "\n", conn->kernel_port, conn->peer_port,
		names[row.state % 13],
		row.state == 0 ? "none"
		: row.mini     ? "mini"
			       : "full",
		row.cookie);
	conn->row = row;
}

void rows_look(struct fuzz *fuzz, struct conn *conn)
{
	static char buffer[65536];
	struct question questions[FUZZ_CONNS];
	size_t count = 0, answers = 0;
	struct timespec asked;
	for (size_t i = 0; i < FUZZ_CONNS; i++)
		if ((conn == NULL || conn == &fuzz->conns[i]) && fuzz->conns[i].life > 0)
			questions[count++] = question_of(fuzz, i);
	clock_gettime(CLOCK_REALTIME, &asked);
	if (count > 0 && send(fuzz->rows, questions, count * sizeof(*questions), 0) < 0)
		fuzz_fail("sock_diag");
	while (answers < count) {
		ssize_t got = recv(fuzz->rows, buffer, sizeof(buffer), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			fuzz_fail("sock_diag");
		unsigned left = (unsigned)got;
		for (struct nlmsghdr *at = (struct nlmsghdr *)buffer; NLMSG_OK(at, left);
			at = NLMSG_NEXT(at, left), answers++)
			take(fuzz, at, &asked);
	}
}

void rows_asked(struct fuzz *fuzz)
{
	clock_gettime(CLOCK_REALTIME, &fuzz->asked);
}

void rows_unsent(struct fuzz *fuzz, struct conn *conn)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	print_time(fuzz->log, &fuzz->asked);
	print_time(fuzz->log, &now);
	fprintf(fuzz->log, "%u<>%u - unsent 0\n", conn->kernel_port, conn->peer_port);
}
