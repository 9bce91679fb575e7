/* What the model needs only while records come in, and the steps of finishing it. Private to
 * src/report/. */
#ifndef TCPSTATE_MODEL_BUILD_H
#define TCPSTATE_MODEL_BUILD_H

#include "evidence/arena.h"
#include "index_map.h"
#include "model_looks.h"
#include "model_pending.h"
#include "tcpstate/model.h"

struct cookie_owner {
	uint64_t cookie;
	uint32_t inode;
	uint16_t run;
}; /* the last descriptor a socket was seen with */
struct inode_owner {
	struct owner owner;
	uint16_t run;
};

/* A segment that may be found again in another recording. */
struct kept_segment {
	int64_t t_ns;
	uint32_t connection, seq, ack, len;
	uint8_t flags, side;
};
enum { KEPT_OF_CONNECTION = 64 };

/* What a conversation needs while its packets come in. */
struct talk {
	/* its lines kept for good: index + 1 into model->datagrams, linked by `next` */
	uint32_t oldest, newest;
	/* a ring of LADDER_LAST: the newest beyond those; NULL: none yet */
	struct datagram *last;
	uint64_t last_count;
	uint32_t errors_kept;
};
/* A datagram in fragments, until all have come. */
struct fragments {
	struct flow_key ends; /* ports 0 */
	uint32_t id, conversation, captured;
	uint64_t ordinal;
	bool begun; /* its first fragment, which says whose it is, was seen */
	uint16_t count, offset[64];
};
enum { FRAGMENTED_KEPT = 64 };
struct udp_ends {
	struct flow_key key; /* [0] = local end */
	uint16_t run;
	uint32_t newest; /* index + 1 into model->udp_sockets */
};
struct queue_answer { /* of a listener; true somewhere in [asked_ns, t_ns] */
	int64_t t_ns, asked_ns;
	uint32_t queue, backlog;
};
enum { ANSWERS_MAX = 262144 /* of all listeners */ };
struct udp_drops { /* of a socket, in whichever form */
	uint64_t cookie, diag_frame;
	int64_t t_ns;
	uint32_t drops;
	uint16_t run;
};

struct zombies_seen { /* of a process: the most, and the longest */
	struct owner parent;
	int64_t count, since_ns, t_ns;
	uint16_t run;
};
enum { ADDRESSES_MAX = 256 };
struct address_moved { /* an address of the host came, or went: in time order */
	uint16_t run;
	uint8_t family, addr[16];
	bool gone;
};
enum { SAID_LINE = 160, SAID_MAX = 64 };
enum said_what {
	SAID_NOTHING,
	SAID_IN_USE,
	SAID_NO_ADDRESS,
	SAID_NO_DESCRIPTOR,
	SAID_NO_ROUTE,
	SAID_CONNECTED,
	SAID_NOT_CONNECTED,
	SAID_TOO_LONG,
	SAID_NO_DESTINATION,
	SAID_INTERRUPTED,
	SAID_NOT_PERMITTED,
	SAID_NO_SOCKET,
	SAID_NO_NAME,
	SAID_IN_PROGRESS,
	SAID_NOT_YET,
	SAID_NOT_OPEN
};
struct said { /* a line of a program's output that names an error */
	char text[SAID_LINE];
	int64_t t_ns;
	uint16_t run;
	uint8_t what; /* enum said_what */
};
struct saying { /* a process in the middle of a line, see model_said.c */
	char text[SAID_LINE];
	size_t used;
	size_t line; /* index + 1 into model->calls; 0: it has not begun one */
	uint32_t pid;
	uint16_t run;
	uint8_t stream;
};
enum { SAYING = 64 /* processes at once; of more each piece is a line */ };
enum { ZOMBIE_PARENTS = 256 };
struct lack { /* of a run: lost, forgotten, left out */
	int64_t count, t_ns;
	uint16_t code, run;
};
/* model_lacks.c: so many more of the run under way are lacking; what a record FINDING says of it */
void model_lack(struct model *model, uint16_t code, int64_t count, int64_t t_ns);
void model_lacks_of(struct model *model, const struct record *record);
struct unreachable { /* a UDP port that nobody had bound */
	int64_t count;
	uint64_t frame;
	struct flow_key key; /* of the first datagram: [1] is where it went */
	uint16_t port_be, run;
	bool away; /* of another host: its kernel was not asked */
};
enum { UNREACHABLE_MAX = 64 };
struct watch;         /* findings.h */
struct move;          /* model_moves.h */
struct tallies;       /* tally.c */
struct last_word {    /* findings_heard.c */
	uint64_t way; /* whose to whom, by the keyed hash */
	int64_t t_ns;
};

