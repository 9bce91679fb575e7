/* A time axis on which microseconds and minutes can both be read: each interval between two events
 * gets a width that grows with the logarithm of its duration, long quiet ones are folded. Private
 * to src/sink/. */
#ifndef TCPSTATE_AXIS_H
#define TCPSTATE_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct axis {
	int64_t *t_ns; /* the knots, ascending */
	double *x;     /* where each lies; between two the axis is linear */
	size_t count;
	int64_t fold_ns; /* a gap this long is folded */
	int64_t zero_ns; /* what was before it (listen() before the first packet) is a stub only */
	double left, right;
};
/* the ruler with the durations of folded gaps in it; what it measures begins below */
enum { RULER_HEIGHT = 15 };

/* Takes the times over (malloc'd, any order, repeated ones too). zero_ns: where its numbers begin;
 * INT64_MIN: they may be negative. false: out of memory. */
bool axis_new(struct axis *axis, int64_t *times, size_t count, int64_t zero_ns, double left,
	double right);
void axis_free(struct axis *axis);
double axis_x(const struct axis *axis, int64_t t_ns);
/* Is the interval that ends in knot i folded? */
bool axis_folded(const struct axis *axis, size_t i);
/* The strip that tells how much time a step is, with the durations of folded gaps in it; above it
 * seconds since zero_ns wherever there is room, the longest steps first. */
void put_ruler(FILE *out, const struct axis *axis, double y, int64_t zero_ns);
/* Zigzags through folded gaps, from y to below: the wider, the longer the gap. */
void put_folds(FILE *out, const char *id, const struct axis *axis, double y, double below);
/* Where a text of this width can begin, at x or right of it, so that no zigzag runs through it; x
 * if it would end right of `until` then. */
double axis_clear(const struct axis *axis, double x, double width, double until);

#endif
