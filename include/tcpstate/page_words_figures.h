/* Words and patterns of the figures, X(CODE, "text"): the picture and its legend, ladders, the
 * state diagram. */
#ifndef TCPSTATE_PAGE_WORDS_FIGURES_H
#define TCPSTATE_PAGE_WORDS_FIGURES_H

/* clang-format off */
#define FIGURE_WORDS(X) \
	X(CLIENT, "client") \
	X(SERVER, "server") \
	X(LISTENER, "listener") \
	X(FRAME, "frame") \
	X(DIAG, "diag") \
	X(SECONDS, "seconds, as in Wireshark") \
	/* the picture */ \
	X(PICTURE_TITLE, "What happened, on one time axis") \
	X(PICTURE_DESC, \
		"Lanes: the listener with its accept queue, then each pair of ends: the " \
		"states of the client above, of the server below, the segments between them. " \
		"The tables of the connections say the same in words.") \
	X(PICTURE_CAPTION, \
		"Time runs to the right, but not evenly: each step from one event to the " \
		"next is as wide as the logarithm of its duration, and long silences are " \
		"folded (zigzag). Point at anything for its evidence, or step through it " \
		"with the arrow keys.") \
	X(LANE_SHARED, \
		"A row is one pair of ports: %s and %s had the same, one after the other.") \
	X(PICTURE_FIRST_LANES, \
		"Here are the first %u of %u lanes; the whole picture follows.") \
	X(PICTURE_PLAIN, \
		"Plain data segments and ACKs are too many for an arrow each and are left " \
		"out.") \
	X(ACCEPT_QUEUE, "accept queue") \
	X(HALF_OPEN, "half-open") \
	X(ROOM, "room for %u (backlog %u + 1)") \
	X(ROOM_ABOVE, "room for %u ↑") \
	X(MOST_WAITING, "at most %u waiting") \
	X(NOBODY_WAITED, "nobody waited") \
	X(MOST_HALF_OPEN, "at most %d half-open") \
	X(SYN_NO_ANSWER, "SYN of %s, frame %lu: no answer") \
	X(SYN_DROPPED, "SYN of %s dropped") \
	X(WAITS, "waits for accept()") \
	X(NEVER_ACCEPTED, "never accepted") \
	X(DISAGREE_TIP, "the two ends disagree for %s: client %s, server %s") \
	X(DISAGREE, "the ends disagree, %s") \
	X(NO_SOCKET, "no socket") \
	X(AT_THE_END, "at the end:") \
	X(LEFT, "%s, %u s left") \
	/* its legend */ \
	X(OPENING, "opening") \
	X(OPEN, "open") \
	X(CLOSED_FIRST, "sent its FIN first") \
	X(CLOSED_SECOND, "sent its FIN second") \
	X(WAITING, "waits") \
	X(HEIGHT, "height of a band: the end may") \
	X(MAY_BOTH, "send and receive") \
	X(MAY_RECEIVE, "receive") \
	X(MAY_SEND, "send") \
	X(MAY_NEITHER, "neither") \
	X(OPEN_WAITS, "open, waits for accept()") \
	X(GOES_ON, "goes on after the recording") \
	X(QUEUE_SHOWN, "as the kernel answered") \
	X(QUEUE_COUNTED, "counted since its last answer") \
	X(SEEN_BY, "seen by") \
	X(BY_BOTH, "wire and kernel") \
	X(BY_WIRE, "wire only") \
	X(BY_KERNEL, "kernel only") \
	X(BY_NOBODY, "nobody: it must have happened between two that were seen") \
	X(BY_WIRE_PALE, "wire only: inferred (pale, dashed)") \
	X(BY_KERNEL_ALONE, "kernel only: no segment shows it") \
	X(WITHDRAWN_LEGEND, "withdrawn: the wire suggested it, the kernel did not do it") \
	X(NOT_TAKEN, "arrived, not taken") \
	X(ENDS_DISAGREE, "the two ends disagree") \
	X(SEGMENTS, "segments:") \
	X(SYN_FIN_RST, "SYN, FIN, RST") \
	X(DATA, "data") \
	X(ACKS, "ACK") \
	X(AGAIN, "again") \
	X(A_CALL, "a call of the program") \
	X(MARK_ENDS_PHASE, "mark: ends the phase under its bracket") \
	X(STEPS, "from event to event") \
	X(UNDER_1_MS, "< 1 ms") \
	X(UNDER_20_MS, "< 20 ms") \
	X(LONGER, "longer") \
	X(FOLDED, "folded") \
	/* a ladder */ \
	X(LADDER_TITLE, "%s, segment by segment") \
	X(NO_ANSWER, "no answer") \
	X(FOLDED_SEGMENTS, "%s %u segments, %u bytes") \
	X(STILL, "still %s") \
	X(NO_SUCH_SOCKET, "no such socket") \
	X(NO_REQUEST, "no request") \
	X(CLOSED_BEFORE, "this end was gone before") \
	X(LATER_SEGMENT, "a later segment shows: %s") \
	X(WITHDRAWN_TIP, "withdrawn: %s → %s, claimed at %s\n%s") \
	/* the diagram */ \
	X(DIAGRAM_TITLE, "The state diagram, as it was taken") \
	X(DIAGRAM_DESC, \
		"Edges of RFC 9293 that were taken are strong and counted by role; the table " \
		"below has the same numbers.") \
	X(DIAGRAM_CAPTION, \
		"Left to right a connection opens, is open, and closes: above as the client " \
		"or whose FIN goes first, below as the server or whose FIN goes second. Thick: " \
		"taken often. Dashed: beyond the figure of RFC 9293.") \
	X(NOT_ON_LINUX, "not on Linux") \
	X(WITHDRAWN_N, "withdrawn %u") \
	X(WHO_CONNECTS, "who calls connect()") \
	X(WHO_LISTENS, "who calls listen()") \
	X(WHO_FIRST, "whose FIN goes first") \
	X(WHO_SECOND, "whose FIN goes second") \
	X(NOT_TAKEN_EDGE, "not taken") \
	X(RST_OUT, "RST out") \
	X(RST_IN, "RST in") \
	X(TIMER, "timer") \
	X(OTHER, "else") \
	X(EDGES_TAKEN, "%zu of the %zu edges that Linux has were taken.")
/* clang-format on */

#endif
