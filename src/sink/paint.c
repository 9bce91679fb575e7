/* Writing with gaps filled, text widths, and the shapes that all figures share. */
#include "paint.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/state.h"
#include "utf8.h"

static void put_number(FILE *out, double value)
{
	char text[40];

	if (!isfinite(value))
		value = 0;
	snprintf(text, sizeof(text), "%.1f", value);
	size_t length = strlen(text);
	if (strcmp(text + length - 2, ".0") == 0)
		text[length - 2] = '\0';
	fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

void put_end(FILE *out)
{
	if (out != NULL)
		fclose(out);
}

void put(FILE *out, const char *format, ...)
{
	va_list arguments;

	if (out == NULL)
		return;
	va_start(arguments, format);
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			fputc(*format, out);
			continue;
		}
		switch (*++format) {
		case 's':
			fputs(va_arg(arguments, const char *), out);
			break;
		case 'e':
			put_escaped(out, va_arg(arguments, const char *), TEXT_OF_OTHERS);
			break;
		case 'n':
			put_number(out, va_arg(arguments, double));
			break;
		case 'd':
			fprintf(out, "%d", va_arg(arguments, int));
			break;
		case 'u':
			fprintf(out, "%u", va_arg(arguments, unsigned));
			break;
		case 'U':
			fprintf(out, "%llu", (unsigned long long)va_arg(arguments, uint64_t));
			break;
		case '%':
			fputc('%', out);
			break;
		default:
			abort(); /* no such gap */
		}
	}
	va_end(arguments);
}

/* ---- widths ---- */

/* Advances of DejaVu Sans from space on, in hundredths of an em. */
static const uint8_t advance[95] = {32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58,
	77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39,
	84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39,
	63, 59, 82, 59, 59, 52, 64, 34, 64, 84};

static double advance_of(uint32_t point)
{
	if (point >= 0x20 && point < 0x7f)
		return advance[point - 0x20];
	if (point == 0xb7)
		return 40;
	if (point == 0x2026 || utf8_wide(point))
		return 100;
	return utf8_combining(point) ? 0 : 84;
}

double px_width(const char *text, double size, bool bold)
{
	double width = 0;
	uint32_t point;

	for (size_t step; (step = utf8_next(text, &point)) > 0; text += step)
		width += advance_of(point);
	return width * size / 100 * (bold ? 1.1 : 1);
}

char *px_fit(const char *text, double size, double px, bool bold, char *buffer, size_t bytes)
{
	double room = px - size * (bold ? 1.1 : 1), width = 0;
	size_t used = 0, cut = 0;
	uint32_t point;

	if (px_width(text, size, bold) <= px && strlen(text) < bytes)
		return strcpy(buffer, text);
	for (size_t step; (step = utf8_next(text + used, &point)) > 0; used += step) {
		width += advance_of(point) * size / 100 * (bold ? 1.1 : 1);
		if (width > room || used + step + sizeof("…") > bytes)
			break;
		cut = used + step;
	}
	memcpy(buffer, text, cut);
	strcpy(buffer + cut, cut > 0 ? "…" : "");
	return buffer;
}

char *px_fit_end(const char *text, double size, double px, bool bold, char *buffer, size_t bytes)
{
	const char *port = strrchr(text, ':');

	if (port == NULL || px_width(text, size, bold) <= px || strlen(text) + sizeof("…") > bytes)
		return px_fit(text, size, px, bold, buffer, bytes);
	char address[128];
	size_t length = (size_t)(port - text);

	if (length >= sizeof(address))
		length = sizeof(address) - 1;
	memcpy(address, text, length);
	address[length] = '\0';
	px_fit(address, size, px - px_width(port, size, bold), bold, buffer, bytes);
	strcpy(buffer + strlen(buffer), port);
	return buffer;
}

bool px_line(const char **text, double size, double px, char *buffer, size_t bytes)
{
	const char *at = *text;
	size_t used = 0, best = 0;
	double width = 0;
	uint32_t point;

	at += strspn(at, " ");
	if (*at == '\0')
		return false;
	for (size_t step; (step = utf8_next(at + used, &point)) > 0; used += step) {
		width += advance_of(point) * size / 100;
		if (point == ' ' || (point > 0x2e80 && used > 0))
			best = used;
		if ((width > px || used + step >= bytes) && used > 0)
			break;
	}
	size_t length = at[used] == '\0' ? used : best > 0 ? best : used;
	memcpy(buffer, at, length);
	buffer[length] = '\0';
	*text = at + length;
	return true;
}

