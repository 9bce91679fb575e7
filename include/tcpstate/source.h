/* The sources: where events come from. Each is one object with two openers, live and file; behind
 * them one code path. Times are ns since the epoch, by now_ns(). Functions that fail return -1
 * or NULL and set *error. Not thread-safe. */
#ifndef TCPSTATE_SOURCE_H
#define TCPSTATE_SOURCE_H

#include <sys/types.h>

#include "tcpstate/error.h"
#include "tcpstate/event.h"
#include "tcpstate/packets.h"

/* The wall clock as it was at the first call, from there on by CLOCK_MONOTONIC: it never steps, and
 * serves for time stamps and deadlines alike. */
int64_t now_ns(void);
/* How far the wall clock is ahead of that: by as much as it was set since. */
int64_t clock_ahead_ns(void);
/* a change of less is not told: reading two clocks takes a while */
enum { CLOCK_STEP_NS = 10000000 };

/* ---- filter: a pcap-filter expression applied to sockets and to packets (src/source/filter.c)
 * ---- */
struct filter;
/* NULL or "" matches everything. for_sockets: refuse packet-only primitives ("tcp[...]", "greater",
 * "ether ..."), naming them. */
struct filter *filter_new(const char *expression, bool for_sockets, struct error *error);
/* Is it short enough for a recording? 0, or -1 with *error. */
int filter_may_be_recorded(const char *expression, struct error *error);
/* One that a stranger wrote: short, without names of hosts (nobody is asked for them), and compiled
 * as it stands: the optimizer's time can grow without end. */
struct filter *filter_new_recorded(const char *expression, struct error *error);
/* The expression with names of hosts replaced by their addresses (src/source/filter_names.c),
 * malloc'd; as it is where a name has none. NULL: out of memory. */
char *filter_resolve(const char *expression);
bool filter_has_names(const char *expression);
void filter_free(struct filter *filter);
/* Does this socket match? Source = local end, destination = remote end; a listener's remote end is
 * 0.0.0.0:0 / [::]:0. */
bool filter_row(const struct filter *filter, const struct sockrow *row);
/* Does a flow with these ends match, as [0] -> [1]? */
bool filter_key(const struct filter *filter, const struct flow_key *key);
/* Does this captured packet match, as it is or with its ends swapped? An ICMP error matches with
 * the packet it quotes. Once a packet of a connection matched, its later packets do. */
bool filter_packet(struct filter *filter, int linktype, const uint8_t *data, size_t captured,
	size_t length, const struct segment *segment);
/* has primitives that a socket cannot answer */
bool filter_packet_only(const struct filter *filter);
/* Compile it for packets of this link type (wire_open_*() does): -1 when it cannot be answered
 * there. filter NULL: 0. */
int filter_prepare(struct filter *filter, int linktype, struct error *error);

/* ---- recording: the files of a directory, being written (src/source/recording.c) ---- */
struct recording;
/* Create DIR (0700) and its files (0600). Refuses a directory that holds a recording already. */
struct recording *recording_create(const char *directory, struct error *error);
/* Right after recording_create(): wire.pcap and diag.pcap become a ring of so many files each
 * (wire.pcap, wire.1.pcap, ...), of which the oldest is written anew when the newest ones hold
 * `bytes` together. pieces: 2 to RING_MOST. */
enum { RING_MOST = 100 };
int recording_ring(
	struct recording *recording, uint64_t bytes, unsigned pieces, struct error *error);
/* How often the ring has gone on to its next files: what these begin with is for the recorder to
 * see to (a dump). */
uint32_t recording_turns(const struct recording *recording);
/* From now on it stays with its files: the last look shall push nothing out. */
void recording_ring_end(struct recording *recording);
/* Descriptor passing across privilege changes: the files are open from creation on; nothing is
 * opened later. */
