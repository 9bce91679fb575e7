/* Reading a capture, in nanoseconds: an ordinary file by ourselves (savefile.c), any other with
 * libpcap. A file cut off within its last record (a killed writer, a full disk) is not an error:
 * everything before the cut is delivered, then `torn` is set. */
#include "capture_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compressed.h"

/* libpcap reads through stdio, whose own 4 KiB buffer and lock a record cost a third of the reading
 * (measured). */
enum { BUFFER_BYTES = 512 * 1024 };
/* and a day for what is added to it */
static const int64_t TIME_MAX_NS = INT64_MAX / 2 - INT64_C(86400000000000);

static int check_regular(FILE *stream, const char *name, struct error *error)
{
	struct stat status;

	if (fstat(fileno(stream), &status) != 0)
		return error_set(error, "%s: %s", name, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return error_set(error, "%s: is a directory, not a capture", name);
	if (S_ISREG(status.st_mode) && status.st_size == 0)
		return error_set(error, "%s: is empty, not a capture", name);
	return 0;
}

/* Takes the stream over; NULL: it could not be opened, errno says why. */
static int open_stream(
	struct capture_file *file, FILE *stream, const char *name, struct error *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "";

	memset(file, 0, sizeof(*file));
	if (stream == NULL)
		return error_set(error, "%s: %s", name, strerror(errno));
	file->name = strdup(name);
	if (file->name == NULL) {
		error_set(error, "out of memory");
		goto out;
	}
	if (check_regular(stream, file->name, error) != 0 ||
		compressed_open(&stream, file->name, &file->damaged, error) != 0)
		goto out;
	setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
	const char *opener = ftello(stream) < 0 ? stream_opener(stream) : NULL;
	if (opener != NULL) {
		error_set(error,
			"%s: compressed, which is read from a file only: tcpstate report FILE, or, "
			"of a capture, %s FILE | tcpstate report -",
			file->name, opener);
		goto out;
	}
	file->stream = stream;
	int ordinary = savefile_begin(&file->ordinary, stream);
	if (ordinary > 0) {
		file->linktype = file->ordinary.linktype;
		return 0;
	}
	if (ordinary < 0) {
		error_set(error, "out of memory");
		goto out;
	}
	if (libpcap_load(error) != 0)
		goto out;
	file->pcap = libpcap.fopen_offline_with_tstamp_precision(
		stream, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (file->pcap != NULL) {
		file->linktype = libpcap.datalink(file->pcap);
		return 0;
	}
	error_set(error, "%s: not a capture that can be read (%s); give a pcap or pcapng file",
		file->name, reason);
out:
	if (stream != stdin)
		fclose(stream);
	free(file->name);
	memset(file, 0, sizeof(*file));
	return -1;
}

bool capture_is_ordinary(int fd)
{
	return savefile_is_ordinary(fd);
}

int capture_file_open(struct capture_file *file, const char *path, struct error *error)
{
	if (strcmp(path, "-") == 0)
		return open_stream(file, stdin, "standard input", error);
	return open_stream(file, fopen(path, "re"), path, error);
}

int capture_file_attach(struct capture_file *file, int fd, const char *name, struct error *error)
{
	FILE *stream = fdopen(fd, "r");
	int cause = errno;

	if (stream == NULL)
		close(fd);
	errno = cause;
	return open_stream(file, stream, name, error);
}

/* Times of hostile files may lie anywhere: they stop at 1823 and 2116, so that the difference of
 * any two still fits. */
static int64_t header_time(const struct pcap_pkthdr *header)
{
	int64_t t_ns;

	if (__builtin_mul_overflow((int64_t)header->ts.tv_sec, (int64_t)1000000000, &t_ns) ||
		__builtin_add_overflow(t_ns, (int64_t)header->ts.tv_usec, &t_ns))
		t_ns = header->ts.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return t_ns < -TIME_MAX_NS ? -TIME_MAX_NS : t_ns > TIME_MAX_NS ? TIME_MAX_NS : t_ns;
}

static int ordinary_next(struct capture_file *file, struct pcap_pkthdr **header,
	const uint8_t **data, int64_t *t_ns, struct error *error)
{
	int result = savefile_next(&file->ordinary, data);

	if (result == 1) {
		file->number++;
		*header = &file->ordinary.header;
		*t_ns = file->ordinary.t_ns;
		return 1;
	}
	file->ended = true;
	file->torn = file->damaged || file->ordinary.torn;
	return result == 0 ? 0
			   : error_set(error, "%s: after record %llu: %s", file->name,
				     (unsigned long long)file->number, file->ordinary.reason);
}

static int record_next(struct capture_file *file, struct pcap_pkthdr **header, const uint8_t **data,
	int64_t *t_ns, struct error *error)
{
	int result;

	if (file->ended)
		return 0;
	if (file->pcap == NULL)
		return ordinary_next(file, header, data, t_ns, error);
	result = libpcap.next_ex(file->pcap, header, data);
	if (result == 1) {
		file->number++;
		*t_ns = header_time(*header);
		return 1;
	}
	file->ended = true;
	file->torn = file->damaged;
	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (feof(file->stream) && !ferror(file->stream)) {
		file->torn = true;
		return 0;
	}
	return error_set(error, "%s: after record %llu: %s", file->name,
		(unsigned long long)file->number, libpcap.geterr(file->pcap));
}

int capture_file_next(struct capture_file *file, struct pcap_pkthdr **header, const uint8_t **data,
	int64_t *t_ns, struct error *error)
{
	int result;

	while ((result = record_next(file, header, data, t_ns, error)) == 1 &&
		(*header)->len == 0 && (*header)->caplen == 0 && *t_ns == 0)
		file->blank++;
	return result;
}

void capture_file_close(struct capture_file *file)
{
	if (file->pcap != NULL)
		libpcap.close(file->pcap); /* and its stream */
	else if (file->stream != NULL && file->stream != stdin)
		fclose(file->stream);
	savefile_end(&file->ordinary);
	free(file->name);
	memset(file, 0, sizeof(*file));
}
