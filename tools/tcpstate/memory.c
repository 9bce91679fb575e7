/* See memory.h. The linker sends the program's own calls of malloc() and its kin here (--wrap in
 * the Makefile), so that none can be forgotten; those within libraries are theirs to tell. */
#include "memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "memory_calls.h"
#include "verbs.h"

enum { STREAM_ROOM = 256 };
static atomic_bool refused;

static void *noted(void *block, size_t size)
{
	if (block == NULL && size > 0)
		refused = true;
	return block;
}

#define NOTED(type, name, parameters, arguments, wanted)                                           \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return noted(__real_##name arguments, wanted);                                     \
	}
MEMORY_BLOCKS(NOTED)

/* The C library's own loses what it has no room for without a word. */
struct stream {
	char *text;
	size_t size, room;
	char **to_text; /* the caller's: told at each write, and at the end */
	size_t *to_size;
};

static void stream_tell(const struct stream *stream)
{
	*stream->to_text = stream->text;
	*stream->to_size = stream->size;
}

static ssize_t stream_write(void *cookie, const char *bytes, size_t count)
{
	struct stream *stream = cookie;
	size_t room = stream->room;
	char *text = stream->text;

	while (room - stream->size <= count)
		room *= 2;
	if (room > stream->room && (text = __wrap_realloc(text, room)) == NULL)
		return 0;
	stream->text = text;
	stream->room = room;
	memcpy(text + stream->size, bytes, count);
	stream->size += count;
	text[stream->size] = '\0';
	stream_tell(stream);
	return (ssize_t)count;
}

/* Back to where something else is to be written, as rewind() does: what follows is gone. */
static int stream_seek(void *cookie, off64_t *to, int whence)
{
	struct stream *stream = cookie;

	if (whence != SEEK_SET || *to < 0 || (size_t)*to > stream->size) {
		errno = EINVAL;
		return -1;
	}
	stream->size = (size_t)*to;
	return 0;
}

static int stream_close(void *cookie)
{
	stream_tell(cookie);
	free(cookie);
	return 0;
}

FILE *__wrap_open_memstream(char **text, size_t *size)
{
	struct stream *stream = __wrap_malloc(sizeof(*stream));
	char *empty = __wrap_calloc(1, STREAM_ROOM);
	cookie_io_functions_t functions = {
		.write = stream_write, .seek = stream_seek, .close = stream_close};
	FILE *file = NULL;

	if (stream != NULL && empty != NULL) {
		*stream = (struct stream){empty, 0, STREAM_ROOM, text, size};
		file = noted(fopencookie(stream, "w", functions), 1);
	}
	if (file != NULL) {
		stream_tell(stream);
		return file;
	}
	free(stream);
	free(empty);
	return NULL;
}

int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
	int length = __real_vasprintf(text, format, arguments);

	refused = refused || length < 0;
	return length;
}

MEMORY_ASPRINTF

static bool parent_tells;

static void *json_memory(size_t size)
{
	void *block = malloc(size);
	struct error error;

	if (block != NULL || size == 0)
		return block;
	if (parent_tells)
		exit(MEMORY_STATUS);
	memory_check(&error);
	exit(verb_failed("tcpstate", &error));
}

void memory_begin(void)
{
	json_set_alloc_funcs(json_memory, free);
}

void memory_parent_tells(void)
{
	parent_tells = true;
}

int memory_check(struct error *error)
{
	return refused ? error_set(error, "out of memory: what was written is not complete") : 0;
}
