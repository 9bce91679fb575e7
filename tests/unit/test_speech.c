/* Which protocol begins so: first bytes, whole and cut, and what they say of the message's length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcpstate/speech.h"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static struct speech of(const uint8_t *data, size_t size)
{
	/* of its own size, so that a read beyond it is met by the sanitizer */
	uint8_t *copy = malloc(size + (size == 0));

	assert_non_null(copy);
	memcpy(copy, data, size);
	struct speech speech = speech_of(copy, size, size);
	free(copy);
	return speech;
}

static void protocols_are_known_by_their_first_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum speech_what what;
	} rows[] = {
#define ROW(text, what) {text, sizeof(text) - 1, what}
		ROW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", SPEECH_TLS_HELLO),
		ROW("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", SPEECH_TLS_RECORD),
		ROW("\x15\x03\x01\x00\x02\x02\x46", SPEECH_TLS_ALERT),
		ROW("\x15\x03\x03\x00\x13\x02\x46\x11", SPEECH_TLS_RECORD),
		ROW("\x15\x03\x03\x00\x13"
		    "0123456789abcdef012",
			SPEECH_TLS_GOODBYE),
		ROW("\x17\x03\x03\x00\x13"
		    "0123456789abcdef012",
			SPEECH_TLS_GOODBYE),
		ROW("\x17\x03\x03\x00\x14"
		    "0123456789abcdef0123",
			SPEECH_TLS_RECORD),
		ROW("\0\0\0\x0b", SPEECH_NUMBER),
		ROW("\x0b\0", SPEECH_NUMBER),
		ROW("\x17\x03\x03\x00\x13\x02\x46\x11", SPEECH_TLS_RECORD),
		ROW("\x16\x03\x01\xff\x00\x01\x00", SPEECH_OTHER), /* no record is so long */
		ROW("\x16\x04\x01\x02\x00\x01\x00", SPEECH_OTHER),
		ROW("\x18\x03\x01\x02\x00\x01\x00", SPEECH_OTHER),
		ROW("GET / HTTP/1.1\r\nHost: x\r\n\r\n", SPEECH_HTTP_REQUEST),
		ROW("GET / HTTP/1.0\n\n", SPEECH_HTTP_REQUEST),
		ROW("OPTIONS rtsp://x RTSP/1.0\r\n\r\n", SPEECH_OTHER),
		ROW("GET / HTTP/2.0\r\n\r\n", SPEECH_OTHER),
		ROW("HTTP/1.0 400 Bad Request\r\n\r\n", SPEECH_HTTP_ANSWER),
		ROW("HTTP/1.1 404\r\n\r\n", SPEECH_HTTP_ANSWER),
		ROW("HTTP/1.1 4x4\r\n\r\n", SPEECH_OTHER),
		ROW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SPEECH_HTTP2_PREFACE),
		ROW("\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x80", SPEECH_HTTP2_FRAME),
		ROW("\0\0\x05\x04\0\0\0\0\0\0\x03\0\0\0\x80", SPEECH_OTHER),
		ROW("SSH-2.0-OpenSSH_9.6\r\n", SPEECH_SSH),
		ROW("220 mail.example ESMTP\r\n", SPEECH_GREETING),
		ROW("220-mail.example ESMTP\r\n", SPEECH_GREETING),
		ROW("221 bye\r\n", SPEECH_OTHER),
		ROW("EHLO client.example\r\n", SPEECH_SMTP),
		ROW("+OK ready\r\n", SPEECH_POP3),
		ROW("* OK ready\r\n", SPEECH_IMAP),
		ROW("-ERR unknown command\r\n", SPEECH_REDIS),
		ROW("\x0b\0\0\0\n8.0.36\0\0\0\0", SPEECH_MYSQL),
		ROW("PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n", SPEECH_PROXY),
		ROW("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", SPEECH_PROXY),
		ROW("hello", SPEECH_TEXT),
		ROW("hello\n", SPEECH_OTHER),
		ROW("\x01hello", SPEECH_OTHER),
		ROW("\x05\0\0\0hello", SPEECH_LENGTH),
		ROW("\0\0\0\x05hello", SPEECH_LENGTH),
		ROW("\0\0\0\x09hello", SPEECH_LENGTH), /* its own bytes counted */
		ROW("\0\x05hello", SPEECH_LENGTH),
		ROW("\x05\0hello", SPEECH_LENGTH),
		ROW("\0\x06hello", SPEECH_OTHER),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (of((const uint8_t *)rows[i].bytes, rows[i].size).what != rows[i].what)
			fail_msg("row %zu: %d", i,
				of((const uint8_t *)rows[i].bytes, rows[i].size).what);
}

