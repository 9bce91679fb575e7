/* Packets as events: a live capture or a capture file, by libpcap, decoded by the core. Live:
 * immediate mode, ns time stamps, a ring of thousands of frames, never blocking; what is captured
 * can be written to a recording on the way. */
#include "capture_file.h"
#include "lane.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In immediate mode every frame of the ring takes snaplen bytes and up to 112 of the kernel's: at
 * 262144 a 16 MiB ring on "any" held 32 loopback packets before it dropped (measured). libpcap has
 * the kernel allocate page by page: at 2048 each frame took a page of its own, and the making of
 * that ring was two fifths of what a short recording took of a processor. At 1920 two frames share
 * a page. Headers, an Ethernet frame and a lab's lines fit; lengths come from the IP header. */
enum {
	LIVE_SNAPLEN = 1920,
	LIVE_BUFFER_BYTES = 32 << 20,
	LEAST_BUFFER_BYTES = 1 << 20,
	LOOPBACK_IFINDEX = 1,
	CLOCKS_KEPT = 4,
	/* of a packet in a file: more than all its headers, tunnels and options together */
	HEADERS_MOST = 4096
};

/* packets of several queues may be written this much out of order */
static const int64_t JUMP_NS = INT64_C(1000000000);

struct wire {
	pcap_t *live;
	struct capture_file file; /* when live is NULL */
	char *interface;
	struct filter *filter;
	struct recording *tee;
	int linktype;
	/* of a live capture whose packets do not tell theirs; else 0 */
	unsigned interface_index;
	int64_t fraction_ns; /* what one unit of tv_usec is */
	/* live: packets are stamped by the wall clock, which is ahead of ours by so much: newest
	 * first, then what it was before it was set */
	int64_t ahead_ns[CLOCKS_KEPT];
	struct wire_stats stats;
};

struct delivery {
	struct wire *wire;
	event_emit *emit;
	void *context;
	struct error *error;
	int64_t now_ns;
	int taken;
	bool failed;
};

static int check_linktype(const char *name, int linktype, struct error *error)
{
	const char *type = NULL;

	if (segment_linktype_known(linktype))
		return 0;
	if (linktype == DLT_NETLINK)
		return error_set(error,
			"%s: holds netlink messages, not packets; give the recording's directory "
			"instead",
			name);
	if (libpcap_load(NULL) == 0)
		type = libpcap.datalink_val_to_name(linktype);
	return error_set(error,
		"%s: link type %s (%d) is not supported; Ethernet, Linux cooked, PPP, Cisco HDLC, "
		"NFLOG, PKTAP, 802.11, raw IP, loopback and some older ones are; where editcap "
		"knows it and each packet is IP behind a header of N bytes, `editcap -F pcap -C N "
		"-T rawip FILE NEW.pcap` makes a capture that is read",
		name, type != NULL ? type : "unknown", linktype);
}

static void note_time(struct wire_stats *stats, int64_t t_ns)
{
	if (stats->packets > 1 && stats->before_ns - t_ns >= JUMP_NS && stats->jumps++ == 0) {
		stats->jump_frame = stats->packets;
		stats->jump_ns = stats->before_ns - t_ns;
	}
	stats->before_ns = t_ns;
	if (stats->packets == 1 || t_ns < stats->first_ns)
		stats->first_ns = t_ns;
	if (stats->packets == 1 || t_ns > stats->last_ns)
		stats->last_ns = t_ns;
}

/* One packet, live or recorded. number: of its record in the file it is read from, or is written
 * to. */
static int take_packet(struct wire *wire, int64_t t_ns, const struct pcap_pkthdr *header,
	const uint8_t *data, event_emit *emit, void *context, struct error *error)
{
	/* no initializer: it would clear the room of two socket rows, each time */
	struct event own, *event = emit == lane_take ? lane_place(context) : &own;

	if (event == NULL)
		return error_set(error, "out of memory");
	size_t captured = wire->filter == NULL && header->caplen > HEADERS_MOST ? HEADERS_MOST
										: header->caplen;
	bool decoded = segment_decode(
		wire->linktype, data, captured, header->len, &event->u.segment, NULL);

	event->t_ns = event->asked_ns = t_ns;
	event->kind = EVENT_SEGMENT;
	event->exact = false;
	event->hash = 0;

	wire->stats.packets++;
	note_time(&wire->stats, t_ns);
	if (wire->filter != NULL &&
		!filter_packet(wire->filter, wire->linktype, data, header->caplen, header->len,
			decoded ? &event->u.segment : NULL)) {
		wire->stats.filtered++;
		return 0;
	}
	if (wire->tee != NULL &&
		recording_packet(wire->tee, t_ns, data, header->caplen, header->len, error) != 0)
		return -1;
	if (decoded && wire->interface_index != 0 && flow_key_link_local(&event->u.segment.key))
		/* as the kernel's rows have it */
		event->u.segment.key.zone = (uint16_t)wire->interface_index;
	event->number =
		wire->live == NULL ? wire->file.number : wire->stats.packets - wire->stats.filtered;
	const struct segment *segment = &event->u.segment;

	if (header->caplen < header->len &&
		(!decoded || (segment->kind == SEGMENT_TCP && segment->truncated &&
				     segment->flags == 0)))
		wire->stats.cut_short++;
	if (!decoded || segment->tunnel != TUNNEL_NONE)
		packets_count(&wire->stats.tally, segment, decoded);
	if (!decoded)
		return 0;
	wire->stats.decoded++;
	if (event != &own)
		lane_made(context);
	else
		emit(context, event);
	return 0;
}

