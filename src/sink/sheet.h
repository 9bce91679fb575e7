/* What the figures and tables of one page share: which connections are drawn, how each is named,
 * which of them has a ladder, where frames and records can be linked to. Private to src/sink/. */
#ifndef TCPSTATE_SHEET_H
#define TCPSTATE_SHEET_H

#include "paint.h"
#include "tcpstate/page.h"
#include "tcpstate/sink.h"

enum { ANCHOR_TEXT = 64, NAME_TEXT = 16, SPANS_MAX = 48 };

/* A connection as the page shows it: one of the model's, or a path with both of its ends. */
struct drawn {
	uint32_t index[2];         /* model->connections: who tells of the client, of the server */
	uint32_t path;             /* model->paths; UINT32_MAX: none */
	const struct steps *steps; /* of both ends */
	char name[NAME_TEXT];      /* "C7"; of several recordings "Ca7"; of a path "P1" */
	char id[NAME_TEXT];        /* of its ladder: "c7" */
	uint32_t stands_in;        /* which one's ladder to look at: itself, or one of its kind;
				      UINT32_MAX: none */
	uint32_t lane;
};
struct anchor { /* a frame or a record of the kernel that a ladder shows */
	uint64_t number;
	uint16_t run;
	bool diag, used; /* used: its id stands in the page already */
};
struct sheet {
	const struct model *model;
	const struct sink_options *options;
	FILE *out;
	struct drawn *drawn; /* in order of their first packets */
	size_t drawn_count, lane_count;
	uint32_t *of_connection; /* by connection: index into drawn */
	uint32_t *ladders;       /* indices into drawn: those that have a ladder */
	size_t ladder_count;
	struct anchor *anchors;
	size_t anchor_count;
	int64_t zero_ns, end_ns; /* Wireshark's zero: the first packet of the first recording */
	bool kernel;             /* some recording holds the kernel's answers */
	double first_mm;         /* on paper: how high the picture beside the answers may be */
	bool figured;            /* a figure has been written already */
	/* paper has a lower one in its place, of all lanes or of the first ones */
	enum { PAPER_NONE, PAPER_ALL, PAPER_SOME } has_paper;
};

/* false: out of memory */
bool sheet_open(struct sheet *sheet, const struct model *model, const struct sink_options *options,
	FILE *out);
void sheet_close(struct sheet *sheet);

/* A stretch of an end in one state. */
struct span {
	int64_t from_ns, until_ns;
	uint32_t transition; /* that began it */
	uint8_t state, evidence;
};
/* The states of one end, CLOSED left out; the last one lasts until stop_ns. Returns how many. */
size_t sheet_spans(const struct sheet *sheet, const struct drawn *drawn, int role, int64_t stop_ns,
	struct span spans[SPANS_MAX]);
/* Of a transition of this drawn connection: which role it is of. */
int sheet_role(const struct sheet *sheet, const struct record *record, uint32_t connection);
/* Whose call this is, of those about the connection; -1: it is not worth a page. */
int sheet_call_role(const struct sheet *sheet, const struct connection *connection, uint32_t call);
const struct connection *sheet_connection(
	const struct sheet *sheet, const struct drawn *drawn, int role);
/* The key's index of that role's end. */
int sheet_side(const struct connection *connection, int role);
enum mark_shape sheet_mark(unsigned evidence);

/* "0.012345": seconds since zero; buffer of DURATION_TEXT bytes, returned. */
char *sheet_seconds(const struct sheet *sheet, int64_t t_ns, char *buffer);
/* Where the numbers of an axis begin: at the first packet; INT64_MIN: several recordings, of which
 * one may have begun before. */
int64_t sheet_axis_zero(const struct sheet *sheet);
/* The sentence on who let go of the socket of that role's end while others held it, the number-th,
 * from 0: buffer, or NULL: there are no more. */
