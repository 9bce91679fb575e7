/* tcpstate pack: a recording and its report in one file, to hand in. tcpstate report reads it. */
#include "verbs.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inputs.h"
#include "help.h"
#include "language.h"
#include "tcpstate/escape.h"
#include "tcpstate/lang.h"
#include "tcpstate/libarchive.h"
#include "tcpstate/source.h"
#include "shared_options.h"

struct arguments {
	const char *directory, *output;
};

static const struct argp_option option_table[] = {
	{"output", 'o', "FILE", 0,
		N_("the file (default: the directory's name with .tar.zst); one that ends in .zip "
		   "becomes a zip"),
		0},
	{0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'o':
		arguments->output = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			usage_error(state, "one DIR; each is a file of its own");
		arguments->directory = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		usage_error(state, "which recording? name its directory");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = LANGUAGE_CHILD,
	.args_doc = "DIR",
	.doc = N_("Pack the recording in DIR, those in its folders and the report as a page "
		  "(report.html) into one file: a tar with zstd, or a zip. `tcpstate report FILE' "
		  "reads it as it reads DIR."),
};

struct packing {
	struct archive *archive;
	const char *output; /* in errors */
	const char *name;   /* of the folder in it */
};

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

static int refused(const struct packing *packing, struct error *error)
{
	return error_set(
		error, "%s: %s", packing->output, libarchive.error_string(packing->archive));
}

/* Exactly as many bytes as the head says: a recorder may be adding to the file. */
static int bytes_copy_in(const struct packing *packing, int fd, off_t size, struct error *error)
{
	char block[65536];

	while (size > 0) {
		size_t want = size < (off_t)sizeof(block) ? (size_t)size : sizeof(block);
		ssize_t got = read(fd, block, want);

		if (got <= 0)
			return error_set(error, "%s: %s", packing->name,
				got < 0 ? strerror(errno) : "a file became shorter meanwhile");
		if (libarchive.write_data(packing->archive, block, (size_t)got) != got)
			return refused(packing, error);
		size -= got;
	}
	return 0;
}

/* folder: of a part, or ""; takes fd over. Nobody's name or id goes in, and no more of the path
 * than the directory's own name. */
static int file_add(const struct packing *packing, const char *folder, const char *name, int fd,
	struct error *error)
{
	struct archive_entry *entry = libarchive.entry_new();
	struct stat status;
	char path[PATH_MAX];
	int result = -1;

	snprintf(path, sizeof(path), "%s/%s%s%s", packing->name, folder, *folder != '\0' ? "/" : "",
		name);
	if (entry == NULL || fstat(fd, &status) != 0) {
		error_set(error, "%s: %s", path, entry == NULL ? "out of memory" : strerror(errno));
		goto out;
	}
	locale_t before = libarchive_names_begin();

	libarchive.entry_set_pathname(entry, path);
	libarchive.entry_set_filetype(entry, AE_IFREG);
	libarchive.entry_set_perm(entry, 0644);
	libarchive.entry_set_size(entry, status.st_size);
	libarchive.entry_set_mtime(entry, status.st_mtime, 0);
	/* a warning: a name that is not UTF-8 goes in as it is */
	result = libarchive.write_header(packing->archive, entry) >= ARCHIVE_WARN
			 ? bytes_copy_in(packing, fd, status.st_size, error)
			 : refused(packing, error);
	libarchive_names_end(before);
out:
	libarchive.entry_free(entry);
	close(fd);
	return result;
}

static int recording_add(
	const struct packing *packing, const struct input *input, struct error *error)
{
	const char *slash = strrchr(input->name, '/');
	const char *folder = input->part && slash != NULL ? slash + 1 : "";

	if (input->replay.directory_fd < 0)
		return error_set(error, "%s: is no directory; pack takes a recording", input->name);
	if (input->replay.running)
		return error_set(error, "%s: is still being recorded; end it first", input->name);
	for (unsigned file = 0; file < REPLAY_FILES; file++) {
		off_t size;
		int fd = replay_open(&input->replay, file, &size, error);

		if (fd == INPUT_MISSING)
			continue;
		if (fd < 0 || file_add(packing, folder, replay_names[file], fd, error) != 0)
			return -1;
	}
	return 0;
}

/* The page, made now, by a report like any other. */
static int report_add(const struct packing *packing, const char *directory, struct error *error)
{
	const char *folder = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd, status;

	snprintf(path, sizeof(path), "%s/tcpstate-pack.XXXXXX",
		folder != NULL && *folder != '\0' ? folder : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	close(fd);
	char *arguments[] = {(char *)"tcpstate report", (char *)"--format", (char *)"html",
		(char *)"-o", path, (char *)(uintptr_t)directory, NULL};
	status = verb_report(6, arguments) == STATUS_OK ? 0 : -1;
	fd = status == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		error_set(error, "%s: no report of it could be made", directory);
	status = fd >= 0 ? file_add(packing, "", "report.html", fd, error) : -1;
	unlink(path);
	return status;
}

static int format_choose(const struct packing *packing, bool zip, struct error *error)
{
	int result = zip ? libarchive.write_set_format_zip(packing->archive)
			 : libarchive.write_set_format_pax_restricted(packing->archive);

	if (result == ARCHIVE_OK && !zip)
		result = libarchive.write_add_filter_zstd(packing->archive);
	return result == ARCHIVE_OK ? 0 : refused(packing, error);
}

static int pack(
	const char *directory, const char *name, const char *output, int fd, struct error *error)
{
	struct packing packing = {.output = output, .name = name};
	char *paths[] = {(char *)(uintptr_t)directory};
	struct inputs inputs;
	int status;

	if (libarchive_load(error) != 0)
		return -1;
	packing.archive = libarchive.write_new();
	if (packing.archive == NULL)
		return error_set(error, "out of memory");
	status = inputs_gather(paths, 1, &inputs, error);
	if (status == 0)
		status = format_choose(&packing, ends_in(output, ".zip"), error);
	if (status == 0 && libarchive.write_open_fd(packing.archive, fd) != ARCHIVE_OK)
		status = refused(&packing, error);
	for (size_t i = 0; i < inputs.count && status == 0; i++)
		status = recording_add(&packing, &inputs.list[i], error);
	inputs_free(&inputs);
	if (status == 0)
		status = report_add(&packing, directory, error);
	if (libarchive.write_close(packing.archive) != ARCHIVE_OK && status == 0)
		status = refused(&packing, error);
	libarchive.write_free(packing.archive);
	return status;
}

/* The file appears complete or not at all. */
static int pack_into(
	const char *directory, const char *name, const char *output, struct error *error)
{
	char *temporary;
	mode_t mask = umask(0);
	int fd, status;

	umask(mask);
	if (asprintf(&temporary, "%s.XXXXXX", output) < 0)
		return error_set(error, "out of memory");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		free(temporary);
		return error_set(error, "%s: %s", output, strerror(errno));
	}
	fchmod(fd, 0666 & ~mask);
	status = pack(directory, name, output, fd, error);
	if (close(fd) != 0 && status == 0)
		status = error_set(error, "%s: %s", output, strerror(errno));
	if (status == 0 && rename(temporary, output) != 0)
		status = error_set(error, "%s: %s", output, strerror(errno));
	if (status != 0)
		unlink(temporary);
	free(temporary);
	return status;
}

int verb_pack(int argc, char **argv)
{
	struct arguments arguments = {0};
	char path[PATH_MAX], output[PATH_MAX + 16];
	struct error error;
	struct stat status;

	verb_parse(&parser, argc, argv, &arguments);
	if (realpath(arguments.directory, path) == NULL || stat(path, &status) != 0) {
		error_set(&error, "%s: %s", arguments.directory, strerror(errno));
		return verb_failed(argv[0], &error);
	}
	const char *name = strrchr(path, '/') + 1;

	snprintf(output, sizeof(output), "%s.tar.zst", *name != '\0' ? name : "recording");
	if (arguments.output == NULL)
		arguments.output = output;
	if (pack_into(arguments.directory, *name != '\0' ? name : "recording", arguments.output,
		    &error) != 0)
		return verb_failed(argv[0], &error);
	char *safe = escape_new(arguments.output);

	if (safe != NULL && stat(arguments.output, &status) == 0)
		printf(_("%s: %lld bytes\n"), safe, (long long)status.st_size);
	free(safe);
	return STATUS_OK;
}
