/* Half-open connections on purpose: sends SYNs from a host that does not exist, and so never
 * answers the SYN-ACKs, not even with RST. That host's address is routed into lo: what the server
 * sends there shows on the wire and is dropped. Only in a sealed namespace: no packet can leave the
 * machine from there. Prints "ready COUNT FIRST-SOURCE SERVER" when all SYNs are sent. */
#include "lab.h"

#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>
/* <linux/ipv6_route.h> and <net/route.h> both describe RTF_UP and in6_rtmsg; this flag is only in
 * the former. */
enum { ROUTE_ANYCAST = 0x00100000 };

struct syn { /* the TCP header as it is sent, with its one option */
	struct tcphdr header;
	uint8_t mss[4];
};

/* 192.0.2.1 or 2001:db8::1: RFC 5737 and RFC 3849 keep them for documentation, so that they belong
 * to nobody. */
static struct lab_address nobody(long family)
{
	struct sockaddr_in host4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
	struct sockaddr_in6 host6 = {
		.sin6_family = AF_INET6, .sin6_addr.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
	struct lab_address address = {.length = family == AF_INET6 ? sizeof(host6) : sizeof(host4)};

	memcpy(&address.sa, family == AF_INET6 ? (void *)&host6 : (void *)&host4, address.length);
	return address;
}

/* Route the source address into lo. A packet to it comes back in on lo and ends there, since there
 * is no such host: of IPv4 a plain route says so; of IPv6 one for anycast addresses, to which TCP
 * answers nothing (a plain route into lo would become `unreachable`). */
static void route_into_lo(const struct lab_address *source)
{
	int fd = socket(source->sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), done;
	char text[LAB_ADDRESS_TEXT];

	if (fd < 0)
		lab_fatal("socket");
	if (source->sa.ss_family == AF_INET6) {
		struct in6_rtmsg route = {.rtmsg_dst_len = 128,
			.rtmsg_metric = 1,
			.rtmsg_flags = RTF_UP | RTF_HOST | ROUTE_ANYCAST};

		route.rtmsg_ifindex = (int)if_nametoindex("lo");
		route.rtmsg_dst = ((const struct sockaddr_in6 *)&source->sa)->sin6_addr;
		done = ioctl(fd, SIOCADDRT, &route);
	} else {
		char loopback[] = "lo";
		struct rtentry route = {0};
		struct sockaddr_in host = {.sin_family = AF_INET,
			.sin_addr = ((const struct sockaddr_in *)&source->sa)->sin_addr};

		route.rt_flags = RTF_UP | RTF_HOST;
		route.rt_dev = loopback;
		memcpy(&route.rt_dst, &host, sizeof(host));
		done = ioctl(fd, SIOCADDRT, &route);
	}
	if (done < 0 && errno != EEXIST) /* the SYN sender before this one */
		lab_fatal("route %s into lo%s", lab_address_text(source, text),
			errno == EPERM ? " " LAB_CAP_NET_ADMIN : "");
	close(fd);
}

/* RFC 1071, over bytes of even number: the sum of 16-bit words, not yet folded. */
static uint32_t sum(uint32_t so_far, const void *data, size_t length)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i + 1 < length; i += 2)
		so_far += (uint32_t)byte[i] << 8 | byte[i + 1];
	return so_far;
}

static uint16_t checksum(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons((uint16_t)~total);
}

/* Put a datagram with one SYN together; returns its length. Of the IPv4 header the kernel fills in
 * length and checksum. */