char *duration_text(int64_t ns, char *buffer)
{
	double value = ns < 0 ? -(double)ns : (double)ns;

	if (value < 1e3)
		snprintf(buffer, DURATION_TEXT, "%.0f ns", value);
	else if (value < 999.5e3)
		snprintf(buffer, DURATION_TEXT, "%.0f µs", value / 1e3);
	else if (value < 9.95e6)
		snprintf(buffer, DURATION_TEXT, "%.1f ms", value / 1e6);
	else if (value < 999.5e6)
		snprintf(buffer, DURATION_TEXT, "%.0f ms", value / 1e6);
	else if (value < 9.995e9)
		snprintf(buffer, DURATION_TEXT, "%.2f s", value / 1e9);
	else
		snprintf(buffer, DURATION_TEXT, "%.1f s", value / 1e9);
	return buffer;
}

/* ---- shapes ---- */

/* What an end in a state may still do decides the height of its band. */
enum height { HEIGHT_NEITHER, HEIGHT_RECEIVES, HEIGHT_SENDS, HEIGHT_BOTH };
static const struct {
	char class[4];
	uint8_t height;
} looks[STATE_MAX] = {[STATE_UNKNOWN] = {"UN", HEIGHT_NEITHER},
	[STATE_ESTABLISHED] = {"ES", HEIGHT_BOTH},
	[STATE_SYN_SENT] = {"SS", HEIGHT_NEITHER},
	[STATE_SYN_RECV] = {"SR", HEIGHT_NEITHER},
	[STATE_FIN_WAIT1] = {"F1", HEIGHT_RECEIVES},
	[STATE_FIN_WAIT2] = {"F2", HEIGHT_RECEIVES},
	[STATE_TIME_WAIT] = {"TW", HEIGHT_NEITHER},
	[STATE_CLOSED] = {"CD", HEIGHT_NEITHER},
	[STATE_CLOSE_WAIT] = {"CW", HEIGHT_SENDS},
	[STATE_LAST_ACK] = {"LA", HEIGHT_NEITHER},
	[STATE_LISTEN] = {"LI", HEIGHT_NEITHER},
	[STATE_CLOSING] = {"CL", HEIGHT_NEITHER}};

const char *state_class(unsigned state)
{
	return looks[state < STATE_MAX ? state : STATE_UNKNOWN].class;
}

/* Where a state's band is, in the height that an end has. */
static void band_place(unsigned state, double height, double *top, double *tall)
{
	*top = 0;
	*tall = height;
	switch (looks[state < STATE_MAX ? state : STATE_UNKNOWN].height) {
	case HEIGHT_BOTH:
		break;
	case HEIGHT_RECEIVES:
		*top = height / 2;
		*tall = height / 2;
		break;
	case HEIGHT_SENDS:
		*tall = height / 2;
		break;
	default:
		*top = height * .3;
		*tall = height * .4;
	}
}

void put_box(FILE *out, double x, double y, double width, double height)
{
	put(out, "M%n %nh%nv%nH%nz", x, y, width, height, x);
}

static const double NARROWEST = .8; /* px, of a band */

void put_band(
	FILE *out, unsigned state, double x, double y, double width, double height, bool inferred)
{
	double top, tall;

	band_place(state, height, &top, &tall);
	put(out, "<path class='sp %s%s' d='", state_class(state), inferred ? " w" : "");
	put_box(out, x, y + top, width > NARROWEST ? width : NARROWEST, tall);
	put(out, "'/>");
}

void strokes_band(struct strokes *strokes, unsigned state, double x, double y, double width,
	double height, bool inferred)
{
	double top, tall;
	char class[80];

	band_place(state, height, &top, &tall);
	snprintf(class, sizeof(class), "sp %s%s", state_class(state), inferred ? " w" : "");
	put_box(strokes_of(strokes, class), x, y + top, width > NARROWEST ? width : NARROWEST,
		tall);
}