const char *sheet_let_go(const struct sheet *sheet, const struct drawn *drawn, int role,
	size_t number, char *buffer, size_t size);
/* Of all that is drawn. false: out of memory */
bool sheet_anchors_gather(struct sheet *sheet);
/* " id='f19'" for the first drawing of this frame or record, else "". */
const char *sheet_anchor(
	struct sheet *sheet, uint16_t run, bool diag, uint64_t number, char buffer[ANCHOR_TEXT]);
/* A link to the frame or record, or only its words where none is drawn: "frame 19", "diag 7". */
void put_frame(struct sheet *sheet, uint16_t run, bool diag, uint64_t number);
void put_name(FILE *out, const struct sheet *sheet, uint32_t drawn); /* a link to its ladder */
/* Finished sentences with references of page.h in them: links here. */
enum sentence_part {
	SENTENCE_TEXT,
	SENTENCE_REFERENCE,
	SENTENCE_CODE,
	SENTENCE_LINE,
	SENTENCE_STRONG, /* begins here, without a piece */
	SENTENCE_STRONG_END
};
enum { SENTENCE_PIECE = 1024 };
/* The next piece of a sentence with the marks of page.h, and what it is; returns what follows. */
const char *sentence_piece(const char *text, char piece[SENTENCE_PIECE], enum sentence_part *part);
void put_sentence(FILE *out, struct sheet *sheet, const char *text);
/* Advice, with the commands in it, which stand between backquotes. */
void put_advised(FILE *out, const char *text);
/* "14 340" */
void put_count(FILE *out, uint64_t count);
/* ":40001", with the address where there are several hosts */
char *sheet_end(const struct sheet *sheet, const struct flow_key *key, int end, char *buffer);
bool sheet_several_hosts(const struct sheet *sheet);

/* ---- the figures: each writes one <svg> with the id given. false: out of memory, or nothing to
 * draw ---- */
struct figure_size {
	int width, height;
	/* of a picture of lanes: where its first PAPER_LANES end, and where its legend begins; of a
	 * ladder: where its first half ends, between two rows; 0: all of it fits on a sheet */
	int cut, legend;
};
enum { PAPER_LANES = 24 };
struct picture_wanted {
	const uint32_t *drawn; /* those to draw, NULL: all; in order of time */
	size_t count;
	int64_t from_ns, until_ns; /* only this part of the time; both 0: all */
	bool queues_only;          /* the listeners, without the connections' lanes */
	/* lanes as low as those of a picture with more of them: by so many steps */
	uint8_t low;
	bool bare; /* one of many on a page: no legend, listeners only where something waited */
};
bool figure_picture(struct sheet *sheet, FILE *out, const char *id,
	const struct picture_wanted *wanted, struct figure_size *size);
bool figure_occupancy(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size);
bool figure_datagrams(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size);
bool figure_ladder(struct sheet *sheet, FILE *out, uint32_t drawn, struct figure_size *size);
bool figure_conversation(
	struct sheet *sheet, FILE *out, uint32_t conversation, struct figure_size *size);
bool figure_path(struct sheet *sheet, FILE *out, uint32_t path, struct figure_size *size);
bool figure_states(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size);
bool figure_cells(struct sheet *sheet, FILE *out, const char *id, struct figure_size *size);
/* small ones, in a table */
void figure_course(struct sheet *sheet, FILE *out, uint32_t drawn);
void figure_lifetimes(FILE *out, const struct shape *shape, int64_t least_ns, int64_t most_ns);
/* <svg ...><title><desc>; what: its name, then what it shows, for those who do not see it */
void figure_begin(FILE *out, const char *id, const char *classes, double width, double height,
	const char *title, const char *description);

/* may lanes be drawn, or are there too many? */
bool sheet_has_lanes(const struct sheet *sheet);
enum { LANES_MAX = 60, LANE_CONNECTIONS_MAX = 400, LADDERS_ALL = 16, LADDERS_SOME = 24 };

#endif
