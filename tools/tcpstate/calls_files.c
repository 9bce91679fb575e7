/* Which descriptors of the traced processes are TCP or UDP sockets. Learned from the calls that
 * open and close them; what a descriptor of unknown origin is, is looked up once, by a duplicate
 * that pidfd_getfd() gives (Linux 5.6). */
#include "calls.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* ---- sockets ---- */

static struct sock **sock_link(struct socks *socks, uint32_t inode)
{
	struct sock **link = &socks->bucket[inode * 2654435769U >> 20];

	while (*link != NULL && (*link)->inode != inode)
		link = &(*link)->next;
	return link;
}

struct sock *sock_find(const struct socks *socks, uint32_t inode)
{
	return *sock_link((struct socks *)(uintptr_t)socks, inode);
}

void sock_release(struct socks *socks, struct sock *sock)
{
	struct sock **link = sock_link(socks, sock->inode);

	if (sock->refs > 0 || sock->in_flight > 0 || sock->held > 0 || *link != sock)
		return;
	*link = sock->next;
	free(sock);
}

int traced_getfd(const struct traced *process, int fd)
{
#ifdef SYS_pidfd_getfd
	return (int)syscall(SYS_pidfd_getfd, process->pidfd, fd, 0);
#else
	(void)process;
	(void)fd;
	errno = ENOSYS;
	return -1;
#endif
}

static void end_of(const struct sockaddr_storage *address, struct flow_key *key, int end)
{
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		memcpy(key->addr[end], &in->sin_addr, sizeof(in->sin_addr));
		key->port_be[end] = in->sin_port;
	} else if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

		memcpy(key->addr[end], &in6->sin6_addr, sizeof(in6->sin6_addr));
		key->port_be[end] = in6->sin6_port;
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			key->zone = (uint16_t)in6->sin6_scope_id;
	}
}

/* From a descriptor of our own. */
static void ends_read(struct sock *sock, int own)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);
	struct flow_key key = {.protocol = sock->key.protocol};

	if (getsockname(own, (struct sockaddr *)&address, &size) != 0)
		return;
	key.family = (uint8_t)address.ss_family;
	end_of(&address, &key, 0);
	memset(&address, 0, sizeof(address));
	size = sizeof(address);
	if (getpeername(own, (struct sockaddr *)&address, &size) == 0)
		end_of(&address, &key, 1);
	flow_key_unmap(&key);
	sock->key = key;
}

void sock_ends(struct sock *sock, const struct traced *process, int fd)
{
	int own = traced_getfd(process, fd);

	if (own < 0)
		return;
	ends_read(sock, own);
	close(own);
}

int64_t sock_unread(const struct sock *sock, const struct traced *process, int fd)
{
	int own = sock->stream ? traced_getfd(process, fd) : -1, bytes = 0;
	bool good;

	if (own < 0)
		return -1;
	good = ioctl(own, FIONREAD, &bytes) == 0; /* EINVAL: it listens */
	close(own);
	return good ? bytes : -1;
}

static struct sock *sock_enter(struct socks *socks, int own, uint32_t inode, int protocol)
{
	struct sock **link = sock_link(socks, inode);
	socklen_t size = sizeof((*link)->cookie);

	if (*link != NULL)
		return *link;
	*link = calloc(1, sizeof(**link));
	if (*link == NULL)
		return NULL;
	(*link)->inode = inode;
	(*link)->stream = protocol != IPPROTO_UDP;
	(*link)->key.protocol = protocol == IPPROTO_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	getsockopt(own, SOL_SOCKET, SO_COOKIE, &(*link)->cookie, &size);
	ends_read(*link, own);
	return *link;
}

static enum slot_class classify(struct socks *socks, int own, struct sock **sock)
{
	int domain = 0, protocol = 0;
	socklen_t size = sizeof(domain);
	struct stat status;

