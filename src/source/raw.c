/* Capture files for those who copy or quote their bytes. */
#include "tcpstate/raw.h"

#include <stdlib.h>

#include "capture_file.h"

struct raw {
	struct capture_file file;
};

static struct raw *raw_of(struct raw *raw, int status)
{
	if (status == 0)
		return raw;
	free(raw);
	return NULL;
}

struct raw *raw_open_fd(int fd, const char *name, struct error *error)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	if (raw == NULL)
		error_set(error, "out of memory");
	return raw == NULL ? NULL : raw_of(raw, capture_file_attach(&raw->file, fd, name, error));
}

struct raw *raw_open_file(const char *path, struct error *error)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	if (raw == NULL)
		error_set(error, "out of memory");
	return raw == NULL ? NULL : raw_of(raw, capture_file_open(&raw->file, path, error));
}

int raw_linktype(const struct raw *raw)
{
	return raw->file.linktype;
}

int raw_next(struct raw *raw, struct raw_packet *packet, struct error *error)
{
	struct pcap_pkthdr *header;
	int result = capture_file_next(&raw->file, &header, &packet->data, &packet->t_ns, error);

	if (result == 1) {
		packet->number = raw->file.number;
		packet->captured = header->caplen;
		packet->length = header->len;
	}
	return result;
}

void raw_close(struct raw *raw)
{
	if (raw != NULL)
		capture_file_close(&raw->file);
	free(raw);
}