static void a_tls_alert_has_its_description(void **state)
{
	(void)state;
	assert_int_equal(of(BYTES("\x15\x03\x01\x00\x02\x02\x46")).number, 0x246);
	assert_string_equal(tls_alert_name(0x46), "protocol_version");
	assert_string_equal(tls_alert_name(48), "unknown_ca");
	assert_string_equal(tls_alert_name(255), "");
}

static void a_client_hello_tells_its_length(void **state)
{
	(void)state;
	assert_int_equal(of(BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")).whole, 517);
}

static void a_message_of_http_tells_its_length(void **state)
{
	static const char request[] =
		"POST / HTTP/1.1\r\nHost: x\r\ncontent-length:  20 \r\n\r\n{}",
			  answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
			  twice[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: "
				    "5\r\n\r\nhello";
	struct speech at = of(BYTES(request));

	(void)state;
	assert_int_equal(at.head, sizeof(request) - 3);
	assert_int_equal(at.whole, sizeof(request) - 3 + 20);
	assert_int_equal(at.flags, SPEECH_HEAD_ENDS);
	at = of(BYTES(answer));
	assert_int_equal(at.number, 200);
	assert_int_equal(at.whole, sizeof(answer) - 1);
	assert_int_equal(at.flags, SPEECH_HEAD_ENDS);
	assert_int_equal(of(BYTES(twice)).whole, 0);
	assert_int_equal(of(BYTES("GET / HTTP/1.1\r\n\r\n")).whole, 18);
	assert_int_equal(of(BYTES("GET / HTTP/1.1\r\nHost: x\r\n")).flags, 0);
	assert_int_equal(of(BYTES("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n")).whole, 38);
	assert_int_equal(of(BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5 6\r\n\r\n")).whole, 0);
	assert_int_equal(of(BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5 \t\r\n\r\n")).whole, 45);
	assert_int_equal(of(BYTES("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")).whole, 0);
	assert_int_equal(
		of(BYTES("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")).whole, 0);
}

static void flags_tell_what_follows(void **state)
{
	(void)state;
	assert_int_equal(of(BYTES("PUT / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n")).flags,
		SPEECH_HEAD_ENDS | SPEECH_EXPECTS);
	assert_int_equal(
		of(BYTES("HEAD / HTTP/1.1\r\n\r\n")).flags, SPEECH_HEAD_ENDS | SPEECH_NO_BODY);
	assert_int_equal(of(BYTES("HTTP/1.1 200 OK\r\nA: b\r\n\r\nx")).flags,
		SPEECH_HEAD_ENDS | SPEECH_UNBOUNDED);
	assert_int_equal(
		of(BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")).flags,
		SPEECH_HEAD_ENDS | SPEECH_CHUNKED | SPEECH_LAST_CHUNK);
	assert_int_equal(of(BYTES("0\r\nDigest: x\r\n\r\n")).flags, SPEECH_LAST_CHUNK);
	assert_int_equal(of(BYTES("3\r\nabc\r\n0\r\nA: b\r\n\r\n")).flags, SPEECH_LAST_CHUNK);
	assert_int_equal(of(BYTES("4\r\n10\r\n\r\n")).flags, 0);
	assert_int_equal(
		of(BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAge: 0\r\n\r\n")).flags,
		SPEECH_HEAD_ENDS | SPEECH_CHUNKED);
	assert_int_equal(of(BYTES("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc")).flags,
		SPEECH_HEAD_ENDS | SPEECH_EXCESS);
	assert_int_equal(
		of(BYTES("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK")).flags,
		SPEECH_HEAD_ENDS);
	assert_true(of(BYTES("HTTP/1.1 400 Bad\r\n\r\nThe plain HTTP request was sent to HTTPS "
			     "port"))
			    .wants_tls);
	assert_false(of(BYTES("HTTP/1.1 200 OK\r\n\r\nThe plain HTTP request was sent to HTTPS "
			      "port"))
			     .wants_tls);
}

static void a_length_is_read_in_the_other_order_too(void **state)
{
	struct speech at = of(BYTES("\x05\0\0\0hello"));

	(void)state;
	assert_int_equal(at.head, 4);
	assert_int_equal(at.number, 1);
	assert_int_equal(at.whole, 83886080);
	at = of(BYTES("\0\x05hello"));
	assert_int_equal(at.head, 2);
	assert_int_equal(at.number, 0);
	assert_int_equal(at.whole, 1280);
}

/* Nothing is claimed of bytes that were not captured. */
static void cut_bytes_are_told_as_cut(void **state)
{
	static const uint8_t hello[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct speech none = speech_of(hello, 0, 27), part = speech_of(hello, 10, 27),
		      text = speech_of((const uint8_t *)"hello", 5, 6);

	(void)state;
	assert_int_equal(none.what, SPEECH_UNSEEN);
	assert_int_equal(part.what, SPEECH_OTHER);
	assert_int_equal(part.flags, SPEECH_CUT);
	assert_int_equal(text.what, SPEECH_OTHER);
	assert_int_equal(speech_of(NULL, 0, 0).what, SPEECH_UNSEEN);
}

/* Its empty line is there, though the head is longer than is kept. */
static void a_long_head_has_ended(void **state)
{
	static const char begins[] = "GET / HTTP/1.1\r\nCookie: ", ends[] = "\r\n\r\n";
	enum { LONG = 70000 };
	uint8_t *head = malloc(LONG);

	(void)state;
	assert_non_null(head);
	memset(head, 'x', LONG);
	memcpy(head, begins, sizeof(begins) - 1);
	memcpy(head + LONG - sizeof(ends) + 1, ends, sizeof(ends) - 1);
	assert_int_equal(of(head, LONG).what, SPEECH_HTTP_REQUEST);
	assert_int_equal(of(head, LONG).flags, SPEECH_CUT);
	free(head);
}

/* Every prefix, and every byte of it changed: no read beyond the end, a number for each. */
static void odd_bytes_are_taken(void **state)
{
	static const char *const texts[] = {
		"POST / HTTP/1.1\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nhello",
		"\x16\x03\x01\x02\x10\x01\x01\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t size = 0; size <= strlen(texts[i]); size++)
			for (size_t at = 0; at <= size; at++) {
				uint8_t bytes[128] = {0};

				memcpy(bytes, texts[i], size);
				bytes[at] ^= (uint8_t)(1u << (at + i) % 8);
				assert_in_range(of(bytes, size).what, 0, SPEECH_MAX - 1);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols_are_known_by_their_first_bytes),
		cmocka_unit_test(a_tls_alert_has_its_description),
		cmocka_unit_test(a_client_hello_tells_its_length),
		cmocka_unit_test(a_message_of_http_tells_its_length),
		cmocka_unit_test(flags_tell_what_follows),
		cmocka_unit_test(a_length_is_read_in_the_other_order_too),
		cmocka_unit_test(cut_bytes_are_told_as_cut),
		cmocka_unit_test(a_long_head_has_ended), cmocka_unit_test(odd_bytes_are_taken)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
