/* Reads wire.pcap with libpcap, decodes with the core. Filters are applied to each packet by
 * itself: `packets FILTER` is what tcpdump -r wire.pcap FILTER would list. */
#include "scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"
#include "tcpstate/libpcap.h"
#include "tcpstate/segment.h"

#define DUPLICATE_NS                                                                               \
	INT64_C(100000000) /* a routed packet is seen again sooner; a SYN is repeated later (1 s;  \
			      RTO minimum 200 ms) */

struct scan {
	pcap_t *pcap;
	struct bpf_program program;
	bool filtered;
	int linktype;
	int64_t since_ns, until_ns;
};

struct packet {
	int64_t t_ns;
	const struct pcap_pkthdr *header;
	const uint8_t *data;
};

static int scan_open(struct scan *scan, const char *path, const char *filter, struct error *error)
{
	char reason[PCAP_ERRBUF_SIZE];

	if (libpcap_load(error) != 0)
		return -1;
	scan->pcap = libpcap.open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (scan->pcap == NULL)
		return error_set(error, "%s: %s", path, reason);
	scan->linktype = libpcap.datalink(scan->pcap);
	if (filter != NULL && *filter) {
		if (libpcap.compile(scan->pcap, &scan->program, filter, 1, PCAP_NETMASK_UNKNOWN)) {
			error_set(error, "filter \"%s\": %s", filter, libpcap.geterr(scan->pcap));
			libpcap.close(scan->pcap);
			return -1;
		}
		scan->filtered = true;
	}
	return 0;
}

static void scan_close(struct scan *scan)
{
	if (scan->filtered)
		libpcap.freecode(&scan->program);
	libpcap.close(scan->pcap);
}

/* A last record that is not whole yet ends the file just as well. */
static bool scan_next(struct scan *scan, struct packet *packet)
{
	struct pcap_pkthdr *header;

	while (libpcap.next_ex(scan->pcap, &header, &packet->data) == 1) {
		packet->header = header;
		packet->t_ns = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
		if (packet->t_ns <= scan->until_ns)
			return true;
	}
	return false;
}

static bool scan_matches(const struct scan *scan, const struct packet *packet)
{
	return packet->t_ns >= scan->since_ns &&
	       (!scan->filtered ||
		       libpcap.offline_filter(&scan->program, packet->header, packet->data));
}

int64_t scan_packets(const char *path, const char *filter, int64_t since_ns, int64_t until_ns,
	struct error *error)
{
	struct scan scan = {.since_ns = since_ns, .until_ns = until_ns};
	struct packet packet;
	int64_t count = 0;

	if (scan_open(&scan, path, filter, error))
		return -1;
	while (scan_next(&scan, &packet))
		count += scan_matches(&scan, &packet);
	scan_close(&scan);
	return count;
}

/* ---- unanswered SYNs ---- */

struct syn { /* the newest SYN of one 4-tuple in one direction */
	struct flow_key key;
	int64_t t_ns;
	uint32_t seq, len, interface;
	uint16_t ip_id;
	bool used, pending; /* pending: counted, and not answered so far */
};

struct syns {
	struct syn *table; /* open addressing */
	size_t used, size;
};

static size_t key_hash(const struct flow_key *key)
{
	uint64_t ports = (uint64_t)key->port_be[0] << 16 | key->port_be[1];

	return (size_t)hash_bytes(key->addr, sizeof(key->addr), ports);
}

static struct syn *syn_slot(const struct syns *syns, const struct flow_key *key)
{
	size_t at = key_hash(key) & (syns->size - 1);

	while (syns->table[at].used && !flow_key_equal(&syns->table[at].key, key))
		at = (at + 1) & (syns->size - 1);
	return &syns->table[at];
}

static int syns_grow(struct syns *syns)
{
	struct syns larger = {.used = syns->used, .size = syns->size ? 2 * syns->size : 256};

	larger.table = calloc(larger.size, sizeof(*larger.table));
	if (larger.table == NULL)
		return -1;
	for (size_t i = 0; i < syns->size; i++)
		if (syns->table[i].used)
			*syn_slot(&larger, &syns->table[i].key) = syns->table[i];
	free(syns->table);
	*syns = larger;
	return 0;
}

/* Returns what the number of unanswered SYNs changes by. */
static int64_t syn_take(struct syns *syns, const struct segment *segment, int64_t t_ns, bool counts)
{
	struct syn *syn = syn_slot(syns, &segment->key);

	if (syn->used && syn->seq == segment->seq && syn->ip_id == segment->ip_id &&
		syn->interface != segment->interface && t_ns - syn->t_ns < DUPLICATE_NS)
		return 0;
	if (!syn->used)
		syns->used++;
	*syn = (struct syn){
		.key = segment->key,
		.t_ns = t_ns,
		.seq = segment->seq,
		.len = segment->len,
		.interface = segment->interface,
		.ip_id = segment->ip_id,
		.used = true,
		.pending = counts,
	};
	return counts;
}

static int64_t answer_take(struct syns *syns, const struct segment *segment)
{
	struct flow_key key = flow_key_swap(&segment->key);
	struct syn *syn = syn_slot(syns, &key);

	if (!syn->used || !syn->pending || segment->ack - (syn->seq + 1) > syn->len)
		return 0;
	syn->pending = false;
	return -1;
}

int64_t scan_unanswered(const char *path, const char *filter, int64_t since_ns, int64_t until_ns,
	struct error *error)
{
	struct scan scan = {.since_ns = since_ns, .until_ns = until_ns};
	struct syns syns = {0};
	struct segment segment;
	struct packet packet;
	int64_t count = 0;

	if (scan_open(&scan, path, filter, error))
		return -1;
	while (count >= 0 && scan_next(&scan, &packet)) {
		if (!segment_decode(scan.linktype, packet.data, packet.header->caplen,
			    packet.header->len, &segment, NULL) ||
			segment.kind != SEGMENT_TCP)
			continue;
		if (2 * syns.used >= syns.size && syns_grow(&syns))
			count = error_set(error, "out of memory");
		else if ((segment.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
			count += syn_take(
				&syns, &segment, packet.t_ns, scan_matches(&scan, &packet));
		else if (segment.flags & TCP_ACK && segment.flags & (TCP_SYN | TCP_RST))
			count += answer_take(&syns, &segment);
	}
	free(syns.table);
	scan_close(&scan);
	return count;
}
