/* Addresses: read from the command line, handed to the kernel in network byte order or, by mistake,
 * not; printed. */
#include "address.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

struct lab_address lab_address_parse(const char *option, const char *text, long family, long *port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
	struct lab_address address = {0};
	const char *colon = strrchr(text, ':'), *port_text = NULL;
	char host[128];
	size_t length = strlen(text);

	if (text[0] == '[' && strchr(text, ']') != NULL) {
		length = (size_t)(strchr(text, ']') - text) - 1;
		port_text = text[length + 2] == ':' ? text + length + 3
			    : text[length + 2]      ? ""
						    : NULL;
		text++;
	} else if (colon != NULL && colon == strchr(text, ':')) {
		length = (size_t)(colon - text);
		port_text = colon + 1;
	} else if (length && strspn(text, "0123456789") == length) {
		port_text = text;
		length = 0;
	}
	snprintf(host, sizeof(host), "%.*s", (int)length, text);
	if (port_text != NULL && !lab_number(port_text, 0, 65535, port))
		lab_usage("--%s: not a port from 0 to 65535: '%s'", option, port_text);
	if (!length || !strcmp(host, "localhost"))
		snprintf(host, sizeof(host), "%s", family == AF_INET6 ? "::1" : "127.0.0.1");
	if (getaddrinfo(host, NULL, &hints, &found))
		lab_usage(
			"--%s: neither an IPv4 nor an IPv6 address: '%s' (names are not looked up)",
			option, host);
	memcpy(&address.sa, found->ai_addr, found->ai_addrlen);
	address.length = found->ai_addrlen;
	freeaddrinfo(found);
	if (family && address.sa.ss_family != family)
		lab_usage("--%s: %s is not an %s address", option, host,
			family == AF_INET6 ? "IPv6" : "IPv4");
	return address;
}

void lab_port_set(struct lab_address *address, in_port_t port_be)
{
	if (address->sa.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address->sa)->sin6_port = port_be;
	else
		((struct sockaddr_in *)&address->sa)->sin_port = port_be;
}

in_port_t lab_no_htons(uint16_t port)
{
	in_port_t port_be = port; /* the mistake */

	if (port && port_be == htons(port))
		lab_warn("--no-htons changes nothing for port %d = 0x%04x: %s", port, port,
			__BYTE_ORDER == __BIG_ENDIAN
				? "this machine is big-endian, its own byte order is the network's"
				: "its two bytes are equal");
	else if (port)
		lab_warn("--no-htons: port %d = 0x%04x goes in unconverted; on the wire and in the "
			 "kernel it is %d = 0x%04x",
			port, port, ntohs(port_be), (unsigned)ntohs(port_be));
	return port_be;
}

int lab_address_parts(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT])
{
	char port[8];

	if (getnameinfo((const struct sockaddr *)&address->sa, address->length, buffer,
		    LAB_ADDRESS_TEXT, port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV)) {
		snprintf(buffer, LAB_ADDRESS_TEXT, "?");
		return 0;
	}
	return atoi(port);
}

const char *lab_address_text(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT])
{
	char host[LAB_ADDRESS_TEXT];
	int port = lab_address_parts(address, host);

	snprintf(buffer, LAB_ADDRESS_TEXT, strchr(host, ':') != NULL ? "[%.60s]:%d" : "%.60s:%d",
		host, port);
	return buffer;
}

void lab_host_unconverted(struct lab_address *address)
{
	char before[LAB_ADDRESS_TEXT], after[LAB_ADDRESS_TEXT];

	lab_address_parts(address, before);
	*address = lab_address_misread(address, false, true);
	lab_address_parts(address, after);
	if (strcmp(before, after))
		lab_warn("--no-htonl: address %s goes in unconverted; on the wire and in the "
			 "kernel it is %s",
			before, after);
	else
		lab_warn("--no-htonl changes nothing for %s: %s", before,
			__BYTE_ORDER == __BIG_ENDIAN
				? "this machine is big-endian, its own byte order is the network's"
				: "backwards it is the same");
}

struct lab_address lab_address_misread(const struct lab_address *address, bool port, bool host)
{
	struct lab_address misread = *address;
	/* sin6_port lies where sin_port does */
	struct sockaddr_in *in = (struct sockaddr_in *)&misread.sa;

	if (port)
		in->sin_port = htons(in->sin_port);
	if (host && misread.sa.ss_family == AF_INET)
		in->sin_addr.s_addr = htonl(in->sin_addr.s_addr);
	return misread;
}
