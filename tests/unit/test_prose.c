/* Sentences: every reason and state has one, no two are equal, every gap has its argument, and the
 * wording that scripts and handouts quote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <netinet/in.h>

#include "tcpstate/finding.h"
#include "tcpstate/model.h"
#include "tcpstate/prose.h"
#include "../../src/prose/template.h"

static struct reason reason_of(unsigned code, int64_t a, int64_t b, int64_t c)
{
	return (struct reason){(uint16_t)code, {a, b, c}};
}

static void every_reason_has_its_own_sentence(void **state)
{
	(void)state;
	for (unsigned code = 0; code < REASON_MAX; code++) {
		const char *template = prose_reason_template(code);

		if (template == NULL || *template == '\0')
			fail_msg("%s has no sentence", reason_word(code));
		if (!template_valid(template, code))
			fail_msg("%s: a gap of \"%s\" is no argument of it", reason_word(code),
				template);
		for (unsigned other = 0; other < code; other++)
			if (!strcmp(prose_reason_template(other), template))
				fail_msg("%s and %s have the same sentence", reason_word(code),
					reason_word(other));
	}
}

/* What the record knows must be told: each argument appears in the clause. */
static void every_argument_is_told(void **state)
{
	(void)state;
	for (unsigned code = 0; code < REASON_MAX; code++) {
		for (int i = 0; i < 3; i++) {
			struct reason reason = reason_of(code, 1, 1, 1);
			char text[400];

			if (*reason_argument(code, i) == '\0')
				continue;
			reason.arg[i] = 54321;
			prose_reason(&reason, text, sizeof(text));
			if (strstr(text, "54321") == NULL && strstr(text, "54.3 s") == NULL)
				fail_msg("%s does not tell its %s: \"%s\"", reason_word(code),
					reason_argument(code, i), text);
		}
	}
}

static void findings_have_sentences_and_advice_of_their_own(void **state)
{
	(void)state;
	for (unsigned code = 0; code < FINDING_MAX; code++) {
		const char *sentence = prose_finding_template(code),
			   *advice = prose_finding_advice_template(code),
			   *headline = prose_finding_headline_template(code);

		if (sentence == NULL || advice == NULL || *sentence == '\0' || *advice == '\0')
			fail_msg("the finding %s has no sentence or no advice", finding_word(code));
		assert_non_null(headline);
		if (!template_valid_finding(headline, code) ||
			!template_valid_finding(sentence, code) ||
			!template_valid_finding(advice, code))
			fail_msg("%s: a gap names no argument of it", finding_word(code));
		for (unsigned other = 0; other < code; other++)
			if (strcmp(prose_finding_template(other), sentence) == 0)
				fail_msg("%s and %s have the same sentence", finding_word(code),
					finding_word(other));
		assert_in_range(finding_weight(code), 1, 99);
	}
}

/* Less than half a millisecond is no number of them. */
static void a_peer_that_has_just_closed_did_not_close_0_ms_before(void **state)
{
	struct finding finding = {.code = FINDING_DATA_TO_CLOSED_PEER, .arg = {7}};
	char text[512];

	(void)state;
	assert_string_equal(prose_finding(&finding, text, sizeof(text)),
		"7 bytes went to a peer that had closed: nobody was there to read, the answer was "
		"an RST.");
}

static void a_finding_tells_what_is_known(void **state)
{
	struct finding finding = {.code = FINDING_CLOSE_WAIT_HELD, .arg = {3600}};
	char text[512];

	(void)state;
	assert_string_equal(prose_finding(&finding, text, sizeof(text)),
		"CLOSE_WAIT was held for 3.6 s: the peer had closed, this program did not.");
	strcpy(finding.text[0], "server.py[12]");
	finding.arg[2] = 1;
	assert_string_equal(prose_finding(&finding, text, sizeof(text)),
		"CLOSE_WAIT was held for 3.6 s by server.py[12]: the peer had closed, this program "
		"did not; 1 byte was left unread.");
	finding.evidence.frame[0] = 7;
	finding.evidence.diag[0] = 3;
	finding.evidence.diag[1] = 9;
	finding.evidence.counters[0] = (struct finding_counter){"TcpExtListenDrops", 2, 2};
	assert_string_equal(prose_finding_evidence(&finding, text, sizeof(text)),
		"frame 7; diag 3, 9; TcpExtListenDrops +2");
}

