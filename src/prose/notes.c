/* What a recording lacks, and what of it could not be read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/prose_report.h"

/* What a report without this file of a recording cannot say. */
static const char *lack(const char *file)
{
	if (strcmp(file, "wire.pcap") == 0)
		return _("no packets");
	if (strcmp(file, "diag.pcap") == 0)
		return _("no kernel evidence");
	return _("no marks, checks, counters, owners and addresses");
}

static bool has_lines(const char *file)
{
	size_t length = strlen(file);

	return length > 6 && strcmp(file + length - 6, ".jsonl") == 0;
}

static void torn(const char *file, char *buffer, size_t size)
{
	if (has_lines(file))
		snprintf(buffer, size,
			_("%s ends within a line (the recorder was cut off): the torn last line is "
			  "skipped"),
			file);
	else if (strcmp(file, "wire.pcap") == 0)
		snprintf(buffer, size, "%s",
			_("the packets end within a record (the capture was cut off): the torn "
			  "last record is skipped"));
	else
		snprintf(buffer, size,
			_("%s ends within a record (the recorder was cut off): the torn last "
			  "record is skipped"),
			file);
}

static void blank(const char *file, uint64_t count, char *buffer, size_t size)
{
	snprintf(buffer, size,
		ngettext("%s holds %" PRIu64 " record of nothing but zeros, as a crash leaves them "
			 "behind: what was written there is lost, and it does not count",
			"%s holds %" PRIu64 " records of nothing but zeros, as a crash leaves them "
			"behind: what was written there is lost, and they do not count",
			count),
		file, count);
}

static void malformed(const char *file, uint64_t count, char *buffer, size_t size)
{
	if (has_lines(file))
		snprintf(buffer, size,
			ngettext("%s: %" PRIu64 " line was not understood and skipped",
				"%s: %" PRIu64 " lines were not understood and skipped", count),
			file, count);
	else
		snprintf(buffer, size,
			ngettext("%s: %" PRIu64 " message was not understood and skipped",
				"%s: %" PRIu64 " messages were not understood and skipped", count),
			file, count);
}

/* Notes of packets that are counted. */
static void counted(enum note note, uint64_t count, char *buffer, size_t size)
{
	switch (note) {
	case NOTE_CUT_SHORT:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " packet is cut short before the TCP flags, which say "
				 "nothing then: capture more of each (snaplen 128 will do)",
				"%" PRIu64 " packets are cut short before the TCP flags, which say "
				"nothing then: capture more of each (snaplen 128 will do)",
				count),
			count);
		break;
	case NOTE_COPIES:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " packet was captured more than once (on several "
				 "interfaces, or by a port that mirrors both directions): each "
				 "counts once",
				"%" PRIu64 " packets were captured more than once (on several "
				"interfaces, or by a port that mirrors both directions): each "
				"counts once",
				count),
			count);
		break;
	case NOTE_RENUMBERED:
		snprintf(buffer, size,
			ngettext("%" PRIu64 " segment was captured with other sequence numbers (a "
				 "firewall between the ends had rewritten them): it is told in the "
				 "numbers that the ends agree on",
				"%" PRIu64 " segments were captured with other sequence numbers (a "
				"firewall between the ends had rewritten them): they are told in "
				"the numbers that the ends agree on",
				count),
			count);
		break;
	default:
		break;
	}
}

static void ring(uint64_t t_ns, char *buffer, size_t size)
{
	unsigned seconds = (unsigned)(t_ns / 1000000000 % 86400);

	if (t_ns == 0)
		snprintf(buffer, size, "%s",
			_("recorded into a ring: what was captured before is overwritten"));
	else
		snprintf(buffer, size,
			_("recorded into a ring: packets and the kernel's answers from before "
			  "%02u:%02u:%02u UTC are overwritten"),
			seconds / 3600, seconds / 60 % 60, seconds % 60);
}

char *prose_note(enum note note, const char *file, uint64_t count, char *buffer, size_t size)
{
	char took[64];

	buffer[0] = '\0';
	switch (note) {
	case NOTE_MISSING:
		snprintf(buffer, size, _("%s is missing: %s"), file, lack(file));
		break;
	case NOTE_EMPTY:
		snprintf(buffer, size, _("%s was cut off before its first record: %s"), file,
			lack(file));
		break;
	case NOTE_TORN:
		torn(file, buffer, size);
		break;
	case NOTE_BLANK:
		blank(file, count, buffer, size);
		break;
	case NOTE_MALFORMED:
		malformed(file, count, buffer, size);
		break;
	case NOTE_UNREADABLE:
		snprintf(buffer, size, _("%s; the rest is not read"), file);
		break;
	case NOTE_NO_MANIFEST:
		snprintf(buffer, size,
			_("%s has no manifest: how and where it was recorded is unknown"), file);
		break;
	case NOTE_CUT_SHORT:
	case NOTE_COPIES:
	case NOTE_RENUMBERED:
		counted(note, count, buffer, size);
		break;
	case NOTE_TUNNELS:
		snprintf(buffer, size,
			_("packets in tunnels: %s; what is told is the connection inside"), file);
		break;
	case NOTE_UNDECODED:
		snprintf(buffer, size, _("packets not decoded: %s"), file);
		break;
	case NOTE_NO_PACKET:
		snprintf(buffer, size, "%s", _("no packet was captured"));
		break;
	case NOTE_CLOCK_FORWARD:
		snprintf(buffer, size,
			_("the wall clock was set forward by %s while this was recorded: times go "
			  "on as if it had not been"),
			prose_duration((int64_t)count, took, sizeof(took)));
		break;
	case NOTE_CLOCK_BACK:
		snprintf(buffer, size,
			_("the wall clock was set back by %s while this was recorded: times go on "
			  "as if it had not been"),
			prose_duration((int64_t)count, took, sizeof(took)));
		break;
	case NOTE_CLOCK_JUMPED:
		snprintf(buffer, size,
			_("the clock of the capture was set back at frame %" PRIu64
			  ": times across that mean nothing"),
			count);
		break;
	case NOTE_RING:
		ring(count, buffer, size);
		break;
	case NOTE_RUNNING:
		snprintf(buffer, size, "%s",
			_("still being recorded: the report ends where it is read"));
		break;
	}
	return buffer;
}