int recording_chown(struct recording *recording, uid_t uid, gid_t gid, struct error *error);
/* Of its directory, borrowed. */
int recording_directory_fd(const struct recording *recording);
/* Close it and remove what it made: the files, and its directory unless that was there before. */
void recording_discard(struct recording *recording);
/* Must be called once, before the first packet. */
int recording_wire_header(
	struct recording *recording, int linktype, int snaplen, struct error *error);
int recording_packet(struct recording *recording, int64_t t_ns, const void *data, size_t captured,
	size_t length, struct error *error);
/* One netlink datagram as sent or received. Returns the number of its record in diag.pcap, 0 on
 * failure. */
uint64_t recording_diag(struct recording *recording, int64_t t_ns, bool outgoing, const void *data,
	size_t length, struct error *error);
/* One line of facts.jsonl: a JSON object as text without newline. */
int recording_fact(struct recording *recording, const char *json, struct error *error);
/* calls.jsonl, the fourth file: opened by recording_add_calls(), right after recording_create(); a
 * recording without calls has none. One line likewise. */
int recording_add_calls(struct recording *recording, struct error *error);
int recording_call(struct recording *recording, const char *json, struct error *error);
/* to the files: the caller does it at least every second */
int recording_flush(struct recording *recording, struct error *error);
/* How a recording ended: its last fact, written once nothing more follows. Who announced an `end`
 * in the manifest ("end": true) and left none was killed. */
enum end_how { END_NONE, END_ORDERLY, END_SIGNAL, END_ERROR };
struct recording_end {
	enum end_how how;
	int64_t t_ns;
	int signal;        /* END_SIGNAL: what it was told to end by */
	char text[768];    /* END_ERROR: why */
	uint64_t packets;  /* written to wire.pcap */
	uint64_t messages; /* written to diag.pcap */
	int64_t calls;     /* lines written to calls.jsonl; -1: there is none */
};
/* Flush and write it; packets and messages are filled in. What was already told of a failed file is
 * not told again. */
int recording_end(
	struct recording *recording, const struct recording_end *end, struct error *error);
/* flush, close, free; recording may be NULL */
int recording_close(struct recording *recording, struct error *error);
const char *recording_directory(const struct recording *recording);

/* ---- input: the files of a recording, opened for reading (src/source/input.c) ---- */
/* A directory: parent_fd -1: where the user says; else one of that directory, which no symbolic
 * link may stand for. Returns its descriptor, or -1. */
int input_directory(int parent_fd, const char *name, struct error *error);
enum { INPUT_MISSING = -2 };
/* A regular file of that directory (`directory` is its name, for errors) and its size; neither a
 * link, a pipe nor a device. Returns its descriptor, INPUT_MISSING without an error, or -1. */
int input_beneath(int directory_fd, const char *directory, const char *name, off_t *size,
	struct error *error);

/* The same of wire.pcap and diag.pcap: those of a ring are put together, in memory
 * (src/source/pieces.c). */
int input_pieces(int directory_fd, const char *directory, const char *file, off_t *size,
	struct error *error);
/* Is this a capture, of which nothing has been read, that is read without libpcap (savefile.c)? */
bool capture_is_ordinary(int fd);
/* Of an open capture of a ring: what it held before is gone. */
bool input_overwritten(int fd);

/* ---- wire: packets (src/source/wire.c) ---- */
struct wire;
struct wire_options {
	const char *interface; /* NULL: "any" */
	struct filter *filter; /* borrowed; may be NULL */
	int buffer_bytes;      /* 0: 32 MiB */
	int snaplen;           /* 0: 1920, see wire.c */
	struct recording *tee; /* may be NULL */
};
/* NULL with *error: no permission, no such interface, a filter that cannot be compiled for its
 * packets. Close with wire_close(). */
