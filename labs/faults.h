/* The mistakes of the 2020 lab report, to be switched on by --fault NAME, seen, and switched off.
 * One function each. They are mistakes in what they do to the conversation, not to memory: where
 * the original ran on for ever or past its buffer, these stop at a limit and say so. */
#ifndef LAB_FAULTS_H
#define LAB_FAULTS_H

#include <stddef.h>

#include "address.h"

enum lab_fault {
	FAULT_BYTE_REVERSE = 1 << 0,
	FAULT_PAIR_REVERSE = 1 << 1,
	FAULT_TRIPLE_REVERSE = 1 << 2,
	FAULT_IGNORE_EOF = 1 << 3,
	FAULT_UNBOUNDED_LINE = 1 << 4,
	FAULT_NO_NTOHS_PRINT = 1 << 5,
	FAULT_NO_NTOHL_PRINT = 1 << 6,
	FAULT_KEEP_DESCRIPTOR = 1 << 7,
	FAULT_CHILD_KEEPS_LISTENER = 1 << 8,
	FAULT_NO_SIGCHLD = 1 << 9,
	FAULT_WAIT_ONCE = 1 << 10,
	FAULT_RETRY_AT_ONCE = 1 << 11,
};

struct lab_fault_name {
	const char *name;
	unsigned fault, programs;
	const char *help;
};
extern const struct lab_fault_name lab_faults[]; /* up to an entry without name */

enum { FAULT_SPINS = 100000, FAULT_INPUT_SIZE = 64 };

/* lab_reverse() as `faults` has it: by code point, or one of the three below. */
void lab_reverse_with(unsigned faults, const char *text, size_t length, char *out);
void fault_byte_reverse(const char *text, size_t length, char *out);
void fault_pair_reverse(const char *text, size_t length, char *out);
void fault_triple_reverse(const char *text, size_t length, char *out);

/* gets() into a buffer of FAULT_INPUT_SIZE bytes: how many of the line's bytes a buffer holds;
 * tells what would have been overwritten. */
size_t fault_unbounded_line(size_t length);

/* A loop that does not ask whether recv() returned 0: reads until something comes, at most
 * FAULT_SPINS times. Returns how many times in vain. */
long fault_ignore_eof(int fd);
/* A loop that calls accept() again and again although it fails, at most FAULT_SPINS times. Returns
 * how many times in vain. */
long fault_retry_at_once(int listener);

/* lab_address_text(), with the port, or the address, printed as it came from the kernel: without
 * ntohs(), ntohl(). */
const char *lab_address_text_with(
	unsigned faults, const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT]);

#endif
