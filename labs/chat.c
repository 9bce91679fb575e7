/* The chat room's wire format; chat.h describes it. */
#include "chat.h"

#include <linux/sock_diag.h>
#include <stdint.h>
#include <string.h>

#include "lab.h"

bool chat_parse(struct chat_message *message, const char *datagram, size_t length)
{
	const char *bar = length && length <= CHAT_MAX ? memchr(datagram, '|', length) : NULL;

	if (bar == NULL || !lab_utf8(datagram, length))
		return false;
	message->name = datagram;
	message->name_length = (size_t)(bar - datagram);
	message->text = bar + 1;
	message->text_length = length - message->name_length - 1;
	return message->text_length <= CHAT_TEXT_MAX;
}

size_t chat_compose(char datagram[CHAT_MAX], const char *name, const char *text, size_t text_length)
{
	size_t name_length = strnlen(name, CHAT_NAME_MAX);

	if (text_length > CHAT_TEXT_MAX)
		for (text_length = CHAT_TEXT_MAX; ((unsigned char)text[text_length] & 0xc0) == 0x80;
			text_length--)
			;
	memcpy(datagram, name, name_length);
	datagram[name_length] = '|';
	memcpy(datagram + name_length + 1, text, text_length);
	return name_length + 1 + text_length;
}

const char *chat_name_problem(const char *name, size_t length)
{
	if (!length)
		return "it is empty";
	if (length > CHAT_NAME_MAX)
		return "it is longer than 32 bytes";
	if (memchr(name, '|', length) != NULL || memchr(name, '\\', length) != NULL)
		return "it must not contain | or \\";
	if (!lab_utf8(name, length))
		return "it is not valid UTF-8";
	if (name[0] == ' ' || name[length - 1] == ' ')
		return "it must not begin or end with a blank";
	if (!lab_printable(name, length))
		return "it must not contain control characters";
	return NULL;
}

uint32_t chat_drops(int fd)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(memory);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		lab_fatal("getsockopt SO_MEMINFO"); /* Linux 4.12 and later have it */
	return memory[SK_MEMINFO_DROPS];
}