struct wire *wire_open_live(const struct wire_options *options, struct error *error);
/* pcap or pcapng, "-" for stdin */
struct wire *wire_open_file(const char *path, struct filter *filter, struct error *error);
/* of an open descriptor, which is taken over; name: as shown in errors */
struct wire *wire_open_fd(int fd, const char *name, struct filter *filter, struct error *error);
void wire_close(struct wire *wire);
int wire_fd(const struct wire *wire); /* to poll() for reading; -1 for a file */
int wire_linktype(const struct wire *wire);
/* Its link-local packets tell their interface, as the kernel's rows do. */
bool wire_tells_zones(const struct wire *wire);
/* Deliver at most max packets as EVENT_SEGMENT (numbered as in the file, counting undecodable ones
 * too). Returns how many packets were taken, 0 when there is none now (live) or no more (file; a
 * torn last record sets wire_torn()), -1 on error. */
int wire_dispatch(struct wire *wire, int max, event_emit *emit, void *context, struct error *error);
bool wire_torn(const struct wire *wire); /* the file ends within a record */
struct wire_stats {
	uint64_t packets, decoded, filtered;
	uint64_t cut_short; /* before their TCP flags */
	uint64_t blank;     /* records of zeros, which are no packets */
	uint64_t dropped_kernel, dropped_interface;
	int64_t first_ns, last_ns, before_ns; /* before_ns: of the newest */
	/* times the clock of the capture went back by a second or more; the first: where, how far
	 */
	uint64_t jumps, jump_frame;
	int64_t jump_ns;
	struct packets_tally tally; /* of those that the filter let through */
};
/* since it was opened; the drops are asked for now */
struct wire_stats wire_statistics(struct wire *wire);

/* ---- diag: what the kernel holds (src/source/diag.c) ---- */
struct diag;
struct diag *diag_open_live(struct recording *tee /* may be NULL */,
	struct error *error); /* of the network namespace the caller is in */
struct diag *diag_open_file(const char *path, struct error *error);
struct diag *diag_open_fd(int fd, const char *name, struct error *error); /* as wire_open_fd() */
void diag_close(struct diag *diag);
int diag_fd(const struct diag *diag); /* look-ups and dumps; -1 for a file */
/* DESTROY groups; -1 when they could not be joined */
int diag_destroy_fd(const struct diag *diag);
/* Ask exact look-ups, several per send; answers come by diag_dispatch(). Returns how many were
 * sent. */
int diag_lookup(struct diag *diag, const struct flow_key *keys, const uint64_t *cookies,
	size_t count, struct error *error);
/* Start a dump (queued behind one under way): tcp and/or udp of both families. states: bit mask 1
 * << tcp_state. When its last message has come, EVENT_DUMP_END is emitted with number = the id
 * returned here (> 0). */
int64_t diag_dump(struct diag *diag, bool tcp, bool udp, uint32_t states, struct error *error);
enum { DIAG_STATES_ALL = 0x3fff };
/* Read what is there (live: without blocking; file: the next `max` records). Events: ROW ABSENT
 * DUMP_END DESTROYED GAP; number = diag.pcap record. Returns the number of datagrams read, 0 none
 * now / end of file, -1 error. ENOBUFS becomes EVENT_GAP. */
int diag_dispatch(struct diag *diag, int max, event_emit *emit, void *context, struct error *error);
/* Synchronous dump for list, wait and expect: each row once (deduplicated by cookie), request
 * sockets first. 0, or -1 on error or after timeout_ms. */
int diag_dump_now(struct diag *diag, bool tcp, bool udp, uint32_t states, int timeout_ms,
	event_emit *emit, void *context, struct error *error);
/* One look at the sockets of the network namespace the caller is in, for list (src/source/rows.c):
 * as little as possible is asked for and kept, each row is handed out as it comes, listeners of
 * TCP first. A socket that changes its place while the kernel lists may come twice or not at all.
 */
