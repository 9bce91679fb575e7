/* A pcap-filter expression applied to sockets as well as to packets: for a socket it runs on a
 * synthetic IP packet from the local to the remote end. What such a packet cannot answer (flags,
 * lengths, the link layer) is found in the compiled program, not by a list of words. */
#include "tcpstate/libpcap.h"
#include "tcpstate/source.h"
#include "tcpstate/state.h"

#include <ctype.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	SYNTHETIC_MAX = 60,
	TRANSPORT_BYTES = 20,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	SNAPLEN = 262144,
	/* characters of a filter that a recording brings: what libpcap takes to compile one grows
	 * with the square of its length and more, 0.2 s at this one and 9 s at four times of it */
	RECORDED_MAX = 1024
};
enum { MATCHED_SLOTS = 1 << 16, MATCHED_WAYS = 8 };

struct filter {
	char *expression;
	/* for DLT_RAW, run on synthetic packets; empty when it has no meaning there */
	struct bpf_program socket;
	struct bpf_program packet;           /* for `linktype` */
	int linktype;                        /* -1: not compiled yet */
	bool has_socket, packet_only, plain; /* plain: compiled without the optimizer */
	bool empty;                          /* the expression: all match */
	/* connections (packet_only) and fragmented datagrams a packet of which matched;
	 * MATCHED_SLOTS, family 0: free */
	struct flow_key *matched;
	uint32_t evict; /* way of a full set to give up next */
};

static int compile(const char *expression, int linktype, int optimize, struct bpf_program *program,
	char reason[PCAP_ERRBUF_SIZE])
{
	struct error error;
	pcap_t *pcap;
	int result = -1;

	if (libpcap_load(&error) != 0) {
		snprintf(reason, PCAP_ERRBUF_SIZE, "%.200s", error.text);
		return -1;
	}
	pcap = libpcap.open_dead(linktype, SNAPLEN);
	if (pcap == NULL) {
		strcpy(reason, "out of memory");
		return -1;
	}
	result = libpcap.compile(pcap, program, expression, optimize, PCAP_NETMASK_UNKNOWN);
	if (result != 0) {
		strncpy(reason, libpcap.geterr(pcap), PCAP_ERRBUF_SIZE - 1);
		reason[PCAP_ERRBUF_SIZE - 1] = '\0';
	}
	libpcap.close(pcap);
	return result;
}

enum need { NEED_NOTHING, NEED_LENGTH, NEED_BYTES, NEED_LINK };

/* What a program compiled WITHOUT optimization reads beyond protocol, addresses and ports. In
 * libpcap's unoptimized code those come by absolute loads or, behind an IPv4 header, by `ldxb
 * 4*([0]&0xf)` and at once a load of the port; an accessor (`tcp[13]`, `ip[8]`) computes its index
 * in a scratch register, and so loads indirectly without that `ldxb` before it. */
static enum need program_needs(const struct bpf_program *program)
{
	for (unsigned i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];
		bool behind_header =
			i > 0 && program->bf_insns[i - 1].code == (BPF_LDX | BPF_B | BPF_MSH);

		if (BPF_CLASS(insn->code) != BPF_LD)
			continue;
		switch (BPF_MODE(insn->code)) {
		case BPF_LEN:
			return NEED_LENGTH;
		case BPF_IND:
			if (!behind_header || BPF_SIZE(insn->code) != BPF_H || insn->k > 2)
				return NEED_BYTES;
			break;
		case BPF_ABS:
			/* the kernel's extensions: direction, VLAN tag, interface */
			if (insn->k >= (uint32_t)SKF_LL_OFF)
				return NEED_LINK;
			if (insn->k >= IPV6_BYTES + 4)
				return NEED_BYTES;
			break;
		default:
			break;
		}
	}
	return NEED_NOTHING;
}