	if (fstat(own, &status) != 0 || !S_ISSOCK(status.st_mode) ||
		getsockopt(own, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
		return SLOT_OTHER;
	if (domain == AF_UNIX)
		return SLOT_UNIX;
	size = sizeof(protocol);
	if ((domain != AF_INET && domain != AF_INET6) ||
		getsockopt(own, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0 ||
		(protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_MPTCP))
		return SLOT_OTHER;
	*sock = sock_enter(socks, own, (uint32_t)status.st_ino, protocol);
	return *sock != NULL ? SLOT_INET : SLOT_OTHER;
}

/* ---- tables of descriptors ---- */

struct files *files_new(void)
{
	struct files *files = calloc(1, sizeof(*files));

	if (files != NULL)
		files->users = 1;
	return files;
}

struct files *files_copy(struct socks *socks, const struct files *files)
{
	struct files *copy = files_new();

	if (copy == NULL || files->count == 0)
		return copy;
	copy->slot = malloc(files->count * sizeof(*copy->slot));
	if (copy->slot == NULL)
		return copy; /* all unknown: they are looked up again */
	copy->count = files->count;
	memcpy(copy->slot, files->slot, files->count * sizeof(*copy->slot));
	for (size_t i = 0; i < copy->count; i++) {
		struct sock *sock = copy->slot[i].class == SLOT_INET
					    ? sock_find(socks, copy->slot[i].inode)
					    : NULL;

		if (sock != NULL)
			sock->refs++;
	}
	return copy;
}

void files_drop(struct files *files)
{
	if (--files->users > 0)
		return;
	free(files->slot);
	free(files);
}

static struct slot *slot_of(struct files *files, int fd)
{
	size_t count = files->count > 0 ? files->count : 64;
	struct slot *more;

	if (fd < 0 || fd >= 1 << 24)
		return NULL;
	if ((size_t)fd < files->count)
		return &files->slot[fd];
	while (count <= (size_t)fd)
		count *= 2;
	more = realloc(files->slot, count * sizeof(*more));
	if (more == NULL)
		return NULL;
	memset(more + files->count, 0, (count - files->count) * sizeof(*more));
	files->slot = more;
	files->count = count;
	return &files->slot[fd];
}

void files_clear(struct socks *socks, struct files *files, int fd)
{
	struct sock *sock;

	if (fd < 0 || (size_t)fd >= files->count)
		return;
	sock = files->slot[fd].class == SLOT_INET ? sock_find(socks, files->slot[fd].inode) : NULL;
	files->slot[fd] = (struct slot){0};
	if (sock != NULL && sock->refs > 0)
		sock->refs--;
}

void files_set(struct socks *socks, struct files *files, int fd, struct sock *sock)
{
	struct slot *slot;

	files_clear(socks, files, fd);
	slot = slot_of(files, fd);
	if (slot == NULL)
		return;
	*slot = (struct slot){sock->inode, SLOT_INET};
	sock->refs++;
}

struct sock *files_look(struct socks *socks, struct traced *process, int fd, enum slot_class *class)
{
	struct slot *slot = slot_of(process->files, fd);
	struct sock *sock = NULL;
	enum slot_class found = fd < 0 ? SLOT_CLOSED : SLOT_OTHER;

	if (slot != NULL && slot->class != SLOT_UNKNOWN) {
		found = (enum slot_class)slot->class;
		sock = found == SLOT_INET ? sock_find(socks, slot->inode) : NULL;
	} else if (slot != NULL) {
		int own = traced_getfd(process, fd);

		if (own >= 0) {
			found = classify(socks, own, &sock);
			close(own);
			*slot = (struct slot){sock != NULL ? sock->inode : 0, (uint8_t)found};
			if (sock != NULL)
				sock->refs++;
		} else if (errno == EBADF) {
			found = SLOT_CLOSED;
		}
	}
	if (class != NULL)
		*class = found;
	return sock;
}

bool traced_has(const struct traced *process, int fd)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)process->pid, fd);
	return lstat(path, &status) == 0;
}

void files_scan(struct socks *socks, struct traced *process)
{
	struct dirent *entry;
	char path[64];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->pid);
	directory = opendir(path);
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			files_look(socks, process, atoi(entry->d_name), NULL);
	if (directory != NULL)
		closedir(directory);
}