static size_t build(uint8_t packet[128], const struct lab_address *source,
	const struct lab_address *server, uint32_t seq)
{
	struct syn syn = {
		.header = {.th_off = sizeof(syn) / 4, .th_flags = TH_SYN, .th_win = htons(65535)},
		.mss = {TCPOPT_MAXSEG, 4, 65495 >> 8, 65495 & 255}};
	/* of the pseudo-header, for now */
	uint32_t total = IPPROTO_TCP + (uint32_t)sizeof(syn);
	size_t ip_length;

	syn.header.th_seq = htonl(seq);
	if (source->sa.ss_family == AF_INET6) {
		const struct sockaddr_in6 *from = (const struct sockaddr_in6 *)&source->sa,
					  *to = (const struct sockaddr_in6 *)&server->sa;
		struct ip6_hdr ip = {.ip6_src = from->sin6_addr, .ip6_dst = to->sin6_addr};

		ip.ip6_flow = htonl(6U << 28);
		ip.ip6_plen = htons(sizeof(syn));
		ip.ip6_nxt = IPPROTO_TCP;
		ip.ip6_hlim = 64;
		syn.header.th_sport = from->sin6_port;
		syn.header.th_dport = to->sin6_port;
		total = sum(sum(total, &ip.ip6_src, sizeof(ip.ip6_src)), &ip.ip6_dst,
			sizeof(ip.ip6_dst));
		ip_length = sizeof(ip);
		memcpy(packet, &ip, ip_length);
	} else {
		const struct sockaddr_in *from = (const struct sockaddr_in *)&source->sa,
					 *to = (const struct sockaddr_in *)&server->sa;
		struct iphdr ip = {.version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.saddr = from->sin_addr.s_addr,
			.daddr = to->sin_addr.s_addr};

		syn.header.th_sport = from->sin_port;
		syn.header.th_dport = to->sin_port;
		total = sum(sum(total, &ip.saddr, sizeof(ip.saddr)), &ip.daddr, sizeof(ip.daddr));
		ip_length = sizeof(ip);
		memcpy(packet, &ip, ip_length);
	}
	syn.header.th_sum = checksum(sum(total, &syn, sizeof(syn)));
	memcpy(packet + ip_length, &syn, sizeof(syn));
	return ip_length + sizeof(syn);
}

/* Every request is aged by a timer of the CPU that took its SYN. On one CPU they run one after
 * another, in an order that can be predicted. */
static void stay_on_this_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET((unsigned)(cpu < 0 ? 0 : cpu), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	struct lab_options options;
	struct lab_address source, target;
	char from[LAB_ADDRESS_TEXT], to[LAB_ADDRESS_TEXT];
	long first, count;
	int fd, on = 1;

	lab_options_read(&options, LAB_SYN_SENDER,
		"Send SYNs from a host that does not exist, and never answers: half-open "
		"connections.\n"
		"--bind is the first one's source (default 192.0.2.1:20001, of IPv6 2001:db8::1); "
		"each later one has the next port.",
		argc, argv);
	if (!lab_sealed()) {
		lab_warn("refused: forged source addresses only in a sealed namespace; run it "
			 "there: tcpstate record -o DIR -- COMMAND");
		return EXIT_FAILURE;
	}
	count = options.count ? options.count : 1;
	source = options.bind_text != NULL ? options.local : nobody(options.family);
	first = options.bind_port ? options.bind_port : 20001;
	lab_port_set(&options.remote, htons(options.connect_port));
	if (first + count - 1 > 65535)
		lab_usage("--count %ld: from port %ld on there are only %ld", count, first,
			65536 - first);
	route_into_lo(&source);
	stay_on_this_cpu();

	/* we write the IP header, too */
	fd = socket((int)options.family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		lab_fatal("raw socket%s", errno == EPERM
						  ? " needs CAP_NET_RAW: run it in a sealed "
						    "namespace, tcpstate record -o DIR -- COMMAND"
						  : "");
	if (options.family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof(on)) < 0)
		lab_fatal("setsockopt IPV6_HDRINCL");
	target = options.remote;
	lab_port_set(&target, 0); /* a raw socket has no ports */
	for (long i = 0; i < count; i++) {
		uint8_t packet[128];
		uint32_t seq;
		size_t length;

		lab_port_set(&source, htons((uint16_t)(first + i)));
		if (getrandom(&seq, sizeof(seq), 0) != sizeof(seq))
			lab_fatal("getrandom");
		length = build(packet, &source, &options.remote, seq);
		if (i && options.gap_ms)
			poll(NULL, 0, (int)options.gap_ms);
		if (sendto(fd, packet, length, 0, (const struct sockaddr *)&target.sa,
			    target.length) < 0)
			lab_fatal("send a SYN to %s", lab_address_text(&options.remote, to));
	}
	lab_port_set(&source, htons((uint16_t)first));
	printf("ready %ld %s %s\n", count, lab_address_text(&source, from),
		lab_address_text(&options.remote, to));
	return EXIT_SUCCESS;
}