/* The first accessor as written: "tcp[tcpflags]"; "a packet's bytes" when there is none. */
static void name_accessor(const char *expression, char *name, size_t size)
{
	const char *open = strchr(expression, '['),
		   *close = open != NULL ? strchr(open, ']') : NULL, *start = open;

	while (start != NULL && start > expression && isspace((unsigned char)start[-1]))
		start--;
	while (start != NULL && start > expression && isalnum((unsigned char)start[-1]))
		start--;
	if (close == NULL || (size_t)(close - start) + 2 > size) {
		strncpy(name, "a packet's bytes", size);
		return;
	}
	memcpy(name, start, (size_t)(close - start) + 1);
	name[close - start + 1] = '\0';
}

static int refuse(const char *expression, enum need need, const char *reason, struct error *error)
{
	char accessor[64];
	const char *what = accessor;

	name_accessor(expression, accessor, sizeof(accessor));
	if (need == NEED_LENGTH)
		what = "a packet's length (greater, less, len)";
	else if (need == NEED_LINK)
		what = "the link layer or the direction of a packet";
	return error_set(error,
		"filter \"%s\": %s%s%s%s cannot be asked of a socket, which has a protocol, "
		"addresses and ports only; filter packets with it: tcpstate record or report",
		expression, what, *reason != '\0' ? " (" : "", reason, *reason != '\0' ? ")" : "");
}

/* Not the language of pcap-filter(7); the commonest mistake is a state in it. */
static int refuse_syntax(const char *expression, const char *reason, struct error *error)
{
	static const char separators[] = " \t()!&|=";

	for (const char *word = expression + strspn(expression, separators); *word != '\0';
		word += strspn(word, separators)) {
		size_t length = strcspn(word, separators);
		enum tcp_state state = state_from_name(word, length);

		if (state != STATE_MAX && state != STATE_UNKNOWN)
			return error_set(error,
				"filter \"%s\": %.*s is a state, which is no part of a filter "
				"(protocols, addresses, ports are); pick it from what is printed: "
				"| grep %s",
				expression, (int)length, word, state_name(state));
		word += length;
	}
	return error_set(error,
		"filter \"%s\": %s; write it as in \"tcp port 12345 and host 10.0.0.2\", see "
		"pcap-filter(7)",
		expression, reason);
}

/* Compile for sockets, and tell whether the expression has parts that only packets answer. */
static int prepare_socket(struct filter *filter, bool for_sockets, struct error *error)
{
	static const int link_layers[] = {DLT_EN10MB, DLT_LINUX_SLL2, DLT_LINUX_SLL};
	char reason[PCAP_ERRBUF_SIZE] = "", ignored[PCAP_ERRBUF_SIZE];
	struct bpf_program plain;
	enum need need = NEED_LINK;

	if (compile(filter->expression, DLT_RAW, 0, &plain, reason) == 0) {
		need = program_needs(&plain);
		if (need == NEED_NOTHING && filter->plain) {
			filter->socket = plain;
			filter->has_socket = true;
			return 0;
		}
		libpcap.freecode(&plain);
		if (need == NEED_NOTHING &&
			compile(filter->expression, DLT_RAW, 1, &filter->socket, reason) == 0) {
			filter->has_socket = true;
			return 0;
		}
		if (need == NEED_NOTHING && for_sockets)
			return error_set(error, "filter \"%s\": no socket can match it (%s)",
				filter->expression, reason);
	} else {
		/* Not for raw IP: right all the same if some link layer understands it. */
		size_t i = 0, count = sizeof(link_layers) / sizeof(link_layers[0]);

		while (i < count && compile(filter->expression, link_layers[i], !filter->plain,
					    &plain, ignored) != 0)
			i++;
		if (i == count)
			return refuse_syntax(filter->expression, reason, error);
		libpcap.freecode(&plain);
	}
	if (for_sockets)
		return refuse(filter->expression, need, reason, error);
	filter->packet_only = true;
	filter->matched = calloc(MATCHED_SLOTS, sizeof(*filter->matched));
	return filter->matched != NULL ? 0 : error_set(error, "out of memory");
}

