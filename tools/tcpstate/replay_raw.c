/* Inputs read a second time: for the words that packets carry, and to copy them. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/raw.h"
#include "tcpstate/segment.h"
#include "tcpstate/source.h"

struct raw *replay_raw(const struct replay_input *input, const char *file)
{
	struct error unheard = {0};
	char *name;
	off_t size;

	if (!replay_is_recording(input))
		return strcmp(file, "wire.pcap") == 0 && strcmp(input->name, "-") != 0
			       ? raw_open_file(input->name, &unheard)
			       : NULL;
	int fd = replay_open(input,
		strcmp(file, replay_names[REPLAY_WIRE]) == 0 ? REPLAY_WIRE : REPLAY_DIAG, &size,
		&unheard);
	if (fd < 0)
		return NULL;
	if (asprintf(&name, "%s/%s", input->name, file) < 0) {
		close(fd);
		return NULL;
	}
	struct raw *raw = raw_open_fd(fd, name, &unheard);
	free(name);
	return raw;
}

void replay_texts(struct model *model, uint16_t run, const struct replay_input *input)
{
	struct raw *raw = model_text_wanted(model, run) > 0 ? replay_raw(input, "wire.pcap") : NULL;
	struct error unheard = {0};
	struct raw_packet packet;
	const uint8_t *payload;
	uint64_t next = raw != NULL ? model_text_next(model, 0) : 0;

	while (next != 0 && raw_next(raw, &packet, &unheard) == 1) {
		if (packet.number != next)
			continue;
		next = model_text_next(model, packet.number + 1);
		size_t length = segment_payload(
			raw_linktype(raw), packet.data, packet.captured, packet.length, &payload);

		if (length > 0)
			model_text(model, run, packet.number, payload, length);
	}
	raw_close(raw);
}