/* The sentence says it: "TcpExtTCPSYNChallenge +1". */
static void a_counter_that_the_sentence_names_is_not_cited_again(void **state)
{
	struct finding finding = {.code = FINDING_SYN_ANSWERED_BY_ACK, .arg = {1, 0, 1}};
	char text[1024];

	(void)state;
	assert_non_null(
		strstr(prose_finding(&finding, text, sizeof(text)), "TcpExtTCPSYNChallenge +1"));
	finding.evidence.counters[0] = (struct finding_counter){"TcpExtTCPSYNChallenge", 1, 1};
	finding.evidence.counters[1] = (struct finding_counter){"TcpExtListenDrops", 2, 2};
	assert_string_equal(
		prose_finding_evidence(&finding, text, sizeof(text)), "TcpExtListenDrops +2");
	finding.evidence.counters[0] = (struct finding_counter){"TcpExtTCPSYNChallenge", 12, 12};
	finding.evidence.counters[1].name = NULL;
	finding.arg[2] = 120;
	assert_string_equal(
		prose_finding_evidence(&finding, text, sizeof(text)), "TcpExtTCPSYNChallenge +12");
}

static void a_part_of_a_counter_is_cited_in_the_languages_order(void **state)
{
	struct finding finding = {.code = FINDING_CONNECT_LATE, .evidence.frame = {7}};
	char text[512];

	(void)state;
	finding.evidence.counters[0] = (struct finding_counter){"TcpExtListenOverflows", 1, 2};
	finding.evidence.counters[1] = (struct finding_counter){"UdpRcvbufErrors", 3, 3};
	assert_string_equal(prose_finding_evidence(&finding, text, sizeof(text)),
		"frame 7; TcpExtListenOverflows 1 of +2, UdpRcvbufErrors +3");
}

