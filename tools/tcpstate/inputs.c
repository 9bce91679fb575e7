/* A recording's directory is opened once and everything beneath it reached through that descriptor;
 * links in it are not followed: what a stranger packed cannot point elsewhere. */
#include "inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "unpack.h"
#include "tcpstate/contents.h"
#include "tcpstate/libarchive.h"
#include "tcpstate/libpcap.h"
#include "tcpstate/source.h"

enum { FACTS_SHORT = 64 * 1024 /* longer ones are not searched for a filter */ };

static bool holds_recording(int directory_fd)
{
	static const char *const files[] = {"wire.pcap", "diag.pcap", "facts.jsonl"};
	struct stat status;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (fstatat(directory_fd, files[i], &status, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	return false;
}

static bool known(const struct inputs *inputs, const struct stat *status)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (inputs->list[i].device == status->st_dev &&
			inputs->list[i].id == status->st_ino)
			return true;
	return false;
}

/* Takes the name and the descriptor over. */
static int input_add(struct inputs *inputs, char *name, int directory_fd, const struct stat *status,
	bool part, struct error *error)
{
	struct input *more =
		name == NULL || (status != NULL && known(inputs, status))
			? NULL
			: realloc(inputs->list, (inputs->count + 1) * sizeof(*inputs->list));

	if (more == NULL) {
		bool twice = name != NULL && status != NULL && known(inputs, status);

		free(name);
		if (directory_fd >= 0)
			close(directory_fd);
		return twice ? 0 : error_set(error, "out of memory");
	}
	inputs->list = more;
	inputs->list[inputs->count++] =
		(struct input){.replay = {.name = name, .directory_fd = directory_fd},
			.name = name,
			.part = part,
			.device = status != NULL ? status->st_dev : 0,
			.id = status != NULL ? status->st_ino : 0};
	return 0;
}

static int add_directory(struct inputs *inputs, char *name, int fd, bool part, struct error *error)
{
	struct stat status;
	size_t before = inputs->count;

	if (fstat(fd, &status) != 0) {
		error_set(error, "%s: %s", name != NULL ? name : "", strerror(errno));
		free(name);
		close(fd);
		return -1;
	}
	if (input_add(inputs, name, fd, &status, part, error) != 0)
		return -1;
	if (inputs->count > before)
		inputs->list[before].replay.running = control_is_running(fd);
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcoll(*(char *const *)left, *(char *const *)right);
}

/* The names in it, sorted; NULL-terminated. */
static char **names_in(int directory_fd)
{
	int fd = dup(directory_fd);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	size_t count = 0, room = 0;
	char **names = NULL;
	struct dirent *entry;

	if (directory == NULL && fd >= 0)
		close(fd);
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (count + 1 >= room) {
			char **more = realloc(names, (room += 64) * sizeof(*names));

			if (more == NULL)
				break;
			names = more;
		}
		if ((names[count] = strdup(entry->d_name)) == NULL)
			break;
		names[++count] = NULL;
	}
	if (directory != NULL) {
		rewinddir(directory);
		closedir(directory);
	}
	if (count > 0)
		qsort(names, count, sizeof(*names), compare_names);
	return names;
}

static int add_below(
	struct inputs *inputs, const char *directory, int directory_fd, struct error *error)
{
	char **names = names_in(directory_fd);
	int status = 0;

	for (char **name = names; name != NULL && *name != NULL; name++) {
		int fd = status == 0 ? input_directory(directory_fd, *name, NULL) : -1;
		char *path;

		if (fd >= 0 && holds_recording(fd))
			status = add_directory(inputs,
				asprintf(&path, "%s/%s", directory, *name) < 0 ? NULL : path, fd,
				true, error);
		else if (fd >= 0)
			close(fd);
		free(*name);
	}
	free(names);
	return status;
}

static void input_remove(struct inputs *inputs, size_t index)
{
	struct input *input = &inputs->list[index];

	close(input->replay.directory_fd);
	free(input->name);
	memmove(input, input + 1, (--inputs->count - index) * sizeof(*input));
}

static int add_path(struct inputs *inputs, const char *path, struct error *error)
{
	size_t before = inputs->count;
	struct stat status;
	int fd;

	if (strcmp(path, "-") == 0)
		return input_add(inputs, strdup(path), -1, NULL, false, error);
	if (stat(path, &status) != 0)
		return error_set(error, "%s: %s; give a recording's directory or a capture file",
			path, strerror(errno));
	if (!S_ISDIR(status.st_mode)) {
		if (input_add(inputs, strdup(path), -1, &status, false, error) != 0)
			return -1;
		if (inputs->count > before)
			inputs->list[before].archive =
				S_ISREG(status.st_mode) && unpack_is_archive(path);
		return 0;
	}
	fd = input_directory(-1, path, error);
	if (fd < 0 || add_directory(inputs, strdup(path), fd, false, error) != 0)
		return -1;
	if (inputs->count == before) /* named before */
		return 0;
	if (add_below(inputs, path, fd, error) != 0)
		return -1;
	/* only a box for others */
	if (inputs->count > before + 1 && !holds_recording(fd)) {
		input_remove(inputs, before);
		inputs->list[before].part = false;
	}
	return 0;
}

