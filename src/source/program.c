/* What people call a process: "server.py", not "python3"; "reverse_echo_server", not its first
 * 15 letters. The kernel's name for it (comm) is the interpreter's unless the script was started
 * by its own path, and never longer. */
#include "tcpstate/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* COMM_LENGTH: the kernel cuts a process's name there (TASK_COMM_LEN without its NUL) */
enum { NAME_SIZE = 32, COMMAND_LINE_MAX = 4096, COMM_LENGTH = 15 };

static const char *const interpreters[] = {"python", "node", "MainThread", "perl", "ruby", "php",
	"lua", "tclsh", "java", "bash", "sh", "dash"};

/* python, python3, python3.11 */
static bool is_interpreter(const char *comm)
{
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		size_t length = strlen(interpreters[i]);

		if (strncmp(comm, interpreters[i], length) == 0 &&
			comm[length + strspn(comm + length, "0123456789.")] == '\0')
			return true;
	}
	return false;
}

static ssize_t file_read(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t length = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, text, size - 1);
		close(fd);
	}
	text[length > 0 ? length : 0] = '\0';
	return length;
}

static bool one_of(const char *word, const char *const *list)
{
	while (*list != NULL && strcmp(word, *list) != 0)
		list++;
	return *list != NULL;
}

/* The word of a command line (words end in NUL) that names what is interpreted; NULL: it is given
 * on the command line itself, or typed. */
static const char *script_of(const char *line, size_t length)
{
	static const char *const inline_code[] = {"-c", "-e", "-p", "--eval", "--print", "-", NULL};
	static const char *const with_value[] = {"-W", "-X", "-r", "--require", "--import", "-I",
		"-cp", "-classpath", "-O", "-o", "--rcfile", "--init-file", NULL};
	size_t at = strlen(line) + 1;

	for (; at < length; at += strlen(line + at) + 1) {
		const char *word = line + at;

		if (one_of(word, inline_code))
			return NULL;
		if (strcmp(word, "-m") == 0 || strcmp(word, "-jar") == 0 ||
			one_of(word, with_value)) {
			at += strlen(word) + 1;
			if (at < length && (word[1] == 'm' || word[1] == 'j'))
				return line + at;
			continue;
		}
		if (word[0] != '-' && word[0] != '\0')
			return word;
	}
	return NULL;
}

uint32_t program_inner_pid(int pid)
{
	char text[COMMAND_LINE_MAX];
	const char *line, *end;
	uint32_t inner = (uint32_t)pid;

	if (file_read(pid, "status", text, sizeof(text)) <= 0)
		return 0;
	line = strstr(text, "\nNSpid:"); /* outermost first; none in a kernel without namespaces */
	for (end = line != NULL ? line + sizeof("\nNSpid:") - 1 : "";
		*end != '\0' && *end != '\n';) {
		char *after;
		unsigned long number = strtoul(end, &after, 10);

		if (after == end)
			break;
		inner = (uint32_t)number;
		end = after;
	}
	return inner;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

void program_name(int pid, char program[32], char comm[32])
{
	char line[COMMAND_LINE_MAX], own[NAME_SIZE];
	bool interpreted, cut;
	const char *name;
	ssize_t length;

	file_read(pid, "comm", own, sizeof(own));
	own[strcspn(own, "\n")] = '\0';
	if (comm != NULL)
		memcpy(comm, own, NAME_SIZE);
	memcpy(program, own, NAME_SIZE);
	interpreted = is_interpreter(own);
	cut = strlen(own) == COMM_LENGTH;
	if (!(interpreted || cut) || (length = file_read(pid, "cmdline", line, sizeof(line))) <= 0)
		return;
	name = interpreted ? script_of(line, (size_t)length) : line;
	if (name == NULL)
		return;
	name = last_part(name);
	if (name[0] != '\0' && (interpreted || strncmp(name, own, COMM_LENGTH) == 0))
		snprintf(program, NAME_SIZE, "%.*s", NAME_SIZE - 1, name);
}