static struct wire *wire_new(struct filter *filter, struct error *error)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (wire == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	wire->filter = filter;
	return wire;
}

static void name_interfaces(char *text, size_t size)
{
	struct if_nameindex *list = if_nameindex();

	snprintf(text, size, "any");
	for (size_t i = 0; list != NULL && list[i].if_index != 0; i++) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, ", %s", list[i].if_name);
	}
	if (list != NULL)
		if_freenameindex(list);
}

static int activation_error(const char *interface, int result, pcap_t *pcap, struct error *error)
{
	char known[256];

	switch (result) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		name_interfaces(known, sizeof(known));
		return error_set(
			error, "%s: no such interface here; there are %s", interface, known);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return error_set(error,
			"%s: capturing is not permitted; run it in a sealed namespace: tcpstate "
			"record -o DIR -- COMMAND, or as root",
			interface);
	case PCAP_ERROR_IFACE_NOT_UP:
		return error_set(error, "%s: the interface is down; bring it up: ip link set %s up",
			interface, interface);
	default:
		return error_set(error, "%s: cannot capture: %s", interface,
			*libpcap.geterr(pcap) != '\0' ? libpcap.geterr(pcap)
						      : libpcap.statustostr(result));
	}
}

/* An activated handle, with the largest ring not above buffer_bytes that the kernel grants. */
static pcap_t *activate(const char *interface, int snaplen, int buffer_bytes, struct error *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "";

	for (;;) {
		pcap_t *pcap = libpcap.create(interface, reason);
		int result;

		if (pcap == NULL) {
			error_set(error, "%s: cannot capture: %s", interface, reason);
			return NULL;
		}
		libpcap.set_snaplen(pcap, snaplen);
		libpcap.set_buffer_size(pcap, buffer_bytes);
		libpcap.set_immediate_mode(pcap, 1);
		libpcap.set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
		result = libpcap.activate(pcap);
		if (result >= 0)
			return pcap;
		if (result != PCAP_ERROR || buffer_bytes <= LEAST_BUFFER_BYTES) {
			activation_error(interface, result, pcap, error);
			libpcap.close(pcap);
			return NULL;
		}
		libpcap.close(pcap);
		buffer_bytes /= 2;
	}
}

/* The packet socket sees each loopback packet leave and come back. libpcap skips the leaving one
 * when it reads the ring; refusing it in the kernel keeps it out of the ring as well, which then
 * holds twice as many. Only a saving: a failure changes nothing. */
