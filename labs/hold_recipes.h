/* The recipes of `hold': how a socket is brought into a state and kept there, and how it goes on.
 */
#ifndef HOLD_RECIPES_H
#define HOLD_RECIPES_H

#include <stddef.h>

/* What a recipe has made: the end that holds the state (a listening socket's request or a
 * mini-socket has no descriptor: then only its port is known), the other end, and the listening
 * socket if it is still open; -1: none. */
struct ends {
	int holder, peer, listening, port;
};

struct recipe {
	const char *name; /* the state's, and what is special: "FIN_WAIT2-mini" */
	void (*hold)(struct ends *ends), (*go_on)(struct ends *ends);
};
extern const struct recipe recipes[]; /* up to one without name */

const struct recipe *recipe_find(const char *name); /* NULL: there is none */
/* returns once the socket is in its state; the port is known then */
struct ends recipe_hold(const struct recipe *recipe);

#endif
