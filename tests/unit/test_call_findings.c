/* Findings about calls that failed: which are told, what is said of why, and who had the port. */
#include "deeds.h"

#include <errno.h>
#include <stdio.h>

/* The only finding about a call that the state of its socket explains; NULL: none. */
static const struct finding *found(const struct model *model)
{
	const struct finding *finding = NULL;

	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_BIND_FAILED &&
			model->findings[i].phrase[0] != PHRASE_FAILED) {
			assert_null(finding);
			finding = &model->findings[i];
		}
	return finding;
}

#define SOCKET(t)                                                                                  \
	{                                                                                          \
		.t_ms = t, .what = CALLED_SOCKET, .fd = 3, .inode = 7                              \
	}
#define BIND(t)                                                                                    \
	{                                                                                          \
		.t_ms = t, .what = CALLED_BIND, .fd = 3, .inode = 7, .words = "0.0.0.0:80",        \
		.port = 80                                                                         \
	}
#define LISTEN(t)                                                                                  \
	{                                                                                          \
		.t_ms = t, .what = CALLED_LISTEN, .fd = 3, .inode = 7, .port = 80                  \
	}
#define FAILS(t, call, number)                                                                     \
	{                                                                                          \
		.t_ms = t, .what = CALLED_##call, .fd = 3, .inode = 7, .error = number, .port = 80 \
	}

#define CLOSED_OWN(t)                                                                              \
	{                                                                                          \
		.t_ms = t, .what = CALLED_READ, .fd = -1, .error = EBADF                           \
	}

/* ---- what the socket was ---- */

static const struct {
	const char *name;
	struct deed deeds[DEEDS];
	enum finding_phrase why; /* PHRASE_NAMES: nothing is told */
	int64_t count;
} pasts[] = {
	{"accept() without listen()", {SOCKET(1), BIND(2), FAILS(3, ACCEPT, EINVAL)},
		PHRASE_NEVER_LISTENED, 1},
	{"accept4() likewise", {SOCKET(1), FAILS(3, ACCEPT4, EINVAL)}, PHRASE_NEVER_LISTENED, 1},
	{"a listener that was shut down", {SOCKET(1), LISTEN(2), FAILS(3, ACCEPT, EINVAL)},
		PHRASE_NAMES, 0},
	{"a listen() that failed made none",
		{SOCKET(1), FAILS(2, LISTEN, EADDRINUSE), FAILS(3, ACCEPT, EINVAL)},
		PHRASE_NEVER_LISTENED, 1},
	{"a socket from before the recording", {FAILS(3, ACCEPT, EINVAL)}, PHRASE_NAMES, 0},
	{"a socket() that failed is none", {FAILS(1, SOCKET, EMFILE), FAILS(3, ACCEPT, EINVAL)},
		PHRASE_NAMES, 0},
	{"read() of the listening socket", {SOCKET(1), LISTEN(2), FAILS(3, READ, ENOTCONN)},
		PHRASE_IS_LISTENER, 1},
	{"write() before connect()", {SOCKET(1), FAILS(3, WRITE, EPIPE)}, PHRASE_NEVER_CONNECTED,
		1},
	{"a connect() that failed is told by itself",
		{SOCKET(1), FAILS(2, CONNECT, ECONNREFUSED), FAILS(3, READ, ENOTCONN)},
		PHRASE_NAMES, 0},
	{"sendto() connects by TCP Fast Open",
		{SOCKET(1), FAILS(2, SENDTO, EINPROGRESS), FAILS(3, READ, ENOTCONN)}, PHRASE_NAMES,
		0},
	{"a connection that accept() gave, reset",
		{SOCKET(1),
			{.t_ms = 2, .what = CALLED_ACCEPT, .fd = 9, .inode = 70, .new_inode = 7},
			FAILS(3, READ, ENOTCONN)},
		PHRASE_NAMES, 0},
	{"likewise by accept4()",
		{SOCKET(1),
			{.t_ms = 2, .what = CALLED_ACCEPT4, .fd = 9, .inode = 70, .new_inode = 7},
			FAILS(3, WRITE, ENOTCONN)},
		PHRASE_NAMES, 0},
	{"what comes later is not its past", {FAILS(3, READ, ENOTCONN), SOCKET(4), LISTEN(5)},
		PHRASE_NAMES, 0},
	{"another socket's past",
		{SOCKET(1), {.t_ms = 2, .what = CALLED_LISTEN, .fd = 4, .inode = 8},
			FAILS(3, READ, ENOTCONN)},
		PHRASE_NEVER_CONNECTED, 1},
	{"UDP has other rules",
		{SOCKET(1), {.t_ms = 3,
				    .what = CALLED_READ,
				    .fd = 3,
				    .inode = 7,
				    .error = ENOTCONN,
				    .protocol = IPPROTO_UDP}},
		PHRASE_NAMES, 0},
	{"of an unknown socket nothing is known",
		{SOCKET(1), {.t_ms = 3, .what = CALLED_READ, .fd = 3, .error = ENOTCONN}},
		PHRASE_NAMES, 0},
	{"descriptor -1, set by the program itself", {CLOSED_OWN(3)}, PHRASE_NAMES, 0},
	{"descriptor -1 of a socket() that failed",
		{{.t_ms = 1, .what = CALLED_SOCKET, .fd = -1, .error = EMFILE}, CLOSED_OWN(3)},
		PHRASE_NO_DESCRIPTOR, 1},
	{"descriptor -1 of an accept() that failed",
		{{.t_ms = 1, .what = CALLED_ACCEPT, .fd = 9, .error = ECONNABORTED}, CLOSED_OWN(3)},
		PHRASE_NO_DESCRIPTOR, 1},
	{"descriptor -1 of an accept() that found nobody",
		{{.t_ms = 1, .what = CALLED_ACCEPT, .fd = 9, .error = EAGAIN}, CLOSED_OWN(3)},
		PHRASE_NO_DESCRIPTOR, 1},
	{"an accept() that failed, and one that did not",
		{{.t_ms = 1, .what = CALLED_ACCEPT, .fd = 9, .error = EAGAIN},
			{.t_ms = 2, .what = CALLED_ACCEPT, .fd = 9, .inode = 70, .new_inode = 8},
			CLOSED_OWN(3)},
		PHRASE_NAMES, 0},
	{"a socket() of another process",
		{{.t_ms = 1, .what = CALLED_SOCKET, .fd = -1, .error = EMFILE, .pid = OTHER},
			CLOSED_OWN(3)},
		PHRASE_NAMES, 0},
	{"a socket() that fails later",
		{CLOSED_OWN(3), {.t_ms = 4, .what = CALLED_SOCKET, .fd = -1, .error = EMFILE}},
		PHRASE_NAMES, 0},
	{"a descriptor that was never open",
		{{.t_ms = 3, .what = CALLED_READ, .fd = 9, .error = EBADF}}, PHRASE_NAMES, 0},
	{"an error that other things explain", {SOCKET(1), FAILS(3, READ, ECONNRESET)},
		PHRASE_NAMES, 0},
	{"a shutdown() with that error", {SOCKET(1), LISTEN(2), FAILS(3, SHUTDOWN, ENOTCONN)},
		PHRASE_NAMES, 0},
	{"the same again is counted",
		{SOCKET(1), FAILS(3, ACCEPT, EINVAL), FAILS(4, ACCEPT, EINVAL),
			FAILS(5, ACCEPT, EINVAL)},
		PHRASE_NEVER_LISTENED, 3},
};