/* An edge as often as connections that were folded took it. */
struct edge_taken {
	size_t count[EVIDENCE_MAX], withdrawn;
	size_t roles[2], ends[END_OTHER + 1]; /* as in struct edge_sum */
	uint8_t causes;
};

enum { BY_ID_PLACES = 65536, FOLDS_MAX = 4096 /* kinds */ };
static const uint32_t SERIAL_FOLDED = UINT32_MAX;
/* Segments while they come in: struct rung_list says which chunks are whose. */
enum { RUNG_CHUNK = RUNGS_LAST };
struct rung_seen {
	int64_t t_ns;
	uint64_t frame;
	uint32_t before[2], bytes_before[2], seq, ack, len; /* as in struct rung, modulo 2^32 */
	uint8_t side, flags;
	bool retransmission;
};
struct rung_chunk {
	struct rung_seen rung[RUNG_CHUNK];
	uint32_t next;
};
/* A step of a connection that settles, as far as it makes a difference. */
struct told {
	int64_t t_ns;
	uint64_t id;
	uint16_t reason;
	uint8_t role, kind, from, to, cause, evidence;
};
/* Why one would be kept though it is like another. ODD: a finding may be about it. */
enum interest { INTEREST_NONE, INTEREST_OPEN, INTEREST_ODD };
/* Like which connection those are that look like it: model_alike.c. */
enum { ALIKE_STEPS = 24 };
struct alike_kind {
	uint32_t into; /* the connection that they are folded into */
	int client;
	bool midway, one_way;
	uint8_t interest;
	uint8_t count, symbol[ALIKE_STEPS]; /* which symbol, or held record, dates a step */
	struct told told[ALIKE_STEPS];
	size_t uncounted; /* connections whose steps are not counted yet */
	uint32_t syn_unanswered;
	struct record *record; /* of each step, where each connection is told; else NULL */
};
/* A packet whose payload may be text: of a rung, or of a line of a conversation. */
struct text_wanted {
	uint64_t frame;
	uint32_t index;
	bool datagram;
};
/* How a socket was shown, by its cookie: whose it is, is known at the end. */
struct shown_socket {
	uint64_t cookie;
	struct sighting shown;
	/* by state: how many answers showed it so, the last of them */
	uint32_t rows[STATE_MAX], last_diag[STATE_MAX];
	uint16_t run;
};

struct seen { /* an answer that showed something new of a socket */
	struct sample sample;
	int64_t last_ns; /* the last that told the same */
	uint32_t before; /* the one before: index + 1 */
};