struct rows_want {
	bool tcp, udp;
	uint32_t states;     /* bit mask 1 << enum tcp_state, as diag_dump() */
	unsigned extensions; /* of TCP; enum diag_extension */
};
typedef void rows_emit(void *context, const struct sockrow *row);
/* 0, or -1 */
int rows_dump(const struct rows_want *want, rows_emit *emit, void *context, struct error *error);
bool diag_torn(const struct diag *diag);
struct diag_stats {
	uint64_t messages, rows, absent, malformed, lost_rows, requests;
	uint64_t blank;   /* records of zeros, which are no messages */
	int64_t pause_ns; /* the longest time between two messages of a file */
};
struct diag_stats diag_statistics(const struct diag *diag);

/* ---- counters: /proc/net/netstat and /proc/net/snmp of this namespace (src/source/counters.c)
 * ---- */
struct counters;
struct counters *counters_new(struct error *error); /* first reading = base */
void counters_free(struct counters *counters);
/* Read again and emit an EVENT_COUNTER per counter that changed since the last reading (count =
 * value now, delta = change). */
int counters_read(struct counters *counters, event_emit *emit, void *context, struct error *error);
/* Value of "TcpExtListenOverflows" (or without "TcpExt": "ListenOverflows") at the last reading,
 * less that of the first. false: no such counter. */
bool counters_value(const struct counters *counters, const char *name, int64_t *since_base);

/* ---- the sockets that processes have open (src/source/descriptors.c) ---- */
/* Those of one process, by inode; take returns 1 to go on. 1: all were read, 0: not (it has ended,
 * or is another user's), else what take returned. */
int descriptors_sockets(uint32_t pid, int (*take)(void *context, uint32_t inode), void *context);
/* All processes of /proc; take returns 0 to go on, -1: out of memory. 0, -1 with *error. */
int descriptors_processes(
	int (*take)(void *context, uint32_t pid), void *context, struct error *error);

/* ---- owners: which process holds which socket (src/source/owners.c) ---- */
struct owners;
/* inner: an owner's pid is the one the process has for itself, host_pid the one here; not inner:
 * pid is the one here. */
struct owners *owners_new(bool inner);
void owners_free(struct owners *owners);
/* Scan /proc/[pid]/fd for "socket:[inode]"; emit EVENT_OWNER for each pair not yet reported, and
 * one with fact.gone for each that is no more while another process holds the socket, or while it
 * is shown all the same (asked_ns: when it was last met). pids: only these, or NULL for all that
 * may be read. */
int owners_scan(struct owners *owners, const int *pids, size_t count, event_emit *emit,
	void *context, struct error *error);
/* The kernel showed the socket with its inode, that is not as an orphan, at t_ns. */
void owners_shown(struct owners *owners, uint32_t inode, int64_t t_ns);
/* NULL: unknown. First found, the lowest pid. */
const struct owner *owners_find(const struct owners *owners, uint32_t inode);
/* Does this process (its pid here) hold a socket? Its names; NULL: none that is known. */
const struct owner *owners_holding(const struct owners *owners, uint32_t pid);
/* All of them: begins with *step 0, and after the last one is NULL. Not across a scan. */
const struct owner *owners_next(const struct owners *owners, uint32_t inode, size_t *step);

/* The pid that a process has in the innermost PID namespace it is in; 0: it has ended. */
uint32_t program_inner_pid(int pid);
/* What a process is called: its comm, whole again where the kernel cut it after 15 letters (up to
 * 31); or, where that is an interpreter, its script ("server.py", "python3 -m http.server" is
 * "http.server"). comm as it is may be asked for as well; NULL: not. Both "" when the process is
 * gone. */
void program_name(int pid, char program[32], char comm[32]);

/* ---- facts: facts.jsonl being read (src/source/facts.c); writing is recording_fact() with these
 * builders ---- */
struct check; /* model_checks.h */
/* each returns malloc'd JSON text, NULL out of memory */
char *facts_mark(int64_t t_ns, const char *text, bool trial);
char *facts_sysctl(int64_t t_ns, const char *name, const char *from, const char *to);
char *facts_counter(int64_t t_ns, const char *name, int64_t value, int64_t delta);
char *facts_owner(int64_t t_ns, const struct owner *owner);
/* it has let go of the socket, which others still hold; not_before_ns: when it was last seen to
 * hold it */
