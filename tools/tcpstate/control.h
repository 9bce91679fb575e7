/* The control socket of a running recording: DIR/control, SOCK_SEQPACKET, one JSON request and one
 * JSON reply, {"ok":true} if nothing else is said. A refusal is {"ok":false,"error":S}.
 *   {"do":"mark","text":S}     replied when its dump is on disk
 *   {"do":"look"}              replied when a dump and the sockets' holders are on disk; no mark
 *   {"do":"plan","checks":N}
 *   {"do":"expect","checks":[{"name","predicted","query"}...],
 *    "cells":[[K,V]...],"lets":[[K,E]...],"since_mark":B}
 *                              {"ok":true,"checks":[{"name","formula","predicted","query",
 *                               "measured","problem","match"}...]}
 *   {"do":"enter"}             {"ok":true,"environment":[S...]}, with the network
 *                              namespace's descriptor
 *   {"do":"state"}             {"ok":true,"pid":N,"netns":N,"mode":S,"packets":N,...} */
#ifndef TCPSTATE_CONTROL_H
#define TCPSTATE_CONTROL_H

#include <jansson.h>
#include <poll.h>

#include "sealed.h"

enum { CONTROL_CLIENTS = 16, CONTROL_MESSAGE_MAX = 160 * 1024 };

/* ---- the recorder's side ---- */

/* Returns the reply (a new reference), and may set *fd to a descriptor to pass on, which it keeps.
 */
typedef json_t *control_handler(void *context, const json_t *request, int *fd);

struct control;
/* directory_fd stays the caller's. The socket is 0600 and the invoker's. */
struct control *control_new(
	int directory_fd, const char *directory, const struct invoker *owner, struct error *error);
void control_close(struct control *control); /* removes the socket */
/* Descriptors to poll; returns their number. */
size_t control_fds(const struct control *control, struct pollfd fds[CONTROL_CLIENTS + 1]);
/* Serve what poll() found. */
void control_serve(struct control *control, const struct pollfd *fds, size_t count,
	control_handler *handler, void *context);

/* the reply that says why not; NULL out of memory */
json_t *control_refusal(const char *text);

/* ---- the client's side ---- */

/* Who answers there, and to whom the recording's directory belongs. */
struct control_peer {
	uid_t uid;
	uid_t directory_uid;
	gid_t directory_gid;
};
/* Ask the recording whose socket is `path` (DIR/control); *fd, when not NULL, gets the descriptor
 * that came along, or -1. NULL: no reply in time, or a refusal. */
json_t *control_ask(const char *path, const json_t *request, int *fd, struct error *error);
/* The same; *peer gets who answered. */
json_t *control_ask_peer(const char *path, const json_t *request, int *fd,
	struct control_peer *peer, struct error *error);
/* Is somebody recording into this directory? Never waits. */
bool control_is_running(int directory_fd);
/* The sockets to talk to: of DIR, or if directory is NULL those of TCPSTATE_CONTROL. A
 * NULL-terminated list (control_paths_free), NULL: *error. */
char **control_paths(const char *directory, struct error *error);
void control_paths_free(char **paths);

#endif