static void wording(void **state)
{
	static const struct {
		struct reason reason;
		const char *says;
	} rows[] = {
		{{REASON_SYN_RECEIVED, {0}}, "SYN received"},
		{{REASON_ACCEPT_QUEUE_FULL, {2, 1, 0}},
			"final ACK ignored: accept queue full at 2 (backlog 1 + 1)"},
		{{REASON_ACCEPT_QUEUE_FULL, {1, 0, 0}},
			"final ACK ignored: accept queue full at 1 (backlog 0 + 1)"},
		{{REASON_SYN_TIMED_OUT, {6, 0, 0}},
			"SYN never answered, given up after 6 retransmissions"},
		{{REASON_SYN_TIMED_OUT, {1, 0, 0}},
			"SYN never answered, given up after 1 retransmission"},
		{{REASON_SYN_TIMED_OUT, {0, 0, 0}}, "SYN never answered"},
		{{REASON_MAX + 5, {0}}, "reason unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[200];

		assert_string_equal(
			prose_reason(&rows[i].reason, text, sizeof(text)), rows[i].says);
	}
}

static void a_small_buffer_is_not_overrun(void **state)
{
	struct reason reason = reason_of(REASON_ACCEPT_QUEUE_FULL, INT64_MIN, INT64_MAX, 0);
	char whole[200];

	(void)state;
	prose_reason(&reason, whole, sizeof(whole));
	for (size_t size = 1; size < sizeof(whole); size++) {
		char *text = malloc(size);
		size_t expected = strlen(whole) < size - 1 ? strlen(whole) : size - 1;

		assert_non_null(text);
		prose_reason(&reason, text, size);
		assert_int_equal(strlen(text), expected);
		assert_memory_equal(text, whole, expected);
		free(text);
	}
}

static void templates_are_checked(void **state)
{
	(void)state;
	assert_true(template_valid("{queue} [of {backlog}]", REASON_ACCEPT_QUEUE_FULL));
	assert_false(template_valid("{count}", REASON_ACCEPT_QUEUE_FULL));
	assert_false(template_valid("{queue", REASON_ACCEPT_QUEUE_FULL));
	assert_false(template_valid("queue}", REASON_ACCEPT_QUEUE_FULL));
	assert_false(template_valid("{queue|one}", REASON_ACCEPT_QUEUE_FULL));
	assert_false(template_valid("[{queue}", REASON_ACCEPT_QUEUE_FULL));
	assert_false(template_valid("{queue}]", REASON_ACCEPT_QUEUE_FULL));
}

static void every_state_is_explained(void **state)
{
	(void)state;
	for (unsigned s = STATE_ESTABLISHED; s < STATE_MAX; s++) {
		const struct state_prose prose = prose_state(s);
		const char *const parts[] = {prose.entered, prose.ended, prose.timer, prose.shown,
			prose.in_lab, prose.rfc};
		size_t name = strlen(state_name(s));

		assert_int_equal(strncmp(prose.title, state_name(s), name), 0);
		assert_int_equal(prose.title[name], ' ');
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (parts[i][0] == '\0' || strchr(parts[i], '\n') != NULL ||
				parts[i][strlen(parts[i]) - 1] == ' ')
				fail_msg("%s: part %zu is \"%s\"", state_name(s), i, parts[i]);
		assert_true(strlen(prose_state_short(s)) > 5);
		assert_non_null(strstr(prose_overview(), state_name(s)));
		for (unsigned other = STATE_ESTABLISHED; other < s; other++)
			assert_string_not_equal(prose_state_short(other), prose_state_short(s));
	}
	assert_string_equal(prose_state(STATE_UNKNOWN).title, "");
	assert_string_equal(prose_state(STATE_MAX).rfc, "");
	assert_string_equal(prose_state_short(4000000000u), "");
}

static void edges(void **state)
{
	(void)state;
	assert_string_equal(
		prose_edge(STATE_CLOSED, STATE_SYN_SENT), "active OPEN: connect(), SYN sent");
	assert_string_equal(prose_edge(STATE_TIME_WAIT, STATE_CLOSED), "time-out, 2 MSL: 60 s");
	assert_string_equal(prose_edge(STATE_CLOSED, STATE_CLOSED), "");
	assert_string_equal(prose_edge_alone(STATE_SYN_SENT, STATE_CLOSED, EVIDENCE_KERNEL),
		"close() in SYN_SENT sends no segment");
	assert_string_equal(prose_edge_alone(STATE_CLOSED, STATE_SYN_SENT, EVIDENCE_WIRE), "");
	/* every edge of the figure has its words */
	for (size_t i = 0; state_figure[i].to != STATE_UNKNOWN; i++)
		assert_true(strlen(prose_edge(state_figure[i].from, state_figure[i].to)) > 5);
}

static void durations(void **state)
{
	static const struct {
		int64_t ms;
		const char *says;
	} rows[] = {{0, "0 ms"}, {230, "230 ms"}, {999, "999 ms"}, {1000, "1.0 s"}, {3449, "3.4 s"},
		{42100, "42.1 s"}, {59960, "60.0 s"}, {99949, "99.9 s"}, {99950, "1m40s"},
		{125000, "2m05s"}, {3599499, "59m59s"}, {3599500, "1h00m"}, {7199000, "1h59m"},
		{7200000, "2h00m"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[32];

		assert_string_equal(prose_duration(rows[i].ms, text, sizeof(text)), rows[i].says);
	}
}

static const struct socket_says {
	struct sockrow row;
	int64_t half_open;
	const char *queues, *timer, *notes;
} socket_rows[] = {
	{{.state = STATE_LISTEN, .inode = 5, .recv_q = 2, .send_q = 1}, -1,
		"accept queue 2 of 2 (backlog 1 + 1), full", "", ""},
	{{.state = STATE_LISTEN, .inode = 5, .recv_q = 1, .send_q = 1}, 3,
		"accept queue 1 of 2 (backlog 1 + 1), 3 half-open", "", ""},
	{{.state = STATE_LISTEN, .inode = 5, .recv_q = 0, .send_q = UINT32_MAX}, -1,
		"accept queue 0 of 4294967296 (backlog 4294967295 + 1)", "", ""},
	{{.state = STATE_ESTABLISHED, .inode = 5, .recv_q = 3, .send_q = 4}, -1,
		"3 bytes unread, 4 bytes unacknowledged", "", ""},
	{{.state = STATE_ESTABLISHED}, -1, "", "", "waits for accept()"},
	{{.state = STATE_CLOSE_WAIT}, -1, "", "", "waits for accept()"},
	{{.state = STATE_SYN_SENT,
		 .inode = 5,
		 .timer = DIAG_TIMER_RETRANSMIT,
		 .retrans = 2,
		 .expires_ms = 3400},
		-1, "", "SYN retransmit 2, next in 3.4 s", ""},
	{{.state = STATE_SYN_RECV,
		 .request = true,
		 .timer = DIAG_TIMER_RETRANSMIT,
		 .retrans = 0,
		 .expires_ms = 900},
		-1, "", "SYN-ACK retransmit in 900 ms", "half-open request"},
	{{.state = STATE_TIME_WAIT, .mini = true, .timer = DIAG_TIMER_MINI, .expires_ms = 42100},
		-1, "", "TIME_WAIT ends in 42.1 s", "mini-socket, no process holds it"},
	{{.state = STATE_FIN_WAIT2, .mini = true, .timer = DIAG_TIMER_MINI, .expires_ms = 60000},
		-1, "", "FIN_WAIT2 ends in 60.0 s", "mini-socket, no process holds it"},
	{{.state = STATE_FIN_WAIT2, .inode = 9}, -1, "", "", ""},
	{{.state = STATE_LAST_ACK,
		 .timer = DIAG_TIMER_RETRANSMIT,
		 .retrans = 1,
		 .expires_ms = 500,
		 .send_q = 1},
		-1, "FIN unacknowledged", "FIN retransmit 1, next in 500 ms",
		"orphan, no process holds it"},
	{{.state = STATE_ESTABLISHED,
		 .inode = 5,
		 .timer = DIAG_TIMER_KEEPALIVE,
		 .expires_ms = 7199000},
		-1, "", "keepalive 1h59m", ""},
	{{.state = STATE_ESTABLISHED,
		 .inode = 5,
		 .timer = DIAG_TIMER_PROBE0,
		 .retrans = 3,
		 .expires_ms = 1200},
		-1, "", "zero-window probe 3 unanswered, next in 1.2 s", ""},
	{{.state = STATE_ESTABLISHED, .inode = 5, .timer = DIAG_TIMER_PROBE0, .expires_ms = 208},
		-1, "", "zero-window probe in 208 ms", ""},
	{{.state = STATE_CLOSE_WAIT, .inode = 5, .recv_q = 1}, -1, "FIN unread", "", ""},
	{{.state = STATE_CLOSING, .inode = 5, .recv_q = 2, .send_q = 8}, -1,
		"1 byte and FIN unread, 7 bytes and FIN unacknowledged", "", ""},
	{{.state = STATE_SYN_SENT, .inode = 5, .send_q = 1}, -1, "SYN unacknowledged", "", ""},
	{{.state = STATE_FIN_WAIT1,
		 .inode = 5,
		 .recv_q = 1,
		 .send_q = 101,
		 .timer = DIAG_TIMER_RETRANSMIT,
		 .expires_ms = 200},
		-1, "1 byte unread, 100 bytes and FIN unacknowledged",
		"data or FIN retransmit in 200 ms", ""},
	{{.state = STATE_CLOSED, .inode = 5}, -1, "", "", "bound only"},
};

static void sockets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(socket_rows) / sizeof(socket_rows[0]); i++) {
		struct sockrow row = socket_rows[i].row;
		char text[200];

		row.key.protocol = IPPROTO_TCP;
		row.key.family = AF_INET;
		assert_string_equal(
			prose_queues(&row, socket_rows[i].half_open, text, sizeof(text)),
			socket_rows[i].queues);
		assert_string_equal(prose_timer(&row, text, sizeof(text)), socket_rows[i].timer);
		assert_string_equal(
			prose_socket_notes(&row, text, sizeof(text)), socket_rows[i].notes);
		prose_queues(&row, socket_rows[i].half_open, text, 8);
		assert_true(strlen(text) < 8);
	}
}