char *facts_let_go(int64_t t_ns, int64_t not_before_ns, const struct owner *owner);
/* children of this process have been zombies, the oldest since since_ns at least */
char *facts_zombies(int64_t t_ns, int64_t since_ns, int64_t count, const struct owner *parent);
/* this process was stopped at t_ns, and had been since since_ns at least */
char *facts_stopped(int64_t t_ns, int64_t since_ns, const struct owner *owner);
/* this process was in a read of that socket at t_ns, and had been since since_ns at least */
char *facts_waits(int64_t t_ns, int64_t since_ns, const struct owner *owner);
/* at the looks from since_ns to t_ns the process's threads were in that */
char *facts_doing(
	int64_t t_ns, int64_t since_ns, const struct owner *owner, const struct doing *doing);
char *facts_address(int64_t t_ns, uint8_t family, const uint8_t addr[16], bool gone);
char *facts_gap(int64_t t_ns, enum lost_of lost_of, int64_t count);
char *facts_check(int64_t t_ns, const struct check *check);
/* the wall clock was set forward by so much (back: below 0); times go on as if it had not been */
char *facts_clock(int64_t t_ns, int64_t step_ns);
char *facts_end(const struct recording_end *end);
char *facts_note(int64_t t_ns, const char *text);
char *facts_failure(int64_t t_ns, const char *text); /* why the experiment gave up */
/* What was written to standard output (stream 1), error (2) or both, which are one file (0). call:
 * by whom; NULL: not known. */
char *facts_output(
	int64_t t_ns, int stream, const struct call *call, const void *data, size_t size);
/* "exit", in facts.jsonl or calls.jsonl */
char *facts_exit(int64_t t_ns, int64_t not_before_ns, const struct exit *exit);
struct facts;
struct facts *facts_open_file(const char *path, struct error *error);
struct facts *facts_open_fd(int fd, const char *name, struct error *error); /* as wire_open_fd() */
void facts_close(struct facts *facts);
/* the manifest line, "" when missing */
const char *facts_manifest(const struct facts *facts);
/* Next line as events (MARK CHECK COUNTER OWNER ADDRESS GAP; an "addresses" list of the manifest
 * gives ADDRESS events at its time). Returns 1, 0 at the end, -1 on error. Lines that do not parse
 * are skipped and counted; unknown types and members are ignored. */
int facts_next(struct facts *facts, event_emit *emit, void *context, struct error *error);
/* How the recorder says that it ended, END_NONE when it does not (yet); *announced: it said that it
 * would. Valid once facts_next() has returned 0. */
const struct recording_end *facts_ended(const struct facts *facts, bool *announced);
size_t facts_bad_lines(const struct facts *facts);
bool facts_torn(const struct facts *facts);
/* How often the wall clock was set while it was recorded, so far; *step_ns: by how much first. */
size_t facts_clock_sets(const struct facts *facts, int64_t *step_ns);

/* ---- calls: calls.jsonl (src/source/calls.c) ---- */
/* One line, malloc'd, NULL out of memory. */
char *calls_line(const struct call *call);
struct calls;
struct calls *calls_open_file(const char *path, struct error *error);
struct calls *calls_open_fd(int fd, const char *name, struct error *error); /* as wire_open_fd() */
void calls_close(struct calls *calls);
/* Next line as an event CALL or EXIT, at its return; number: of the line, from 1. Returns 1, 0 at
 * the end, -1 on error. Lines that do not parse are skipped and counted. */
int calls_next(struct calls *calls, event_emit *emit, void *context, struct error *error);
size_t calls_bad_lines(const struct calls *calls);
uint64_t calls_lines(const struct calls *calls); /* whole ones, so far */
bool calls_torn(const struct calls *calls);      /* the file ends within a line */

#endif