void strokes_goes_on(struct strokes *strokes, unsigned state, double x, double y, double height)
{
	double top, tall;
	char class[80];

	band_place(state, height, &top, &tall);
	snprintf(class, sizeof(class), "sp %s", state_class(state));
	put(strokes_of(strokes, class), "M%n %nl5 4l-5 4z", x, y + top + tall / 2 - 4);
}

/* ---- many of a class ---- */

FILE *strokes_of(struct strokes *strokes, const char *class)
{
	size_t i = 0;

	while (i < strokes->count && strcmp(strokes->item[i].class, class) != 0)
		i++;
	if (i == STROKES_MAX)
		abort(); /* so many classes no figure has */
	if (i == strokes->count) {
		snprintf(strokes->item[i].class, sizeof(strokes->item[i].class), "%s", class);
		strokes->item[i].out =
			open_memstream(&strokes->item[i].data, &strokes->item[i].bytes);
		strokes->count += strokes->item[i].out != NULL;
	}
	return strokes->item[i].out;
}

/* A minus parts two numbers by itself. */
static void put_path_data(FILE *out, const char *data)
{
	for (; *data != '\0'; data++)
		if (data[0] != ' ' || data[1] != '-')
			fputc(*data, out);
}

void strokes_end(struct strokes *strokes, FILE *out)
{
	for (size_t i = 0; i < strokes->count; i++) {
		fclose(strokes->item[i].out);
		put(out, "<path class='%s' d='", strokes->item[i].class);
		if (out != NULL && strokes->item[i].data != NULL)
			put_path_data(out, strokes->item[i].data);
		put(out, "'/>");
		free(strokes->item[i].data);
	}
	*strokes = (struct strokes){.count = 0};
}

void put_mark(FILE *out, enum mark_shape shape, double x, double y, double radius)
{
	double r = radius;

	switch (shape) {
	case MARK_BOTH:
	case MARK_WIRE:
	case MARK_INFERRED:
		put(out, "<circle class='ev%s' cx='%n' cy='%n' r='%n'/>",
			shape == MARK_BOTH   ? ""
			: shape == MARK_WIRE ? " o"
					     : " i",
			x, y, r - .3);
		break;
	case MARK_KERNEL:
		r += .4;
		put(out, "<path class='ev' d='M%n %nl%n %nl%n %nl%n %nz'/>", x - r, y, r, -r, r, r,
			-r, r);
		break;
	case MARK_CROSS:
		put(out, "<path class='x' d='M%n %nl%n %nm0 %nl%n %n'/>", x - r, y - r, 2 * r,
			2 * r, -2 * r, -2 * r, 2 * r);
		break;
	default:
		break;
	}
}

void strokes_mark(struct strokes *strokes, enum mark_shape shape, double x, double y, double radius)
{
	double r = radius + .4;
	char class[16];

	snprintf(class, sizeof(class), "dt%.0f", radius * 10);
	switch (shape) {
	case MARK_BOTH:
	case MARK_WIRE:
		put(strokes_of(strokes, class), "M%n %nh0", x, y);
		class[1] = 'o';
		if (shape == MARK_WIRE)
			put(strokes_of(strokes, class), "M%n %nh0", x, y);
		break;
	case MARK_KERNEL:
		put(strokes_of(strokes, "ev"), "M%n %nl%n %nl%n %nl%n %nz", x - r, y, r, -r, r, r,
			-r, r);
		break;
	case MARK_CROSS:
		r = radius;
		put(strokes_of(strokes, "x"), "M%n %nl%n %nm0 %nl%n %n", x - r, y - r, 2 * r, 2 * r,
			-2 * r, -2 * r, 2 * r);
		break;
	case MARK_INFERRED: /* a dashed ring */
		put(strokes_of(strokes, "ev i"), "M%n %na%n %n 0 1 0 %n 0a%n %n 0 1 0 %n 0",
			x - r + .7, y, r - .7, r - .7, 2 * r - 1.4, r - .7, r - .7, 1.4 - 2 * r);
		break;
	default:
		break;
	}
}

void put_text(FILE *out, double x, double y, const char *classes, const char *text)
{
	if (*text == '\0')
		return;
	put(out, "<text x='%n' y='%n'%s%s%s>%e</text>", x, y, *classes != '\0' ? " class='" : "",
		classes, *classes != '\0' ? "'" : "", text);
}
