/* The mistakes themselves; faults.h says what each is. */
#include "faults.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

#define ECHO (LAB_ECHO_SERVER)
#define FORK (LAB_FORK_SERVER)
#define ALL (LAB_ECHO_SERVER | LAB_FORK_SERVER | LAB_ECHO_CLIENT)

const struct lab_fault_name lab_faults[] = {
	{"byte-reverse", FAULT_BYTE_REVERSE, ECHO | FORK,
		"reverse byte by byte: breaks every character that is not ASCII"},
	{"pair-reverse", FAULT_PAIR_REVERSE, ECHO | FORK,
		"take two bytes for a character: right for é, wrong for Chinese and emoji"},
	{"triple-reverse", FAULT_TRIPLE_REVERSE, ECHO | FORK,
		"take three bytes for a character: right for most Chinese, wrong for é and emoji"},
	{"ignore-eof", FAULT_IGNORE_EOF, ALL,
		"do not ask whether read() returned 0: spin (100000 times), never close"},
	{"unbounded-line", FAULT_UNBOUNDED_LINE, ECHO | FORK,
		"a buffer of 64 bytes and no thought of its end: cut there, with a word on what "
		"gets() would do"},
	{"no-ntohs-print", FAULT_NO_NTOHS_PRINT, ALL, "print ports as they come from the kernel"},
	{"no-ntohl-print", FAULT_NO_NTOHL_PRINT, ALL,
		"print IPv4 addresses as they come from the kernel"},
	{"keep-descriptor", FAULT_KEEP_DESCRIPTOR, FORK,
		"the parent does not close its copy of the accepted socket"},
	{"child-keeps-listener", FAULT_CHILD_KEEPS_LISTENER, FORK,
		"the child does not close its copy of the listening socket"},
	{"no-sigchld", FAULT_NO_SIGCHLD, FORK, "nobody waits for children: zombies"},
	{"wait-once", FAULT_WAIT_ONCE, FORK,
		"one waitpid() for one SIGCHLD, which may stand for several children"},
	{"retry-at-once", FAULT_RETRY_AT_ONCE, FORK,
		"call accept() again at once when it fails: spin (100000 times)"},
	{NULL, 0, 0, NULL},
};

/* ---- reversal ---- */
/* ASCII byte by byte; any other byte begins a character of `unit` bytes, whatever UTF-8 says. */
static void reverse_by(size_t unit, const char *text, size_t length, char *out)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = (unsigned char)text[at] < 0x80 ? 1 : unit;
		if (step > length - at)
			step = length - at;
		memcpy(out + length - at - step, text + at, step);
	}
}

void fault_byte_reverse(const char *text, size_t length, char *out)
{
	reverse_by(1, text, length, out);
}

void fault_pair_reverse(const char *text, size_t length, char *out)
{
	reverse_by(2, text, length, out);
}

void fault_triple_reverse(const char *text, size_t length, char *out)
{
	reverse_by(3, text, length, out);
}

void lab_reverse_with(unsigned faults, const char *text, size_t length, char *out)
{
	if (faults & FAULT_BYTE_REVERSE)
		fault_byte_reverse(text, length, out);
	else if (faults & FAULT_PAIR_REVERSE)
		fault_pair_reverse(text, length, out);
	else if (faults & FAULT_TRIPLE_REVERSE)
		fault_triple_reverse(text, length, out);
	else
		lab_reverse(text, length, out);
}

/* ---- limits not looked at ---- */
size_t fault_unbounded_line(size_t length)
{
	if (length < FAULT_INPUT_SIZE)
		return length;
	lab_warn("a line of %zu bytes into a buffer of %d: gets() would have written %zu bytes "
		 "beyond its end; cut here",
		length, FAULT_INPUT_SIZE, length + 1 - FAULT_INPUT_SIZE); /* + 1: the NUL */
	return FAULT_INPUT_SIZE - 1;
}

long fault_ignore_eof(int fd)
{
	int64_t begin_ms = lab_now_ms();
	long spins = 0;
	char byte;

	while (spins < FAULT_SPINS && recv(fd, &byte, 1, MSG_PEEK) == 0)
		spins++;
	lab_warn("read() has returned 0 %ld times in %" PRId64
		 " ms: for ever, if this were not stopped here",
		spins, lab_now_ms() - begin_ms);
	return spins;
}

long fault_retry_at_once(int listener)
{
	int64_t begin_ms = lab_now_ms();
	int fd, error = 0;
	long spins = 0;

	while (spins < FAULT_SPINS && (fd = accept(listener, NULL, NULL)) < 0) {
		error = errno;
		spins++;
	}
	lab_warn("accept() has failed %ld times in %" PRId64
		 " ms (%s): for ever, if this were not stopped here",
		spins, lab_now_ms() - begin_ms, lab_error(error));
	if (spins < FAULT_SPINS)
		close(fd);
	return spins;
}

/* ---- printing ---- */
const char *lab_address_text_with(
	unsigned faults, const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT])
{
	struct lab_address shown = lab_address_misread(
		address, faults & FAULT_NO_NTOHS_PRINT, faults & FAULT_NO_NTOHL_PRINT);

	return lab_address_text(&shown, buffer);
}
