/* The one reader through which every length from outside goes: a view of bytes that cannot be read
 * past its end. Packets, quoted packets, options and netlink attributes are all taken apart with
 * it. A read that does not fit changes nothing and says so. */
#ifndef TCPSTATE_BYTES_H
#define TCPSTATE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;
	size_t left;
};

static inline struct bytes bytes_of(const void *data, size_t length)
{
	return (struct bytes){data, data == NULL ? 0 : length};
}

/* The next `count` (> 0) bytes, passed over; NULL when there are not so many. */
static inline const uint8_t *bytes_take(struct bytes *bytes, size_t count)
{
	const uint8_t *here = bytes->at;

	if (count > bytes->left || count == 0)
		return NULL;
	bytes->at += count;
	bytes->left -= count;
	return here;
}

/* A view of the next `count` bytes, or of as many as there are, without passing over them. */
static inline struct bytes bytes_head(const struct bytes *bytes, size_t count)
{
	return (struct bytes){bytes->at, count < bytes->left ? count : bytes->left};
}

/* Copy what there is of the next `count` bytes and zero the rest of `to`; returns how many were
 * there. Nothing is passed over. */
static inline size_t bytes_copy(const struct bytes *bytes, void *to, size_t count)
{
	size_t there = count < bytes->left ? count : bytes->left;

	memset(to, 0, count);
	if (there > 0)
		memcpy(to, bytes->at, there);
	return there;
}

static inline bool bytes_u8(struct bytes *bytes, uint8_t *value)
{
	const uint8_t *at = bytes_take(bytes, 1);

	if (at != NULL)
		*value = at[0];
	return at != NULL;
}

/* Big-endian (and little-endian) numbers at a place whose size has been checked (a header taken
 * whole). */
static inline uint16_t be16_at(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t be32_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint16_t le16_at(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t le32_at(const uint8_t *at)
{
	return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

#endif
