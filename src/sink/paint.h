/* Drawing in SVG and writing HTML: escaping, numbers, text widths, the small shapes that all
 * figures share. Private to src/sink/. Coordinates are CSS pixels. */
#ifndef TCPSTATE_PAINT_H
#define TCPSTATE_PAINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes format with its gaps filled: %s text of our own, as it is; %e text of others, escaped;
 * %n a double as a coordinate (at most one decimal); %d int; %u uint32_t; %U uint64_t; %%. */
void put(FILE *out, const char *format, ...); /* out NULL: to nowhere */
/* Closes what open_memstream() gave; NULL: there was no memory for it. */
void put_end(FILE *out);

/* Of a group: what stands in it is said in the figure's description or in its tips, and is not read
 * aloud once more, without its place. No link may be in it. */
#define PAINT_UNREAD " aria-hidden='true'"

enum { TEXT_OF_OTHERS = 400 /* code points shown of it */ };
/* Text of others made visible and harmless: controls as ␛ ↵ ⇥, bidi controls and the like as
 * ⟨202E⟩, bytes that are no UTF-8 as ⟨FF⟩, at most `limit` code points; into buffer, returned. */
char *visible(const char *text, size_t limit, char *buffer, size_t size);
/* The same with & < > " ' as entities: right in HTML and in SVG, in text and in attributes. */
void put_escaped(FILE *out, const char *text, size_t limit);

/* Width of UTF-8 text in px. By the widest common system font, so that what is laid out with it
 * overflows in none. */
double px_width(const char *text, double size, bool bold);
/* Cut to px with an ellipsis; into buffer, returned. "" when nothing fits. */
char *px_fit(const char *text, double size, double px, bool bold, char *buffer, size_t bytes);
/* The same of an address and port: it is the address that is cut. */
char *px_fit_end(const char *text, double size, double px, bool bold, char *buffer, size_t bytes);
/* The next line of at most px from *text on, broken at spaces and between ideographs; false: no
 * more. */
bool px_line(const char **text, double size, double px, char *buffer, size_t bytes);

/* "10 µs", "1.0 ms", "59.1 s"; buffer of DURATION_TEXT bytes, returned. */
enum { DURATION_TEXT = 32 };
char *duration_text(int64_t ns, char *buffer);

/* ---- shapes ---- */
/* the class of a state: "ES" */
const char *state_class(unsigned state);
/* A state as a band: its colour and, by its height, what the end may still do. */
void put_band(
	FILE *out, unsigned state, double x, double y, double width, double height, bool inferred);
struct strokes;
/* The same as one of many. */
void strokes_band(struct strokes *strokes, unsigned state, double x, double y, double width,
	double height, bool inferred);
/* At its right end: it did not end there. */
void strokes_goes_on(struct strokes *strokes, unsigned state, double x, double y, double height);
/* Who saw it: ● both, ○ the wire, ◆ the kernel, ◌ nobody; and ✗. */
enum mark_shape { MARK_NONE, MARK_WIRE, MARK_KERNEL, MARK_BOTH, MARK_INFERRED, MARK_CROSS };
void put_mark(FILE *out, enum mark_shape shape, double x, double y, double radius);
/* Shapes of a class that need nothing of their own are one path: the class is written once. */
enum { STROKES_MAX = 24 };
struct strokes {
	struct {
		char class[16];
		FILE *out;
		char *data;
		size_t bytes;
	} item[STROKES_MAX];
	size_t count;
};
/* Where the path data of this class is written to; NULL: out of memory. */
FILE *strokes_of(struct strokes *strokes, const char *class);
/* All of them, in the order in which their classes came; they are gone then. */
void strokes_end(struct strokes *strokes, FILE *out);
/* A mark as one of many: a dot is the round end of a line without length. */
void strokes_mark(
	struct strokes *strokes, enum mark_shape shape, double x, double y, double radius);
/* "M1 2h3v4H1z", into path data */
void put_box(FILE *out, double x, double y, double width, double height);

/* text of anybody, escaped; classes "": none; nothing for an empty text */
void put_text(FILE *out, double x, double y, const char *classes, const char *text);

#endif
