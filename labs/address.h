/* Addresses: read from the command line, handed to the kernel in network byte order or, by mistake,
 * not; printed. */
#ifndef LAB_ADDRESS_H
#define LAB_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct lab_address {
	struct sockaddr_storage sa;
	socklen_t length;
};

/* "ADDR", "ADDR:PORT", "[ADDR]:PORT", ":PORT" or "PORT". *port is left alone when the text has
 * none. An empty address is the loopback one. `option` names the culprit of a usage error, which
 * ends the program. */
struct lab_address lab_address_parse(const char *option, const char *text, long family, long *port);
/* The port of an address, in network byte order: htons() stands where the program sets it. */
void lab_port_set(struct lab_address *address, in_port_t port_be);
/* The mistakes of --no-htons and --no-htonl are made here, and only here; each says what became of
 * the port or the address. */
in_port_t lab_no_htons(uint16_t port);
void lab_host_unconverted(struct lab_address *address);

enum { LAB_ADDRESS_TEXT = 72 };
/* "127.0.0.1:12345", "[::1]:12345" into buffer; returns it. */
const char *lab_address_text(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT]);
/* The same in two parts: buffer gets the address alone, the port (host byte order) is returned. */
int lab_address_parts(const struct lab_address *address, char buffer[LAB_ADDRESS_TEXT]);
/* What --fault no-ntohs-print and no-ntohl-print print: the number as it lies in memory, taken for
 * one in host byte order. */
struct lab_address lab_address_misread(const struct lab_address *address, bool port, bool host);

#endif