struct model_build {
	struct rung_chunk *chunks;
	size_t chunk_count;
	uint32_t chunks_free;  /* linked by next */
	uint32_t older_sought; /* connections whose SYN an older one answered */
	struct arena pending;
	uint32_t pending_free[PENDING_CLASSES]; /* by class */
	/* rows of the connection that was replayed last, until it is known that it stays */
	struct pending replayed[PENDING_MAX];
	size_t replayed_count;
	uint32_t replayed_serial;
	struct alike_kind *alike;
	size_t alike_count;
	struct index_map alike_map;
	uint64_t alike_hash; /* of the connection asked about last; 0: none */
	uint32_t alike_serial;
	int alike_server; /* which end of it seems to be the server */
	/* transitions of a connection that waits and is about to settle: model_told.c */
	struct record held[ALIKE_STEPS];
	size_t held_count, held_known; /* known: as many are still there, told */
	/* places of the model lent to one that is told and then forgotten: index + 1; 0 not yet */
	uint32_t lent_connection, lent_transition[ALIKE_STEPS];
	struct connection *like;    /* room for one that never becomes a connection of the model */
	bool out_of_order;          /* connections are not in the order of their numbers */
	struct text_wanted *wanted; /* of one run, by frame */
	size_t wanted_count;
	uint16_t wanted_run;
	struct shown_socket *shown;
	size_t shown_count;
	struct index_map shown_map;
	struct seen *seen; /* model_moments.c */
	size_t seen_count;
	struct index_map seen_map; /* the newest, by cookie */
	struct move *moves;        /* of connections that were folded */
	size_t move_count;
	bool moves_over; /* they are too many: none is kept */
	bool several;
	bool page_names; /* findings call connections as a page does */
	struct kept_segment *kept;
	size_t kept_count;
	/* the newest transitions by their record's id, in one place each: index + 1 */
	uint32_t by_id[BY_ID_PLACES];
	/* connection number -> connection index + 1; or model_slot() */
	uint32_t *by_serial;
	size_t by_serial_size;
	size_t answers_kept; /* of listeners */
	struct index_map listeners, cookies, inodes, conversations, udp_ends, udp_drops;
	struct udp_ends *udp_ends_list;
	size_t udp_ends_count;
	struct udp_drops *udp_drops_list;
	size_t udp_drops_count;
	struct talk *talks; /* by conversation */
	size_t talk_count;
	uint32_t *line_next; /* by datagram */
	size_t line_next_count;
	uint32_t conversations_of_run;
	struct fragments fragmented[FRAGMENTED_KEPT];
	size_t fragmented_next;
	/* index + 1 into model->errors, linked by their `index`; 0 none */
	uint32_t errors_free;
	struct cookie_owner *cookie;
	size_t cookie_count;
	struct inode_owner *inode;
	size_t inode_count;
	char **texts; /* those of calls, each kept once */
	size_t text_count;
	struct index_map text_map;
	struct index_map newest; /* connection between two ends, where rows may be about it */
	struct arena watches;
	/* by connection: its watch, index + 1; 0: it needs none */
	uint32_t *watch_of;
	size_t watch_of_count;
	/* what every end said last, but a RST: by way and time; NULL: nobody has asked yet */
	struct last_word *last_words;
	size_t last_word_count;
	struct tallies *tallies;   /* tally.c; NULL: nobody has asked yet */
	uint32_t upstreams_asked;  /* questions of findings_upstream.c, each a pass */
	uint32_t upstreams_passed; /* and those not asked */
	struct said *said;
	size_t said_count;
	struct said line[3]; /* of each stream: what has come of it, of the current run */
	struct saying saying[SAYING];
	struct address_moved *addresses;
	size_t addresses_count;
	struct zombies_seen *zombies;
	size_t zombies_count;
	struct stop_seen *stops;
	size_t stops_count;
	struct wait_seen *waits;
	size_t waits_count;
	struct doing_seen *doings;
	size_t doings_count;
	struct look *looks;
	size_t look_count;
	struct index_map looks_map;
	struct lack *lacks;
	size_t lack_count;
	struct unreachable unreachable[UNREACHABLE_MAX];
	size_t unreachable_count;
	uint64_t findings_of[FINDING_MAX]; /* kept or not */
	uint32_t marks;                    /* of the current run */
	bool dump_ended;                   /* the current mark's */
	uint8_t *listening_ports;          /* a bitmap per run, once the records are in */
	/* folding: see model_fold.c */
	size_t kept_first, kept_now;
	uint32_t only;            /* 0: of all */
	model_farewell *farewell; /* NULL: nobody asked */
	void *farewell_context;
	uint32_t transitions_free, connections_free; /* index + 1, linked */
	struct index_map folds; /* by what a connection is like: the one that is kept */
	struct edge_taken taken[STATE_MAX][STATE_MAX];
	/* since when one that was folded has been in that state, at the earliest */
	int64_t open_since_ns[STATE_MAX];
	bool corrections_dropped;
	bool failed; /* out of memory: model_finish() says so */
};

/* Room for one more in an array: it doubles whenever its count is a power of two, so no capacity is
 * kept. Returns the array; when out of memory, unchanged, and build->failed is set. */