static void a_call_that_the_sockets_past_explains_is_told_with_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pasts) / sizeof(pasts[0]); i++) {
		struct feed feed = feed_new();

		do_all(&feed, pasts[i].deeds);
		const struct finding *finding = found(finish(&feed));
		bool told = finding != NULL;

		if (told != (pasts[i].why != PHRASE_NAMES))
			fail_msg("%s: %s", pasts[i].name, told ? "told" : "not told");
		if (told) {
			assert_int_equal(finding->phrase[0], pasts[i].why);
			assert_int_equal(finding->arg[0], pasts[i].count);
			assert_int_equal(
				finding->arg[3], pasts[i].count > 1 ? pasts[i].count - 1 : 0);
		}
		model_free(feed.model);
	}
}

/* ---- a descriptor that was closed ---- */

#define CLOSE(t, by)                                                                               \
	{                                                                                          \
		.t_ms = t, .what = CALLED_CLOSE, .fd = 4, .inode = 9, .port = 81, .pid = by        \
	}
#define USE(t, by)                                                                                 \
	{                                                                                          \
		.t_ms = t, .what = CALLED_WRITE, .fd = 4, .error = EBADF, .pid = by                \
	}

static void a_closed_descriptor_is_told_with_who_closed_it(void **state)
{
	static const struct {
		struct deed deeds[DEEDS];
		size_t closer; /* index + 1; 0: none is known */
	} cases[] = {{{CLOSE(2, ME), USE(3, ME)}, 1}, {{CLOSE(2, CHILD), USE(3, ME)}, 1},
		{{CLOSE(2, OTHER), USE(3, ME)}, 0}, {{USE(3, ME), CLOSE(4, ME)}, 0},
		{{CLOSE(1, ME), CLOSE(2, CHILD), USE(3, ME)}, 1},
		{{CLOSE(1, CHILD), CLOSE(2, ME), USE(3, ME)}, 2},
		{{CLOSE(1, ME), CLOSE(2, ME), USE(3, ME)}, 2},
		{{{.t_ms = 2, .what = CALLED_CLOSE, .fd = 5, .inode = 9}, USE(3, ME)}, 0},
		{{{.t_ms = 2, .what = CALLED_CLOSE, .fd = 4, .error = EBADF}, USE(3, ME)}, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();

		do_all(&feed, cases[i].deeds);
		const struct model *model = finish(&feed);
		const struct finding *finding = found(model);

		assert_int_equal(finding != NULL, cases[i].closer != 0);
		if (finding != NULL) {
			assert_int_equal(finding->phrase[0], PHRASE_CLOSED_DESCRIPTOR);
			assert_int_equal(finding->phrase_number, 81);
			assert_int_equal(finding->phrase_state, 4);
			assert_int_equal(finding->t_ns, 3 * MS);
		}
		model_free(feed.model);
	}
}

/* recv() and send() are sendto() and recvfrom() to the kernel. */
static void a_call_has_the_name_that_the_program_gave_it(void **state)
{
	static const struct {
		struct deed failed;
		const char *name;
	} cases[] = {{FAILS(3, RECVFROM, ENOTCONN), "recv()"}, {FAILS(3, SENDTO, EPIPE), "send()"},
		{FAILS(3, READ, ENOTCONN), "read()"},
		{{.t_ms = 3,
			 .what = CALLED_RECVFROM,
			 .fd = 3,
			 .inode = 7,
			 .error = ENOTCONN,
			 .words = "10.0.0.1:80"},
			"recvfrom()"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const struct deed before[DEEDS] = {SOCKET(1), LISTEN(2)};
		struct feed feed = feed_new();
		char text[FINDING_TEXT];

		do_all(&feed, before);
		do_as(&feed, &cases[i].failed, "server");
		const struct finding *finding = found(finish(&feed));

		assert_non_null(finding);
		snprintf(text, sizeof(text), "server[12]: %s\n", cases[i].name);
		assert_memory_equal(finding->text[0], text, strlen(text));
		model_free(feed.model);
	}
}

/* ---- calls that failed at once ---- */

static void which_failures_are_told(void **state)
{
	static const struct {
		enum call_what what;
		int error;
		int code; /* -1: none */
	} cases[] = {{CALLED_BIND, EACCES, FINDING_BIND_FAILED},
		{CALLED_BIND, EADDRINUSE, FINDING_BIND_FAILED}, {CALLED_BIND, 0, -1},
		{CALLED_LISTEN, EOPNOTSUPP, FINDING_BIND_FAILED}, {CALLED_LISTEN, 0, -1},
		{CALLED_ACCEPT, EMFILE, FINDING_ACCEPT_FAILED},
		{CALLED_ACCEPT4, ENFILE, FINDING_ACCEPT_FAILED},
		{CALLED_ACCEPT, ENOBUFS, FINDING_ACCEPT_FAILED},
		{CALLED_ACCEPT4, ENOMEM, FINDING_ACCEPT_FAILED}, {CALLED_ACCEPT, EAGAIN, -1},
		{CALLED_CONNECT, EADDRNOTAVAIL, FINDING_CONNECT_FAILED},
		{CALLED_CONNECT, EADDRINUSE, FINDING_CONNECT_FAILED},
		{CALLED_CONNECT, ENETUNREACH, FINDING_CONNECT_FAILED},
		{CALLED_CONNECT, EACCES, FINDING_CONNECT_FAILED},
		{CALLED_CONNECT, EPERM, FINDING_CONNECT_FAILED},
		{CALLED_CONNECT, EAFNOSUPPORT, FINDING_CONNECT_FAILED},
		{CALLED_CONNECT, ECONNREFUSED, -1}, {CALLED_CONNECT, EINPROGRESS, -1},
		{CALLED_READ, EAGAIN, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct deed deed = {.t_ms = 5,
			.what = cases[i].what,
			.fd = 3,
			.inode = 7,
			.error = cases[i].error,
			.words = "10.0.0.1:80, addrlen 16"};
		struct feed feed = feed_new();

		for (int again = 0; again < 3; again++, deed.t_ms++)
			do_as(&feed, &deed, "server");
		const struct model *model = finish(&feed);

		assert_int_equal(model->finding_count, cases[i].code >= 0);
		if (cases[i].code >= 0) {
			assert_int_equal(model->findings[0].code, cases[i].code);
			assert_int_equal(model->findings[0].arg[0], 3);
			assert_int_equal(model->findings[0].arg[1], 80);
			assert_int_equal(model->findings[0].arg[2], cases[i].error);
			assert_int_equal(model->findings[0].arg[3], 2);
			assert_in_range(model->findings[0].t_ns, 5 * MS, 5 * MS + 1);
		}
		model_free(feed.model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_the_sockets_past_explains_is_told_with_it),
		cmocka_unit_test(a_closed_descriptor_is_told_with_who_closed_it),
		cmocka_unit_test(a_call_has_the_name_that_the_program_gave_it),
		cmocka_unit_test(which_failures_are_told)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
