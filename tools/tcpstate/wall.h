/* The wall's server, of libmicrohttpd: one thread, in the loop of wall.c. */
#ifndef TCPSTATE_WALL_H
#define TCPSTATE_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "tcpstate/error.h"
#include "wall_tiles.h"

enum { WALL_CODE = 6, WALL_KEY = 32, WALL_VIEWERS = 64 };

struct wall_options {
	const char *bind;       /* an address */
	uint16_t port;          /* 0: any that is free */
	char code[16];          /* letters and digits; in every path */
	char key[WALL_KEY + 1]; /* whoever has it may remove tiles */
	const char *words;      /* JSON of the page's words, one line */
};

struct wall;
/* NULL with *error: the address is taken, or this program was built without libmicrohttpd. options
 * and tiles stay the caller's. */
struct wall *wall_open(
	const struct wall_options *options, struct tiles *tiles, struct error *error);
void wall_close(struct wall *wall);
uint16_t wall_port(const struct wall *wall);
int wall_fd(const struct wall *wall); /* to poll() for reading */
/* How long poll() may wait for it, at most `most` ms. */
int wall_timeout_ms(const struct wall *wall, int most);
/* Serve what is there; tell the viewers what changed, if it is time to. */
void wall_serve(struct wall *wall, bool tell);
/* So many look at it. */
unsigned wall_viewers(const struct wall *wall);

#endif