/* A regular file; of a pipe another reader would be a disturbance. */
static int file_open(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode)
		       ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
		       : -1;
}

static bool file_compressed(const char *path)
{
	int fd = file_open(path);
	bool compressed = fd >= 0 && contents_compressed(fd);

	if (fd >= 0)
		close(fd);
	return compressed;
}

static bool recording_compressed(const struct replay_input *input)
{
	bool compressed = false;

	for (unsigned file = REPLAY_WIRE; file <= REPLAY_DIAG; file++) {
		off_t size;
		int fd = input_beneath(
			input->directory_fd, input->name, replay_names[file], &size, NULL);

		compressed |= fd >= 0 && contents_compressed(fd);
		if (fd >= 0)
			close(fd);
	}
	return compressed;
}

/* Is there nothing of it that libpcap reads: neither captures of another format nor a filter? */
static bool is_ordinary(int fd)
{
	bool ordinary = fd >= 0 && capture_is_ordinary(fd);

	if (fd >= 0)
		close(fd);
	return ordinary;
}

static bool names_filter(const struct replay_input *input)
{
	char text[FACTS_SHORT];
	off_t size;
	int fd = input_beneath(
		input->directory_fd, input->name, replay_names[REPLAY_FACTS], &size, NULL);
	ssize_t got = fd >= 0 && size <= FACTS_SHORT ? pread(fd, text, sizeof(text), 0) : -1;

	if (fd >= 0)
		close(fd);
	return got < 0 || memmem(text, (size_t)got, "\"filter\"", 8) != NULL;
}

static bool needs_libpcap(const struct input *input)
{
	const struct replay_input *replay = &input->replay;
	off_t size;

	if (input->archive || strcmp(input->name, "-") == 0)
		return true;
	if (replay->directory_fd < 0)
		return !is_ordinary(file_open(input->name));
	for (unsigned file = REPLAY_WIRE; file <= REPLAY_DIAG; file++)
		if (!is_ordinary(input_beneath(
			    replay->directory_fd, replay->name, replay_names[file], &size, NULL)))
			return true;
	return names_filter(replay);
}

/* Whoever is locked up afterwards can load no library. */
static int library_fetch(const struct inputs *inputs, struct error *error)
{
	for (size_t i = 0; i < inputs->count; i++) {
		const struct input *input = &inputs->list[i];

		if ((input->archive ||
			    (input->replay.directory_fd >= 0 ? recording_compressed(&input->replay)
				    : strcmp(input->name, "-") == 0
					    ? contents_compressed(STDIN_FILENO)
					    : file_compressed(input->name))) &&
			libarchive_load(error) != 0)
			return error_context(
				error, "%s: is compressed, or an archive", input->name);
		if (needs_libpcap(input) && libpcap_load(error) != 0)
			return error_context(error, "%s", input->name);
	}
	return 0;
}

int inputs_gather(char *const *paths, int count, struct inputs *inputs, struct error *error)
{
	struct rlimit limit;
	int status = 0;

	*inputs = (struct inputs){0};
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (int i = 0; i < count && status == 0; i++)
		status = add_path(inputs, paths[i], error);
	return status == 0 ? library_fetch(inputs, error) : status;
}

/* In the place of the index-th. */
static int unpacked_insert(struct inputs *inputs, size_t index, struct unpacked *unpacked,
	bool first, struct error *error)
{
	struct input input = {.name = unpacked->name, .part = !first};

	unpacked->name = NULL;
	input.replay =
		(struct replay_input){.name = input.name, .directory_fd = -1, .unpacked = true};
	memcpy(input.replay.memory, unpacked->memory, sizeof(unpacked->memory));
	if (!first) {
		struct input *more =
			realloc(inputs->list, (inputs->count + 1) * sizeof(*inputs->list));

		if (more == NULL) {
			free(input.name);
			return error_set(error, "out of memory");
		}
		inputs->list = more;
		memmove(&more[index + 1], &more[index], (inputs->count++ - index) * sizeof(*more));
	} else {
		free(inputs->list[index].name);
	}
	inputs->list[index] = input;
	return 0;
}

int inputs_unpack(struct inputs *inputs, struct error *error)
{
	for (size_t i = 0; i < inputs->count; i++) {
		struct unpacked *list;
		size_t count;
		int status;

		if (!inputs->list[i].archive)
			continue;
		status = unpack(inputs->list[i].name, &list, &count, error);
		for (size_t k = 0; k < count; k++) {
			if (status == 0)
				status = unpacked_insert(inputs, i + k, &list[k], k == 0, error);
			free(list[k].name);
		}
		free(list);
		if (status != 0)
			return -1;
		if (count == 0)
			inputs->list[i].archive = false; /* a compressed capture */
		else
			i += count - 1;
	}
	return 0;
}

void inputs_free(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		if (inputs->list[i].replay.directory_fd >= 0)
			close(inputs->list[i].replay.directory_fd);
		free(inputs->list[i].name);
	}
	free(inputs->list);
	*inputs = (struct inputs){0};
}
