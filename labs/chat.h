/* What the server and the client of the chat room agree on: every datagram, in both directions, is
 * `name|text` in UTF-8, and that is the whole protocol. A datagram arrives whole or not at all,
 * perhaps twice, perhaps late: nothing here counts on more.
 *
 *   client to server   alice|login    let me in
 *                      alice|         still here
 *                      alice|exit     I leave
 *                      alice|TEXT     to all the others
 *   server to client   server|hello alice: ...        you are in (to the newcomer alone)
 *                      server|welcome alice           a newcomer (to all members)
 *                      server|bye alice: ...          you are out
 *                      server|alice has left          (to all members)
 *                      server|refused nickname: WHY   not in: try another
 *                      server|refused login: WHY      not in: that is no login here
 *                      server|refused message: WHY    it went to nobody
 *                      bob|TEXT                       bob has said
 *
 * The server knows a member by its address; the name it writes must be the one it logged in with.
 */
#ifndef CHAT_H
#define CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In bytes. The longest datagram (1057) fits IPv6's smallest link of 1280 bytes: none is ever cut
 * into fragments. */
enum { CHAT_NAME_MAX = 32, CHAT_TEXT_MAX = 1024, CHAT_MAX = CHAT_NAME_MAX + 1 + CHAT_TEXT_MAX };
#define CHAT_SERVER_NAME "server"

/* parts of the datagram: not terminated */
struct chat_message {
	const char *name, *text;
	size_t name_length, text_length;
};

/* Cut a datagram at its first '|'. False: there is none, it is longer than CHAT_MAX (length: as it
 * was sent), or not UTF-8. */
bool chat_parse(struct chat_message *message, const char *datagram, size_t length);
/* The other way round; what is too long is cut, between characters. Returns the datagram's length.
 */
size_t chat_compose(
	char datagram[CHAT_MAX], const char *name, const char *text, size_t text_length);
/* Why this cannot be a nickname; NULL: it can. */
const char *chat_name_problem(const char *name, size_t length);
/* How many datagrams the kernel has dropped at this socket since it was made, most of them because
 * its receive buffer was full. */
uint32_t chat_drops(int fd);

#endif