static struct filter *new_filter(
	const char *expression, bool for_sockets, bool plain, struct error *error)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (filter == NULL ||
		(filter->expression = strdup(expression != NULL ? expression : "")) == NULL) {
		free(filter);
		error_set(error, "out of memory");
		return NULL;
	}
	filter->linktype = -1;
	filter->plain = plain;
	filter->empty = filter->expression[strspn(filter->expression, " \t\n")] == '\0';
	if (!filter->empty && prepare_socket(filter, for_sockets, error) != 0) {
		filter_free(filter);
		return NULL;
	}
	return filter;
}

struct filter *filter_new(const char *expression, bool for_sockets, struct error *error)
{
	return new_filter(expression, for_sockets, false, error);
}

int filter_may_be_recorded(const char *expression, struct error *error)
{
	return strlen(expression) <= RECORDED_MAX
		       ? 0
		       : error_set(error,
				 "its filter has %zu characters, more than %d are not taken",
				 strlen(expression), RECORDED_MAX);
}

struct filter *filter_new_recorded(const char *expression, struct error *error)
{
	if (filter_may_be_recorded(expression, error) != 0)
		return NULL;
	if (filter_has_names(expression)) {
		error_set(error,
			"its filter \"%s\" names a host, and no name server is asked for what a "
			"recording says; write the address there, in facts.jsonl",
			expression);
		return NULL;
	}
	return new_filter(expression, false, true, error);
}

void filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	if (filter->has_socket)
		libpcap.freecode(&filter->socket);
	if (filter->linktype >= 0)
		libpcap.freecode(&filter->packet);
	free(filter->matched);
	free(filter->expression);
	free(filter);
}

bool filter_packet_only(const struct filter *filter)
{
	return filter != NULL && filter->packet_only;
}

int filter_prepare(struct filter *filter, int linktype, struct error *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "";

	if (filter == NULL || filter->empty || filter->linktype == linktype)
		return 0;
	if (filter->linktype >= 0)
		libpcap.freecode(&filter->packet);
	filter->linktype = -1;
	if (compile(filter->expression, linktype, !filter->plain, &filter->packet, reason) != 0) {
		const char *name = libpcap.datalink_val_to_name(linktype);

		return error_set(error, "filter \"%s\": not for packets of link type %s: %s",
			filter->expression, name != NULL ? name : "unknown", reason);
	}
	filter->linktype = linktype;
	return 0;
}

static bool run(
	const struct bpf_program *program, const uint8_t *data, size_t captured, size_t length)
{
	const struct pcap_pkthdr header = {
		.caplen = (bpf_u_int32)captured, .len = (bpf_u_int32)length};

	return libpcap.offline_filter(program, &header, data) != 0;
}

/* The IP packet that a socket with these ends would send, without payload. Returns its size. */
static size_t synthetic_packet(const struct flow_key *key, uint8_t packet[SYNTHETIC_MAX])
{
	size_t network = key->family == AF_INET6 ? IPV6_BYTES : IPV4_BYTES,
	       total = network + TRANSPORT_BYTES;

	memset(packet, 0, SYNTHETIC_MAX);
	if (key->family == AF_INET6) {
		packet[0] = 0x60;
		packet[5] = TRANSPORT_BYTES;
		packet[6] = key->protocol;
		packet[7] = 64;
		memcpy(packet + 8, key->addr[0], 16);
		memcpy(packet + 24, key->addr[1], 16);
	} else {
		packet[0] = 0x45;
		packet[3] = (uint8_t)total;
		packet[8] = 64;
		packet[9] = key->protocol;
		memcpy(packet + 12, key->addr[0], 4);
		memcpy(packet + 16, key->addr[1], 4);
	}
	memcpy(packet + network, key->port_be, 4);
	return total;
}

static struct flow_key *matched_set(const struct filter *filter, const struct flow_key *key)
{
	uint64_t hash = 0xcbf29ce484222325U;
	const uint8_t *bytes = &key->addr[0][0];

	for (size_t i = 0; i < sizeof(key->addr); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3U;
	hash = (hash ^ key->port_be[0]) * 0x100000001b3U;
	hash = (hash ^ key->port_be[1]) * 0x100000001b3U;
	return filter->matched +
	       ((hash ^ hash >> 32) & (MATCHED_SLOTS - 1) & ~(uint64_t)(MATCHED_WAYS - 1));
}

/* Both directions of a connection are one entry; the interface a packet came by is not part of it.
 */
static struct flow_key connection_of(const struct flow_key *key)
{
	struct flow_key canonical = *key;