static void udp_sockets(void **state)
{
	struct sockrow row = {.key = {.protocol = IPPROTO_UDP, .family = AF_INET},
		.state = STATE_CLOSED,
		.inode = 4,
		.recv_q = 2304,
		.has_mem = true,
		.rmem = 2304,
		.rcvbuf = 212992,
		.drops = 7};
	char text[200];

	(void)state;
	assert_string_equal(prose_socket_state(&row), "UNCONN");
	assert_string_equal(prose_queues(&row, -1, text, sizeof(text)),
		"receive memory 2304 of 212992, 7 dropped");
	assert_string_equal(prose_socket_notes(&row, text, sizeof(text)), "");
	row.state = STATE_ESTABLISHED;
	row.inode = 0;
	assert_string_equal(prose_socket_state(&row), "ESTABLISHED");
	assert_string_equal(prose_socket_notes(&row, text, sizeof(text)), "");
}

/* Two reports at once do not mix their ways. */
static void a_finding_names_connections_in_its_own_way(void **state)
{
	struct connection connection = {.serial = 5, .path = UINT32_MAX};
	struct model model = {.connections = &connection, .connection_count = 1, .run_count = 1};
	struct finding in_page = {.named_in = &model}, in_words = {.named_in = NULL};
	char name[CONNECTION_NAME], list[80];

	(void)state;
	assert_string_equal(prose_name(&in_page, 5, name), "C5");
	assert_string_equal(prose_name(&in_words, 5, name), "connection 5");
	assert_string_equal(prose_name(&in_page, 6, name), "connection 6"); /* it is not kept */
	assert_string_equal(
		prose_names(&in_words, "5\n6", list, sizeof(list)), "connections 5 and 6");
	assert_string_equal(prose_names(&in_page, "5", list, sizeof(list)), "C5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_its_own_sentence),
		cmocka_unit_test(every_argument_is_told),
		cmocka_unit_test(findings_have_sentences_and_advice_of_their_own),
		cmocka_unit_test(a_peer_that_has_just_closed_did_not_close_0_ms_before),
		cmocka_unit_test(a_finding_tells_what_is_known),
		cmocka_unit_test(a_counter_that_the_sentence_names_is_not_cited_again),
		cmocka_unit_test(a_part_of_a_counter_is_cited_in_the_languages_order),
		cmocka_unit_test(wording),
		cmocka_unit_test(a_small_buffer_is_not_overrun),
		cmocka_unit_test(templates_are_checked),
		cmocka_unit_test(every_state_is_explained),
		cmocka_unit_test(edges),
		cmocka_unit_test(durations),
		cmocka_unit_test(sockets),
		cmocka_unit_test(udp_sockets),
		cmocka_unit_test(a_finding_names_connections_in_its_own_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
