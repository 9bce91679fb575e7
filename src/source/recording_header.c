/* The names of a recording's files, and what a capture among them begins with. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pieces.h"
#include "recording_parts.h"

const char *const recording_files[FILE_COUNT] = {[FILE_WIRE] = "wire.pcap",
	[FILE_DIAG] = "diag.pcap",
	[FILE_FACTS] = "facts.jsonl",
	[FILE_CALLS] = "calls.jsonl"};

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, linktype;
};
_Static_assert(sizeof(struct pcap_header) == 24, "pcap file header");

int recording_capture_header(const struct recording *recording, struct output *file,
	uint32_t linktype, uint32_t snaplen, struct error *error)
{
	struct pcap_header header = {.magic = 0xa1b23c4d,
		.major = 2,
		.minor = 4,
		.snaplen = snaplen,
		.linktype = linktype};

	piece_header_mark(&header, recording->turns);
	if (pwrite(file->fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return error_set(error, "%s/%s: %s", recording->directory,
			recording_files[file->index], strerror(errno));
	file->written = sizeof(header);
	if (lseek(file->fd, file->written, SEEK_SET) < 0)
		return error_set(error, "%s/%s: %s", recording->directory,
			recording_files[file->index], strerror(errno));
	return 0;
}