void *model_room(struct model *model, void *array, size_t count, size_t item_size);
/* The same, and the new item is zeroed. */
void *model_room_zeroed(struct model *model, void *array, size_t count, size_t item_size);
/* The new, zeroed last item of array[count] (the caller counts it), or NULL. */
#define PUSH(model, array, count)                                                                  \
	((array) = model_room_zeroed((model), (array), (count), sizeof(*(array))),                 \
		(model)->build->failed ? NULL : &(array)[count])
/* The same, not zeroed: for who writes all of it. */
#define PUSH_UNSET(model, array, count)                                                            \
	((array) = model_room((model), (array), (count), sizeof(*(array))),                        \
		(model)->build->failed ? NULL : &(array)[count])

/* INDEX_NONE: out of memory */
uint32_t model_listener(
	struct model *model, const struct flow_key *key, uint64_t cookie, int64_t t_ns);
/* who held what until when: by exits and calls; after model_calls() */
bool model_holds(struct model *model);
/* NULL: unknown */
/* Adds the listeners that only calls tell of; before model_connections(). */
bool model_heard(struct model *model);
const struct owner *model_inode_owner(const struct model *model, uint16_t run, uint32_t inode);
/* Who held it in this time, of several the one who did so longest; after model_holds(). NULL:
 * nobody is known. */
const struct owner *model_owner_during(
	const struct model *model, uint16_t run, uint32_t inode, int64_t from_ns, int64_t to_ns);
void model_remember_cookie(struct model *model, const struct sockrow *row);
/* 0: unknown */
uint32_t model_cookie_inode(const struct model *model, uint16_t run, uint64_t cookie);

/* after model_connections() began */
bool model_port_listens(const struct model *model, uint16_t run, uint16_t port_be);

/* The newest connection between its ends; where the run has rows. */
void model_newest(struct model *model, uint32_t index);

/* What a record adds to its connection: counts, times, who opened it. */
void connection_segment(struct connection *connection, const struct record *record);
void connection_transition(struct connection *connection, const struct record *record);

/* The end that was never captured, though the other acknowledges it; -1: none. */
int connection_unseen(const struct connection *connection);

/* ---- model_fold.c ---- */
void fold_begin(struct model_build *build);
void fold_run(struct model *model); /* a new run */
/* SETTLED: fold its connection into one like it, if there is one and it is time to. */
void fold_settled(struct model *model, const struct record *record);

/* ---- model_places.c ---- */
/* NULL: out of memory */
struct transition *fold_transition_new(struct model *model);
struct connection *fold_connection_new(struct model *model);
/* Is it time to fold it, or is there too much to keep such a one? */
bool fold_folds(const struct model_build *build, enum interest interest);
/* A transition of a connection that was folded. */
void fold_late(struct model *model, const struct record *record);

/* ---- model_farewell.c ---- */
/* The last that is seen of it, for the one who asked for farewells. */
void fold_farewell(struct model *model, uint32_t index);

/* ---- model_sums.c ---- */
/* All that is kept of a connection that is folded into another. */
/* The same of one that is like those of a kind, by the times in its steps: what is the same for all
 * of them waits for sums_count_alike(). */
void sums_take_alike(struct model *model, struct alike_kind *kind,
	const struct connection *connection, struct folded *into);
void sums_count_alike(struct model *model, struct alike_kind *kind);
void sums_take(struct model *model, struct folded *into, const struct connection *connection,
	const struct told *told, size_t count, bool swap);

/* ---- model_alike.c ---- */
/* It is folded into `like` the ordinary way: what looks like it from now on need not be told. */
void alike_learn(struct model *model, const struct record *settled, uint32_t index, uint32_t like,
	const struct told *told, size_t count, enum interest interest);
/* The kind that a connection of that hash is of, and so is this one; NULL: none, or it would be
 * kept as no kind is. `at`: the times of its symbols. */
struct alike_kind *alike_kind_of(struct model *model, uint64_t hash, const int64_t *at);
/* The same that the core asks by model_alike(). */
bool alike_told(struct model *model, const struct alike *alike);
/* It is one more of that kind. */
bool alike_take(struct model *model, struct alike_kind *kind, const struct alike *alike,
	const struct pending_sum *sum);
