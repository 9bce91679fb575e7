/* Names of hosts in a filter, replaced by their addresses: a recording keeps the addresses, since a
 * name may mean another host tomorrow, and whoever reads a stranger's recording must ask no name
 * server for what it says. */
#include "tcpstate/source.h"

#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "filter_parts.h"

enum { ADDRESSES = 16 };

struct word {
	const char *text;
	size_t length;
};

static bool word_is(const struct word *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strlen(*list) == word->length && memcmp(*list, word->text, word->length) == 0)
			return true;
	return false;
}

/* The next word from text on; length 0: none. Colons belong to it, so that no part of an IPv6 or
 * Ethernet address is taken for a name. */
static struct word next_word(const char *text)
{
	static const char inside[] = "._-:\\";
	struct word word = {text + strcspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
						 "XYZ0123456789_:\\"),
		0};

	while (isalnum((unsigned char)word.text[word.length]) ||
		(word.text[word.length] != '\0' && strchr(inside, word.text[word.length]) != NULL))
		word.length++;
	return word;
}

/* the words before one, the nearest first: "ether src host NAME" */
enum { HISTORY = 3 };

static void history_add(struct word history[HISTORY], const struct word *word)
{
	memmove(&history[1], &history[0], (HISTORY - 1) * sizeof(*history));
	history[0] = *word;
}

/* Is it a host's name, seen from the words before it? */
static bool is_name(const struct word *word, const struct word history[HISTORY])
{
	const struct word *before = &history[0];
	static const char *const hosts[] = {"host", NULL}, *const directions[] = {
								   "src", "dst", NULL};
	static const char *const qualifiers[] = {
		"host", "net", "port", "portrange", "and", "or", "not", "gateway", NULL};
	static const char *const others[] = {
		"port", "portrange", "net", "proto", "protochain", "mask", "gateway", NULL};
	static const char *const links[] = {"ether", "fddi", "tr", "wlan", NULL};
	static const char *const local[] = {"localhost", NULL};
	bool letter = false, dot = false;

	for (size_t i = 0; i < word->length; i++) {
		letter |= isalpha((unsigned char)word->text[i]) != 0;
		dot |= word->text[i] == '.';
		if (word->text[i] == ':' || word->text[i] == '\\')
			return false;
	}
	for (size_t i = 0; i < HISTORY; i++) /* the link layer has names of its own */
		letter = letter && !word_is(&history[i], links);
	if (!letter || word_is(before, others))
		return false;
	if (word_is(before, hosts))
		return true;
	if (word_is(before, directions))
		return !word_is(word, qualifiers);
	return dot || word_is(word, local);
}

bool filter_has_names(const char *expression)
{
	struct word history[HISTORY] = {{"", 0}, {"", 0}, {"", 0}}, word;

	for (const char *at = expression; (word = next_word(at)).length > 0;
		at = word.text + word.length) {
		if (is_name(&word, history))
			return true;
		history_add(history, &word);
	}
	return false;
}

/* "(10.0.0.1 or fe80::1)" of a name, of one family or both (AF_UNSPEC). false: it has none. */
static bool addresses_put(FILE *out, const struct word *word, int family)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *list = NULL;
	char name[256], text[NI_MAXHOST];
	size_t count = 0;

	if (word->length >= sizeof(name))
		return false;
	memcpy(name, word->text, word->length);
	name[word->length] = '\0';
	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return false;
	fputc('(', out);
	for (struct addrinfo *at = list; at != NULL && count < ADDRESSES; at = at->ai_next)
		if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL, 0,
			    NI_NUMERICHOST) == 0 &&
			strchr(text, '%') == NULL)
			fprintf(out, "%s%s", count++ > 0 ? " or " : "", text);
	fputc(')', out);
	freeaddrinfo(list);
	return count > 0;
}

char *filter_addresses(const char *expression, int family)
{
	struct word history[HISTORY] = {{"", 0}, {"", 0}, {"", 0}}, word;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *at = expression;
	bool good = out != NULL;

	for (; good && (word = next_word(at)).length > 0; at = word.text + word.length) {
		fwrite(at, 1, (size_t)(word.text - at), out);
		if (is_name(&word, history))
			good = addresses_put(out, &word, family);
		else
			fwrite(word.text, 1, word.length, out);
		history_add(history, &word);
	}
	if (out != NULL) {
		fputs(at, out);
		fclose(out);
	}
	if (good)
		return text;
	free(text);
	return NULL;
}