	canonical.zone = 0;
	flow_key_canonical(&canonical);
	return canonical;
}

static bool matched_find(const struct filter *filter, const struct flow_key *key)
{
	struct flow_key connection = connection_of(key);
	const struct flow_key *set =
		filter->matched != NULL ? matched_set(filter, &connection) : NULL;

	for (size_t i = 0; set != NULL && i < MATCHED_WAYS; i++)
		if (set[i].family != 0 && flow_key_equal(&set[i], &connection))
			return true;
	return false;
}

static void matched_add(struct filter *filter, const struct flow_key *key)
{
	struct flow_key connection = connection_of(key), *set;
	size_t way = 0;

	if (filter->matched == NULL &&
		(filter->matched = calloc(MATCHED_SLOTS, sizeof(*filter->matched))) == NULL)
		return;
	set = matched_set(filter, &connection);
	while (way < MATCHED_WAYS && set[way].family != 0 &&
		!flow_key_equal(&set[way], &connection))
		way++;
	if (way == MATCHED_WAYS)
		way = filter->evict++ % MATCHED_WAYS;
	set[way] = connection;
}

bool filter_key(const struct filter *filter, const struct flow_key *key)
{
	uint8_t packet[SYNTHETIC_MAX];
	size_t size;

	if (filter == NULL || filter->empty)
		return true;
	if (filter->packet_only)
		return matched_find(filter, key);
	if (!filter->has_socket)
		return false;
	size = synthetic_packet(key, packet);
	return run(&filter->socket, packet, size, size);
}

bool filter_row(const struct filter *filter, const struct sockrow *row)
{
	static const uint8_t wildcard[16];
	struct flow_key as_ipv4;

	if (filter_key(filter, &row->key))
		return true;
	/* A dual-stack socket bound to [::] serves IPv4 too. */
	if (row->key.family != AF_INET6 || (row->has_v6only && row->v6only) ||
		memcmp(row->key.addr[0], wildcard, 16) != 0 ||
		memcmp(row->key.addr[1], wildcard, 16) != 0)
		return false;
	as_ipv4 = row->key;
	as_ipv4.family = AF_INET;
	return filter_key(filter, &as_ipv4);
}

/* Later fragments carry no ports: they are known by the datagram that their first one began. */
static struct flow_key fragments_of(const struct segment *segment)
{
	struct flow_key key = segment->key;

	key.protocol = IPPROTO_FRAGMENT;
	key.port_be[0] = (uint16_t)segment->fragment_id;
	key.port_be[1] = (uint16_t)(segment->fragment_id >> 16);
	return key;
}

static bool filter_first_or_whole(
	struct filter *filter, const struct segment *segment, bool matches)
{
	struct flow_key swapped = flow_key_swap(&segment->key);

	if (filter->packet_only) {
		if (matches)
			matched_add(filter, &segment->key);
		return matches || matched_find(filter, &segment->key);
	}
	return matches || filter_key(filter, &segment->key) || filter_key(filter, &swapped);
}

bool filter_packet(struct filter *filter, int linktype, const uint8_t *data, size_t captured,
	size_t length, const struct segment *segment)
{
	struct flow_key fragments;
	bool matches;

	if (filter == NULL || filter->empty)
		return true;
	matches = filter_prepare(filter, linktype, NULL) == 0 &&
		  run(&filter->packet, data, captured, length);
	if (segment == NULL)
		return matches;
	if (segment->kind != SEGMENT_FRAGMENT)
		matches = filter_first_or_whole(filter, segment, matches);
	if (segment->kind == SEGMENT_UDP && segment->fragment && matches) {
		fragments = fragments_of(segment);
		matched_add(filter, &fragments);
	} else if (segment->kind == SEGMENT_FRAGMENT && !matches) {
		fragments = fragments_of(segment);
		matches = matched_find(filter, &fragments);
	}
	return matches;
}