/* How often those of each kind took its steps is added up when it matters: at the end, and before
 * a kind becomes another. */
void alike_count(struct model *model);
void alike_forget(struct model_build *build);

/* ---- model_told.c ---- */
/* A TRANSITION of a connection that waits: it may never need a place in the model. */
bool told_hold(struct model *model, const struct record *record);
/* What was held goes into the model. */
void told_release(struct model *model);
/* SETTLED, of what is held: it is like one that was folded, and so is this one. */
bool told_alike(struct model *model, const struct record *settled);

/* Keep the smallest numbers, in order; 0 is none. */
void folded_number(uint32_t kept[FOLDED_NUMBERS], uint32_t number);
/* Connections that it stands for: itself and those folded into it. */
static inline int64_t connection_weight(const struct connection *connection)
{
	return 1 + (connection->folded != NULL ? (int64_t)connection->folded->count : 0);
}
/* Last states and owners of its ends, what is unanswered: when nothing more comes of it. */
void connection_end(const struct model *model, struct connection *connection);
/* Before everything else of model_finish(). False: out of memory. */
bool model_compact(struct model *model);
/* A socket was in that state for so long. */
void model_state_held(struct model *model, unsigned state, int64_t ns);

/* Where the connection of this number is: index + 1, 0, SERIAL_FOLDED, or its segments wait. NULL:
 * out of memory. */
uint32_t *model_slot(struct model *model, uint32_t serial);
/* The connection of this record, in which nothing waits; INDEX_NONE: folded, or out of memory. */
uint32_t model_connection(struct model *model, const struct record *record);
/* Into their connection or listener. */
void model_segment(struct model *model, const struct record *record);
void model_transition(struct model *model, const struct record *record);
void model_confirmation(struct model *model, const struct record *record);
void model_correction(struct model *model, const struct record *record);

/* a SEGMENT that belongs to no connection */
void model_datagram(struct model *model, const struct record *record);
/* NULL: out of memory */
struct icmp_error *model_error_new(struct model *model, const struct record *record);
void model_tcp_error(struct model *model, uint32_t connection, const struct record *record);
void model_udp_row(struct model *model, const struct record *record);
void model_udp_owners(struct model *model);
void model_conversation_sockets(struct model *model, struct conversation *conversation);
/* whose socket, and whether it is told */
/* After model_calls(): of errors about datagrams whose socket no look met, who is told of them. */
void model_errors_by_calls(struct model *model);
void model_error_settle(struct model *model, struct icmp_error *error, uint8_t local_sides);
/* The socket of this end as the kernel showed it nearest to t_ns; INDEX_NONE: nowhere near. */
uint32_t model_udp_socket(const struct model *model, uint16_t run, const struct flow_key *key,
	int side, int64_t t_ns);

/* RECORD_CALL, RECORD_EXIT */
void model_call(struct model *model, const struct record *record);
/* The one copy of a text, made safe; "" when out of memory, which build->failed tells. */
const char *model_text_keep(struct model *model, const char *text);
void model_exit(struct model *model, const struct record *record);
void model_rung(struct model *model, uint32_t connection, const struct record *record);
void model_rungs_forget(struct model *model, struct connection *connection);
/* What a row adds to what is known of its socket and of its listener. */
void model_shown(struct model *model, const struct record *record);
/* There are more connections than a table of a moment lists: those that come now are counted. */
bool model_moments_over(const struct model *model);
/* May an answer about this connection (0: a listener, a UDP socket) be of use for them? */
bool model_seen_asked(const struct model *model, uint32_t serial);
/* Keep it for a moment, unless the one before told the same. */
void model_seen(struct model *model, const struct sample *sample);
void model_queue(struct model *model, struct listener *listener, const struct record *record);
/* MARK, COUNTER, CHECK */
void facts_free(struct model *model); /* the texts */
void model_fact(struct model *model, const struct record *record);

void check_table_clear(struct check_table *table); /* what it owns, not itself */

/* The hop is nearer to the client (-1), to the server (1), or it cannot be told (0). */
int path_compare(const struct model *model, const struct path *path, size_t a, size_t b);

#include "model_finish.h"

#endif