static void skip_leaving_loopback(pcap_t *pcap)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOOPBACK_IFINDEX, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	setsockopt(libpcap.fileno(pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

struct wire *wire_open_live(const struct wire_options *options, struct error *error)
{
	const char *interface = options->interface != NULL ? options->interface : "any";
	int snaplen = options->snaplen > 0 ? options->snaplen : LIVE_SNAPLEN;
	char reason[PCAP_ERRBUF_SIZE] = "";
	struct wire *wire = wire_new(options->filter, error);

	if (wire == NULL)
		return NULL;
	if (libpcap_load(error) != 0)
		goto out;
	wire->live = activate(interface, snaplen,
		options->buffer_bytes > 0 ? options->buffer_bytes : LIVE_BUFFER_BYTES, error);
	if (wire->live == NULL)
		goto out;
	wire->interface = strdup(interface);
	wire->fraction_ns =
		libpcap.get_tstamp_precision(wire->live) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	/* Cooked version 2 names the interface and the direction of each packet; only "any" has it.
	 */
	if (libpcap.datalink(wire->live) == DLT_LINUX_SLL)
		libpcap.set_datalink(wire->live, DLT_LINUX_SLL2);
	wire->linktype = libpcap.datalink(wire->live);
	wire->interface_index = wire->linktype == DLT_LINUX_SLL2 ? 0 : if_nametoindex(interface);
	if (check_linktype(interface, wire->linktype, error) != 0 ||
		filter_prepare(wire->filter, wire->linktype, error) != 0)
		goto out;
	if (libpcap.setnonblock(wire->live, 1, reason) != 0) {
		error_set(error, "%s: %s", interface, reason);
		goto out;
	}
	skip_leaving_loopback(wire->live);
	wire->tee = options->tee;
	if (wire->tee != NULL &&
		recording_wire_header(wire->tee, wire->linktype, snaplen, error) != 0)
		goto out;
	return wire;
out:
	wire_close(wire);
	return NULL;
}

/* The file has been opened (opened: 0) or not. */
static struct wire *wire_of_file(struct wire *wire, int opened, struct error *error)
{
	if (opened != 0)
		goto out;
	wire->linktype = wire->file.linktype;
	if (check_linktype(wire->file.name, wire->linktype, error) == 0 &&
		filter_prepare(wire->filter, wire->linktype, error) == 0) {
		if (wire->filter == NULL) /* one may look at what follows the headers */
			wire->file.ordinary.wanted = HEADERS_MOST;
		return wire;
	}
out:
	wire_close(wire);
	return NULL;
}

struct wire *wire_open_file(const char *path, struct filter *filter, struct error *error)
{
	struct wire *wire = wire_new(filter, error);

	return wire == NULL
		       ? NULL
		       : wire_of_file(wire, capture_file_open(&wire->file, path, error), error);
}

struct wire *wire_open_fd(int fd, const char *name, struct filter *filter, struct error *error)
{
	struct wire *wire = wire_new(filter, error);

	if (wire != NULL)
		return wire_of_file(wire, capture_file_attach(&wire->file, fd, name, error), error);
	close(fd);
	return NULL;
}

void wire_close(struct wire *wire)
{
	if (wire == NULL)
		return;
	if (wire->live != NULL)
		libpcap.close(wire->live);
	capture_file_close(&wire->file);
	free(wire->interface);
	free(wire);
}

int wire_fd(const struct wire *wire)
{
	return wire->live != NULL ? libpcap.get_selectable_fd(wire->live) : -1;
}

int wire_linktype(const struct wire *wire)
{
	return wire->linktype;
}

bool wire_tells_zones(const struct wire *wire)
{
	return wire->live != NULL || wire->linktype == DLT_LINUX_SLL2;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* A packet in the ring may be from before the wall clock was set: it is seconds old at most, so the
 * nearer time is the right one. */
static int64_t our_time(const struct wire *wire, int64_t wall_ns, int64_t now)
{
	int64_t best_ns = wall_ns - wire->ahead_ns[0];

	for (int i = 1; i < CLOCKS_KEPT; i++)
		if (distance(wall_ns - wire->ahead_ns[i], now) < distance(best_ns, now))
			best_ns = wall_ns - wire->ahead_ns[i];
	return best_ns;
}

static void look_at_clock(struct wire *wire)
{
	int64_t ahead_ns = clock_ahead_ns();

	if (distance(ahead_ns, wire->ahead_ns[0]) < CLOCK_STEP_NS)
		return;
	memmove(&wire->ahead_ns[1], &wire->ahead_ns[0],
		(CLOCKS_KEPT - 1) * sizeof(wire->ahead_ns[0]));
	wire->ahead_ns[0] = ahead_ns;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	struct delivery *delivery = (struct delivery *)user;
	struct wire *wire = delivery->wire;
	int64_t t_ns = (int64_t)header->ts.tv_sec * 1000000000 +
		       (int64_t)header->ts.tv_usec * wire->fraction_ns;

	if (delivery->failed)
		return;
	t_ns = our_time(wire, t_ns, delivery->now_ns);
	delivery->taken++;
	if (take_packet(wire, t_ns, header, data, delivery->emit, delivery->context,
		    delivery->error) != 0) {
		delivery->failed = true;
		libpcap.breakloop(wire->live);
	}
}

static int dispatch_live(
	struct wire *wire, int max, event_emit *emit, void *context, struct error *error)
{
	struct delivery delivery = {
		.wire = wire, .emit = emit, .context = context, .error = error, .now_ns = now_ns()};
	int result;

	look_at_clock(wire);
	result = libpcap.dispatch(wire->live, max, on_packet, (u_char *)&delivery);
	if (delivery.failed)
		return -1;
	/* An interface that goes down is waited for; this one is gone, or the socket is. */
	if (result == PCAP_ERROR)
		return error_set(error, "%s: the capture broke off: %s", wire->interface,
			libpcap.geterr(wire->live));
	return delivery.taken;
}

static int dispatch_file(
	struct wire *wire, int max, event_emit *emit, void *context, struct error *error)
{
	int taken = 0;

	while (taken < max) {
		struct pcap_pkthdr *header;
		const uint8_t *data;
		int64_t t_ns;
		int result = capture_file_next(&wire->file, &header, &data, &t_ns, error);

		if (result <= 0)
			return result < 0 ? -1 : taken;
		taken++;
		if (take_packet(wire, t_ns, header, data, emit, context, error) != 0)
			return -1;
	}
	return taken;
}

int wire_dispatch(struct wire *wire, int max, event_emit *emit, void *context, struct error *error)
{
	return wire->live != NULL ? dispatch_live(wire, max, emit, context, error)
				  : dispatch_file(wire, max, emit, context, error);
}

bool wire_torn(const struct wire *wire)
{
	return wire->file.torn;
}

struct wire_stats wire_statistics(struct wire *wire)
{
	struct pcap_stat stat;

	if (wire->live != NULL && libpcap.stats(wire->live, &stat) == 0) {
		wire->stats.dropped_kernel = stat.ps_drop;
		wire->stats.dropped_interface = stat.ps_ifdrop;
	}
	wire->stats.blank = wire->file.blank;
	return wire->stats;
}
