/* Which protocol begins so: a table of first bytes. What HTTP/1 says of a message's length is in
 * speech_http.c. */
#include "speech.h"

#include "bytes.h"

enum { TLS_HEADER = 5, TLS_RECORD_MOST = 1 << 14 | 1 << 11, TLS_HELLO = 1, TEXT_MOST = 256 };
enum { TLS_CHANGE_CIPHER = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_DATA = 23 };
enum {
	ALERT_BYTES = 2,
	HIDDEN_ALERT_BYTES = ALERT_BYTES + 1 + 16,
	FRAME_HEADER = 9,
	FRAME_SETTINGS = 4,
	SETTING_BYTES = 6
};

/* A record of SSL 3.0 to TLS 1.3 (RFC 8446, 5.1). */
static bool tls_take(struct bytes bytes, size_t length, struct speech *out)
{
	const uint8_t *at = bytes_take(&bytes, TLS_HEADER + 1);

	if (at == NULL || at[0] < TLS_CHANGE_CIPHER || at[0] > TLS_DATA || at[1] != 3 || at[2] > 4)
		return false;
	size_t record = be16_at(at + 3);
	if (record == 0 || record > TLS_RECORD_MOST)
		return false;
	out->what = SPEECH_TLS_RECORD;
	if (at[0] == TLS_HANDSHAKE && at[TLS_HEADER] == TLS_HELLO) {
		out->what = SPEECH_TLS_HELLO;
		out->whole = (uint32_t)(TLS_HEADER + record);
	}
	/* TLS 1.3 hides its type: two bytes, one for that, and a tag of 16 */
	if (length == TLS_HEADER + record &&
		(at[0] == TLS_ALERT || (at[0] == TLS_DATA && record == HIDDEN_ALERT_BYTES)))
		out->what = SPEECH_TLS_GOODBYE;
	const uint8_t *description = bytes_take(&bytes, 1);
	if (at[0] == TLS_ALERT && record == ALERT_BYTES && description != NULL &&
		length >= TLS_HEADER + ALERT_BYTES) {
		out->what = SPEECH_TLS_ALERT;
		out->number = (uint16_t)(at[TLS_HEADER] << 8 | *description);
	}
	return true;
}

/* SETTINGS of stream 0 (RFC 9113, 6.5). */
static bool http2_take(struct bytes bytes, struct speech *out)
{
	const uint8_t *at = bytes_take(&bytes, FRAME_HEADER);

	if (at == NULL || at[0] != 0 || be16_at(at + 1) % SETTING_BYTES != 0 ||
		at[3] != FRAME_SETTINGS || at[4] != 0 || be32_at(at + 5) != 0)
		return false;
	out->what = SPEECH_HTTP2_FRAME;
	return true;
}

/* The handshake of its protocol 10: a packet of the segment's length, number 0. */
static bool mysql_take(struct bytes bytes, size_t length, struct speech *out)
{
	const uint8_t *at = bytes_take(&bytes, 6);

	if (at == NULL || le16_at(at) + 4u != length || at[2] != 0 || at[3] != 0 || at[4] != 10 ||
		at[5] < '0' || at[5] > '9')
		return false;
	out->what = SPEECH_MYSQL;
	return true;
}

static const struct beginning {
	const char *bytes;
	uint8_t size, what;
} beginnings[] = {
#define BEGINS(what, text)                                                                         \
	{                                                                                          \
		text, sizeof(text) - 1, what                                                       \
	}
	BEGINS(SPEECH_HTTP2_PREFACE, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	BEGINS(SPEECH_SSH, "SSH-2.0-"),
	BEGINS(SPEECH_SSH, "SSH-1."),
	BEGINS(SPEECH_SMTP, "EHLO "),
	BEGINS(SPEECH_SMTP, "HELO "),
	BEGINS(SPEECH_SMTP, "ehlo "),
	BEGINS(SPEECH_SMTP, "helo "),
	BEGINS(SPEECH_GREETING, "220 "),
	BEGINS(SPEECH_GREETING, "220-"),
	BEGINS(SPEECH_POP3, "+OK "),
	BEGINS(SPEECH_IMAP, "* OK "),
	BEGINS(SPEECH_REDIS, "-ERR "),
	BEGINS(SPEECH_PROXY, "PROXY TCP4 "),
	BEGINS(SPEECH_PROXY, "PROXY TCP6 "),
	BEGINS(SPEECH_PROXY, "PROXY UNKNOWN"),
	BEGINS(SPEECH_PROXY, "\r\n\r\n\0\r\nQUIT\n"),
#undef BEGINS
};

static bool known_beginning(struct bytes bytes, struct speech *out)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		const struct beginning *at = &beginnings[i];

		if (bytes.left < at->size || bytes.at[0] != (uint8_t)at->bytes[0] ||
			memcmp(bytes.at, at->bytes, at->size) != 0)
			continue;
		out->what = at->what;
		return true;
	}
	return false;
}

/* What is in front says how long the rest is, or all of it: in one byte order; in the other it
 * would be more. */
static bool length_fits(uint32_t value, uint32_t other, size_t length, size_t width)
{
	return (value == length || value == length - width) && other > length;
}

static bool length_take(struct bytes bytes, size_t length, struct speech *out)
{
	const uint8_t *at = bytes.at;

	if (bytes.left < 4 || length <= 4)
		return false;
	uint32_t big = be32_at(at), little = le32_at(at);
	out->head = 4;
	if (!length_fits(big, little, length, 4) && !length_fits(little, big, length, 4)) {
		big = be16_at(at);
		little = le16_at(at);
		out->head = 2;
	}
	bool fits = length_fits(big, little, length, out->head),
	     turned = length_fits(little, big, length, out->head);
	if (!fits && !turned) {
		out->head = 0;
		return false;
	}
	out->what = SPEECH_LENGTH;
	out->number = (uint16_t)turned;
	out->whole = turned ? big : little;
	return true;
}

static bool is_text(uint8_t byte)
{
	return (byte >= ' ' && byte <= '~') || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Eight bytes at once: is one below ' ' or above '~'? */
static bool may_hold_other(uint64_t word)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = each << 7;

	return ((word | (word + each) | (word - each * ' ')) & high) != 0;
}

/* Text to the end, without the newline that ends a line. */
static bool text_take(struct bytes bytes, size_t length, struct speech *out)
{
	uint64_t word;

	if (bytes.left < length || length > TEXT_MOST || bytes.at[length - 1] == '\n')
		return false;
	for (size_t i = 0; i < length;) {
		if (length - i >= sizeof(word)) {
			memcpy(&word, bytes.at + i, sizeof(word));
			if (!may_hold_other(word)) {
				i += sizeof(word);
				continue;
			}
		}
		if (!is_text(bytes.at[i++]))
			return false;
	}
	out->what = SPEECH_TEXT;
	return true;
}

/* The whole segment is a number, which in one byte order may be the length of the next. */
static void number_take(struct bytes bytes, size_t length, struct speech *out)
{
	if (bytes.left < length || (length != 2 && length != 4))
		return;
	out->what = SPEECH_NUMBER;
	out->head = (uint16_t)length;
	out->whole = length == 4 ? be32_at(bytes.at) : be16_at(bytes.at);
}

/* The last chunk is the line "0"; a trailer may follow it (RFC 9112, 7.1). */
static bool ends_chunks(struct bytes bytes)
{
	static const char last[] = "\r\n0\r\n", end[] = "\r\n\r\n";
	const size_t line = sizeof(last) - 1, size = sizeof(end) - 1;

	if (bytes.left <= size || memcmp(bytes.at + bytes.left - size, end, size) != 0)
		return false;
	return memcmp(bytes.at, last + 2, line - 2) == 0 ||
	       memmem(bytes.at, bytes.left, last, line) != NULL;
}

struct speech speech_of(const uint8_t *data, size_t captured, size_t length)
{
	struct speech out = {.what = SPEECH_OTHER};
	struct bytes bytes = bytes_of(data, captured < length ? captured : length);

	if (bytes.left == 0)
		return (struct speech){.what = SPEECH_UNSEEN};
	if (bytes.left < length)
		out.flags = SPEECH_CUT;
	else if (ends_chunks(bytes))
		out.flags = SPEECH_LAST_CHUNK;
	if (!tls_take(bytes, length, &out) && !http2_take(bytes, &out) &&
		!mysql_take(bytes, length, &out) && !known_beginning(bytes, &out) &&
		!speech_http(bytes, length, &out) && !length_take(bytes, length, &out) &&
		!text_take(bytes, length, &out))
		number_take(bytes, length, &out);
	return out;
}

enum speech_language speech_language(unsigned what)
{
	static const uint8_t of[SPEECH_MAX] = {[SPEECH_TLS_HELLO] = LANGUAGE_TLS,
		[SPEECH_TLS_RECORD] = LANGUAGE_TLS,
		[SPEECH_TLS_ALERT] = LANGUAGE_TLS,
		[SPEECH_TLS_GOODBYE] = LANGUAGE_TLS,
		[SPEECH_HTTP_REQUEST] = LANGUAGE_HTTP,
		[SPEECH_HTTP_ANSWER] = LANGUAGE_HTTP,
		[SPEECH_HTTP2_PREFACE] = LANGUAGE_HTTP2,
		[SPEECH_HTTP2_FRAME] = LANGUAGE_HTTP2,
		[SPEECH_SSH] = LANGUAGE_SSH,
		[SPEECH_SMTP] = LANGUAGE_MAIL,
		[SPEECH_GREETING] = LANGUAGE_MAIL,
		[SPEECH_POP3] = LANGUAGE_POP3,
		[SPEECH_IMAP] = LANGUAGE_IMAP,
		[SPEECH_REDIS] = LANGUAGE_REDIS,
		[SPEECH_MYSQL] = LANGUAGE_MYSQL};

	return what < SPEECH_MAX ? (enum speech_language)of[what] : LANGUAGE_UNKNOWN;
}

const char *tls_alert_name(unsigned description)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {{10, "unexpected_message"}, {20, "bad_record_mac"}, {22, "record_overflow"},
		{40, "handshake_failure"}, {42, "bad_certificate"}, {43, "unsupported_certificate"},
		{44, "certificate_revoked"}, {45, "certificate_expired"},
		{46, "certificate_unknown"}, {47, "illegal_parameter"}, {48, "unknown_ca"},
		{49, "access_denied"}, {50, "decode_error"}, {51, "decrypt_error"},
		{70, "protocol_version"}, {71, "insufficient_security"}, {80, "internal_error"},
		{86, "inappropriate_fallback"}, {90, "user_canceled"}, {109, "missing_extension"},
		{110, "unsupported_extension"}, {112, "unrecognized_name"},
		{113, "bad_certificate_status_response"}, {115, "unknown_psk_identity"},
		{116, "certificate_required"}, {120, "no_application_protocol"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == description)
			return names[i].name;
	return "";
}
