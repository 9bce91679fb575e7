/* Every word and pattern of a page: X(CODE, "text"), X(CODE, "one", "many"). */
#ifndef TCPSTATE_PAGE_WORDS_H
#define TCPSTATE_PAGE_WORDS_H

/* clang-format off */
#define PAGE_WORDS(X) \
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
	X(MOST_HALF_OPEN, "at most %d half-open") \
	X(SYN_NO_ANSWER, "SYN of %s, frame %lu: no answer") \
	X(SYN_DROPPED, "SYN of %s dropped") \
	X(WAITS, "waits for accept()") \
	X(NEVER_ACCEPTED, "never accepted") \
	X(DISAGREE_TIP, "the two ends disagree for %s: client %s, server %s") \
	X(DISAGREE, "the ends disagree, %s") \
	X(NO_SOCKET, "no socket") \
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
		"or whose FIN goes first, below as the server or whose FIN goes second. Thick: taken " \
		"often. Dashed: beyond the figure of RFC 9293.") \
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
	X(EDGES_TAKEN, "%zu of the %zu edges that Linux has were taken.") \
	/* the head */ \
	X(AS_PREDICTED, "the experiment went as predicted: %zu of %zu") \
	X(NOT_AS_PREDICTED, "%zu of %zu not as predicted") \
	X(NO_PREDICTIONS, "no predictions in this recording") \
	X(RECORDED, "recorded") \
	X(PACKETS_LOST, "%lu packets, %lu lost") \
	X(ANSWERS_LOST, "%lu answers of the kernel, %lu lost") \
	X(SEALED, "sealed network (%s)") \
	X(SYSCTLS, "sysctls that mattered: ") \
	X(SYSCTL_SET, "set") \
	X(SEEN_AT, "set before %s s") \
	X(FOOT, "one file, nothing is loaded from elsewhere; works with scripts disabled") \
	X(THEME, "light / dark") \
	X(ZOOM, "zoom") \
	X(FILTER, "only those with") \
	X(FILTER_HINT, "port, program, state, text") \
	/* sections: heading, name in the list of links */ \
	X(HEAD_PICTURE, "What happened, on one time axis") \
	X(NAV_PICTURE, "Time axis") \
	X(HEAD_OCCUPANCY, "How many sockets were in which state") \
	X(HEAD_DATAGRAMS, "What crossed, on one time axis") \
	X(NAV_DATAGRAMS, "Datagrams") \
	X(HEAD_WHO, "Who is where in each cell") \
	X(NAV_WHO, "Who is where") \
	X(HEAD_KINDS, "Kinds of connections") \
	X(NAV_KINDS, "Kinds") \
	X(HEAD_DIS, "Where wire and kernel disagreed") \
	X(HEAD_DIS_ENDS, "Where the two ends disagreed") \
	X(NAV_DIS, "Disagreements") \
	X(HEAD_FINDINGS, "Findings") \
	X(HEAD_PHASES, "Phase by phase") \
	X(NAV_PHASES, "Phases") \
	X(HEAD_CHECKS, "Predicted and measured") \
	X(HEAD_CONNECTIONS, "Segment by segment") \
	X(HEAD_DIAGRAM, "The state diagram, as it was taken") \
	X(NAV_DIAGRAM, "State diagram") \
	X(HEAD_APPENDIX, "How to check this") \
	/* connections */ \
	X(LADDERS_LEDE, \
		"To the left and right what each end became, and who saw it; between them " \
		"the segments. d… is the record of diag.pcap in which the kernel says so, #… " \
		"the packet in wire.pcap.") \
	X(LADDERS_SOME, \
		"Drawn are %zu of %zu connections: one of each course, the unusual ones " \
		"first. The others take the same courses.") \
	X(LADDERS_LEFT, \
		"%zu courses more, taken by %zu connections together, are not drawn; " \
		"tcpstate report --all tells them.") \
	X(STANDS_FOR, "stands for %zu of the same course") \
	X(META_SEGMENTS, "%lu + %lu segments") \
	X(META_BYTES, "%lu + %lu bytes") \
	X(META_AGAIN, "%lu + %lu retransmissions") \
	X(META_MIDWAY, "the recording began after it") \
	X(AS_TABLE, "the same as a table") \
	X(IN_WIRESHARK, "in Wireshark:") \
	X(COL_SECONDS, "s") \
	X(COL_END, "end") \
	X(COL_EDGE, "from → to") \
	X(COL_SEEN, "seen by") \
	X(COL_WHERE, "where") \
	X(COL_WHY, "why") \
	X(SEEN_BOTH, "both") \
	X(SEEN_WIRE, "wire") \
	X(SEEN_KERNEL, "kernel") \
	X(SEEN_INFERRED, "inferred") \
	X(SEEN_WITHDRAWN, "withdrawn") \
	X(UP_TO_EARLIER, "(up to %s earlier)") \
	/* disagreements */ \
	X(DIS_LEDE, \
		"A packet that arrived is not a packet that was taken. What the wire " \
		"suggested and the kernel refuted is withdrawn, and named here.") \
	X(COL_PLACE, "where") \
	X(COL_SUGGESTED, "the wire suggested") \
	X(COL_KERNEL_SAID, "the kernel said") \
	X(COL_SO, "so") \
	X(AT_THE_CLIENT, "at the client") \
	X(AT_THE_SERVER, "at the server") \
	X(AND_MORE, "and %zu more") \
	X(LATER, ", %s later") \
	X(LATER_RANGE, ", %s to %s later") \
	X(ENDS_HEAD, "Where the two ends disagreed with each other") \
	X(ENDS_LEDE, \
		"Not a contradiction of the witnesses: both kernels are right, each about " \
		"its own end.") \
	X(COL_CONNECTION, "connection") \
	X(COL_FOR, "for") \
	X(NO_SOCKET_MORE, "no socket any more") \
	/* phases */ \
	X(PHASES_LEDE, \
		"What the kernel showed at each mark: the state of each socket, and what it " \
		"waits for. Shaded with a bar: changed since the phase before.") \
	X(MOMENTS_LEDE, \
		"The recording has no marks. These are its natural moments: the state of each " \
		"socket by the timeline, with queues and timers as the kernel showed them in that " \
		"state. Shaded with a bar: changed since the moment before.") \
	X(PHASES_COUNTED, "What the kernel showed at each mark, counted.") \
	X(ALL_PHASES, "all %zu phases") \
	X(PHASE, "phase") \
	X(NUMBER, "no.") \
	X(SERVER_SIDE, "at the server side") \
	X(CLIENT_SIDE, "at the client side") \
	X(COUNTERS_MOVED, "counters that moved") \
	X(SYSCTLS_CHANGED, "sysctls that changed") \
	X(CHANGED_TIMES, "changed %zu times, to %s") \
	X(GONE, "gone") \
	X(QUEUE_OF, "queue %u of %u") \
	X(QUEUE_FULL, "queue %u of %u: full") \
	X(HALF_OPEN_REQUEST, "half-open request") \
	X(UNREAD, "%u B unread") \
	X(SYN_UNACKED, "SYN not acknowledged") \
	X(UNACKED, "%u B not acknowledged") \
	X(AGAIN_IN, "again in %s") \
	X(TIME_LEFT, "%s left") \
	X(PROBE_IN, "zero window probe in %s") \
	X(PHASE_PICTURE, "Phase %zu: %s; at its end the mark “%s”") \
	X(PHASE_PICTURE_QUIET, "Phase %zu, to the mark “%s”") \
	X(STRETCH_OPENED, "%s opened") \
	X(STRETCH_DROPPED, "SYN dropped: %s") \
	X(STRETCH_IGNORED, "final ACK ignored: %s") \
	X(STRETCH_REFUSED, "%s refused") \
	X(STRETCH_FINS, "%s sent a FIN") \
	X(STRETCH_RESETS, "%s reset") \
	X(PHASES_LEFT, \
		"Those of another course after phase %zu are not drawn; the table of the phases " \
		"below has them all.") \
	X(PHASES_ALIKE, ". The same course: phases %s.") \
	X(PHASE_PICTURES, \
		"The same time axis, phase by phase, with the connections that each phase " \
		"moved:") \
	/* checks */ \
	X(CHECKS_LEDE, \
		"Each cell shows what was measured; point at it for the rule and the query.") \
	X(COL_CHECK, "check") \
	X(COL_CELL, "cell") \
	X(COL_PREDICTED, "predicted") \
	X(COL_MEASURED, "measured") \
	X(CELL_BY_CELL, "cell by cell; ✓: as predicted") \
	X(PREDICTED_MEASURED, "predicted %s, measured %s") \
	/* kinds */ \
	X(KINDS_LEDE, \
		"%zu connections took %zu different courses. A course is the same edges at " \
		"both ends, for the same reasons, with the same corrections.") \
	X(COL_COURSE, "course") \
	X(COL_CONNECTIONS, "connections") \
	X(COL_LASTED, "how long it lasted") \
	X(COL_MEDIAN, "median") \
	X(COL_DRAWN, "drawn below") \
	X(MORE_COURSES, "%zu more courses, taken by %zu connections together.") \
	X(OUTLIERS, "Lasted longest, compared with others of their course:") \
	X(COL_ENDS, "ends") \
	X(COL_LASTED_ONE, "lasted") \
	X(COL_COURSE_MEDIAN, "median of its course") \
	X(COL_RETRANSMISSIONS, "retransmissions") \
	X(OCCUPANCY_CAPTION, \
		"Clients upwards, servers downwards; the height is the number of sockets, " \
		"averaged over each 4 px of time.") \
	X(OCCUPANCY_DESC, \
		"Stacked areas over time: the ends of the clients upwards, those of the " \
		"servers downwards.") \
	X(CLIENTS, "clients") \
	X(SERVERS, "servers") \
	X(NUMBERS_ARE_PHASES, "numbers: phases") \
	X(ODD_CAPTION, "The listener, and the connections that took an unusual course:") \
	/* cells */ \
	X(CELLS_CAPTION, \
		"Each pair of bands is one client at the mark of that cell, in order of " \
		"arrival.") \
	X(CELLS_DESC, \
		"For each cell of the experiment a pair of bands a client: its own state " \
		"above, its socket at the server below.") \
	X(CELL_ACCEPTED, "accepted") \
	X(CELL_QUEUED, "in the accept queue") \
	X(CELL_HALF_OPEN, "half-open: the client thinks it is in") \
	X(CELL_LEFT_OUT, "left out: the server has no socket") \
	X(UPPER_BAND, "upper band: client") \
	X(LOWER_BAND, "lower band: server") \
	/* datagrams */ \
	X(DATAGRAMS_CAPTION, \
		"Each arrow is a datagram. UDP keeps no state, so there is nothing between " \
		"them.") \
	X(DATAGRAMS_DESC, \
		"A lane for each UDP conversation: datagrams as arrows, ICMP errors dashed. " \
		"The ladders below have the same.") \
	X(DATAGRAMS_LEFT, \
		"Drawn are the first and the last of each conversation; %lu datagrams are " \
		"not.") \
	X(A_DATAGRAM, "a datagram") \
	X(MET_NO_SOCKET, "it met no socket") \
	X(THE_ICMP_ERROR, "the ICMP error that answered") \
	X(NO_BANDS, "UDP has no states: no bands") \
	X(DROPPED_IN_ALL, "its socket, %lu dropped in all") \
	X(DROPPED_BETWEEN, \
		"%u datagrams dropped between two answers of the kernel: diag %lu and %lu") \
	X(DROPPED, "%u dropped") \
	X(TO_FROM, "%lu to, %lu from it") \
	X(CONVERSATION, "Conversation %u") \
	X(CONVERSATION_TITLE, "UDP conversation %u, datagram by datagram") \
	X(CONVERSATION_META, "%lu + %lu datagrams, %lu + %lu bytes") \
	X(UDP_CONNECTED, "connected") \
	X(UDP_UNCONNECTED, "not connected") \
	X(NEVER_TOLD, "never told: not connected") \
	X(FRAGMENTS, "%u fragments") \
	X(LINES_LEFT, "%lu more lines are not told") \
	X(CONVERSATIONS_LEFT, "%zu conversations more are not drawn.") \
	/* paths */ \
	X(PATH_TITLE, "%s reaches %s as %s") \
	X(PATH_NAME, "Path %u: one connection, met at %zu places") \
	X(PATH_DESC, \
		"Lifelines: client, router inside and outside, server. The same segments are " \
		"found by their sequence numbers.") \
	X(PLACE_CLIENT, "the client") \
	X(PLACE_SERVER, "the server") \
	X(PLACE_INSIDE, "router, inside") \
	X(PLACE_OUTSIDE, "router, outside") \
	X(PLACE_RECORDING, "recording %s") \
	X(TRANSLATES, "translates") \
	/* tables of sockets */ \
	X(COL_LOCAL, "local") \
	X(COL_REMOTE, "remote") \
	X(COL_STATE, "state") \
	X(COL_QUEUES, "queues") \
	X(COL_OWNER, "owner") \
	/* several recordings */ \
	X(CLOCK_SHIFTED, "%s: its clock was shifted by %s against %s (between %s and %s)") \
	X(CLOCK_AGREES, "%s: its clock agrees with that of %s within %s") \
	X(COMPARE_HEAD, "The recordings, compared") \
	X(COL_RECORDING, "recording") \
	X(COL_TRANSITIONS, "transitions") \
	X(COL_WITHDRAWN, "withdrawn") \
	X(COL_CHECKS, "checks") \
	X(COL_FINDINGS, "findings") \
	X(COL_DURATION, "duration") \
	X(COL_PACKETS, "packets") \
	/* appendix */ \
	X(APPENDIX_LEDE, \
		"Frame numbers are those of wire.pcap, as Wireshark numbers them; times are " \
		"seconds since its first packet, as in its Time column. diag numbers are " \
		"records of diag.pcap, in which the kernel itself speaks.") \
	X(ALL_SETTINGS, "all recorded settings") \
	X(GLOSSARY, "What the words mean") \
	X(TERM_QUEUE, "accept queue") \
	X(TERM_QUEUE_TEXT, \
		"Connections that are complete and wait for accept(). Recv-Q of the LISTEN " \
		"socket; the kernel admits backlog + 1.") \
	X(TERM_REQUEST, "half-open request") \
	X(TERM_REQUEST_TEXT, \
		"What the kernel keeps of a SYN that it has answered. It has no owner and no " \
		"inode.") \
	X(TERM_WIRE, "wire only") \
	X(TERM_WIRE_TEXT, \
		"Inferred from packets, not contradicted by the kernel: it had moved on when " \
		"it was asked.") \
	X(TERM_KERNEL, "kernel only") \
	X(TERM_KERNEL_TEXT, \
		"Shown by the kernel (sock_diag); no segment shows it: listen(), close() " \
		"without a FIN, timers.") \
	X(TERM_BOTH, "wire and kernel") \
	X(TERM_BOTH_TEXT, \
		"A packet shows the change, and the kernel was then seen in the new state.") \
	X(TERM_WITHDRAWN, "withdrawn") \
	X(TERM_WITHDRAWN_TEXT, "A packet suggested a change which the kernel did not make.") \
	/* what the states mean, in a line each */ \
	X(STATE_LISTEN, "A server waits for connections. Not a connection itself.") \
	X(STATE_SYN_SENT, \
		"connect() sent a SYN; no answer yet. The SYN is repeated until " \
		"tcp_syn_retries is used up.") \
	X(STATE_SYN_RECV, \
		"A SYN came and was answered; the last ACK of the handshake is missing. On " \
		"Linux a half-open request, without owner.") \
	X(STATE_ESTABLISHED, \
		"Open in both directions. It says that the two kernels have shaken hands, " \
		"not that a program has accepted.") \
	X(STATE_FIN_WAIT1, "Our FIN went first and is not yet acknowledged.") \
	X(STATE_FIN_WAIT2, \
		"Our FIN is acknowledged; the other end has not sent its own. With a process it " \
		"has no timer; an orphan ends after tcp_fin_timeout.") \
	X(STATE_CLOSING, "Both sent their FIN at the same time: they crossed.") \
	X(STATE_TIME_WAIT, \
		"Both ends have sent their FIN, this one first. Kept for 60 s, so that late " \
		"segments do no harm.") \
	X(STATE_CLOSE_WAIT, \
		"The other end has sent its FIN; our program has not called close() yet. No timer " \
		"ends it.") \
	X(STATE_LAST_ACK, "Our FIN went second, its ACK is missing.") \
	X(STATE_CLOSED, "No socket.") \
	/* the four questions */ \
	X(ANSWER_MORE, "more") \
	X(ANSWERS_IN_FULL, "The answers in full") \
	X(KEY, "How to read this:") \
	X(KEY_CONNECTION, "C4: the fourth connection") \
	X(KEY_PATH, "P1: the first connection, met at several places") \
	X(KEY_PID, "server[28]: a program and its process number (pid)") \
	X(KEY_NUMBERS, "frame, diag: numbers in wire.pcap and diag.pcap") \
	X(KEY_WIRE, "wire: packets show it") \
	X(KEY_KERNEL, "kernel: the kernel showed its socket so") \
	X(KEY_BOTH, "both: packets and kernel") \
	X(KEY_INFERRED, "inferred: it must have happened between two that were seen") \
	X(KEY_WITHDRAWN, "withdrawn: packets suggested it, the kernel did not do it") \
	X(ASK_WHAT, "What happened?") \
	X(ASK_WHO, "Who was left out, and why?") \
	X(ASK_DELAYED, "Who was delayed, and why?") \
	X(ASK_TIME_WAIT, "Who holds TIME_WAIT?") \
	X(ASK_CLOSE_WAIT, "Who holds CLOSE_WAIT, who TIME_WAIT?") \
	X(ASK_DISAGREE, "Where did wire and kernel disagree?") \
	X(ASK_AGREE, "Do both ends agree?") \
	X(ASK_LOST, "What was lost?") \
	X(ASK_LEARNED, "Who learned of it?") \
	X(ASK_CONNECTED, "Who is connected?") \
	X(TO_SERVER, "To %s.") \
	X(TO_SERVERS, "To %zu server ports; the busiest, %s, took %zu of the connections.") \
	X(OF_LISTENERS, "The kernel showed the listener of %zu of these ports.") \
	X(BACKLOG, "backlog %u") \
	X(BACKLOGS, "backlogs %s") \
	X(BACKLOG_RANGE, "backlogs %u to %u") \
	X(N_BY_FIN, "%zu ended by FIN") \
	X(N_BY_RST, "%zu by RST") \
	X(N_ENDED_BY_RST, "%zu ended by RST") \
	X(N_NEVER_OPENED, "%zu never opened") \
	X(N_STILL_OPEN, "%zu still open at the end") \
	X(N_MIDWAY, "%zu had begun before the recording.") \
	X(MET_AT, "Each met at %zu places, behind the router with another address.") \
	X(BIG_DROPPED, "%s: SYN dropped") \
	X(BIG_DROPPED_LATE, "%s: delayed, SYN dropped") \
	X(BIG_DROPPED_SOME, "%s left out, %s delayed: SYN dropped") \
	X(BIG_ACK_IGNORED, "%s: final ACK ignored") \
	X(BIG_ACK_DELAYED, "%s: delayed, final ACK ignored") \
	X(BIG_REFUSED, "%s: refused") \
	X(BIG_DISAGREE, "Not in %s") \
	X(QUEUE_WAS_FULL, \
		"The accept queue was full: %u waiting, room for %u (backlog %u + 1).") \
	X(QUEUES_WERE_FULL, "The accept queue was full, %s.") \
	X(QUEUE_OF_ONE, "for %s: %u waiting, room for %u (backlog %u + 1)") \
	X(QUEUE_FULL_EACH, \
		"The accept queue was full each time: one more waiting than the backlog.") \
	X(QUEUE_FULL_SOME, "For %zu of them the accept queue was full.") \
	X(REQUESTS_FULL, "The queue of half-open requests was full: TcpExtTCPReqQFullDrop moved.") \
	X(NOT_THE_QUEUE, "Not for a full accept queue: no answer of the kernel shows one.") \
	X(GOT_IN_LATER, "%s got in %s later, with a SYN sent again%s") \
	X(OTHERS_NEVER, "; %s never did.") \
	X(N_GOT_IN, "%zu got in with a later SYN.") \
	X(LEFT_ENDED, \
		"%s: the client's process ended within %s, before its SYN was sent again.") \
	X(LEFT_CLOSED, \
		"%s: the client closed its socket within %s, before its SYN was sent again.") \
	X(NEVER_GOT_IN, "It never got in.") \
	X(NONE_GOT_IN, "None of them got in.") \
	X(LET_IN_LATER, "It was ESTABLISHED at both ends later.") \
	X(ALL_LET_IN_LATER, "All of them were ESTABLISHED at both ends later.") \
	X(SOME_LET_IN_LATER, "%zu of them were ESTABLISHED at both ends later, the others never.") \
	X(IN_BUT_NOT_TAKEN, "Let in later, but no program accepted %s.") \
	X(ALSO_ACK_IGNORED, "Final ACK ignored: %s.") \
	X(LONGEST_DISAGREED, "Longest %s: the client %s, the server %s, for %s.") \
	X(ACK_QUEUE_FULL, \
		"Final ACK ignored: the accept queue was full, %u waiting, room for %u " \
		"(backlog %u + 1)") \
	X(TIME_WAIT_NOT_HELD, \
		"By its segments the end had to be in TIME_WAIT; the kernel never held that") \
	X(ACKS_IGNORED, "%s (%s).") \
	X(ACKS_QUEUE, "%s: the accept queue was full, %u waiting, room for %u (backlog %u + 1).") \
	X(ACKS_DEFERRED, "%s: the listener waits for data first (TCP_DEFER_ACCEPT).") \
	X(ACKS_FILTERED, "%s: a filter dropped the ACK before the listener.") \
	X(ACKS_UNKNOWN, "%s: cause unknown (accept queue, TCP_DEFER_ACCEPT or a filter).") \
	X(FOR, "for %s") \
	X(FOR_UP_TO, "for up to %s") \
	X(STAGE_THEN, ", then ") \
	X(STAGE_QUEUE_OF, \
		"%s every ACK met a full accept queue (%u waiting, room for %u: backlog %u + 1)") \
	X(STAGE_QUEUE, "%s every ACK met a full accept queue") \
	X(STAGE_DEFERRED, "%s the listener waited for data (TCP_DEFER_ACCEPT)") \
	X(STAGE_DEFERRED_AGAIN, "%s the listener waited for data") \
	X(STAGE_FILTERED, "%s a filter dropped the ACK") \
	X(STAGE_UNKNOWN, "%s the ACK was not taken, cause unknown") \
	X(DO_ACCEPT, "Call accept() sooner, or give listen() a larger backlog.") \
	X(DO_SEND_FIRST, "Let the client send first, or do without TCP_DEFER_ACCEPT.") \
	X(DO_CLOSE, \
		"Call close() where read() returned 0, and on each copy that a parent or " \
		"child has.") \
	X(DO_CLOSE_PARENT, "Let the parent close() its copy right after fork().") \
	X(DO_CLOSE_PARENT_OR, \
		"If it forks: let the parent close() its copy. Else: close() where read() " \
		"returned 0.") \
	X(HOLDER_LISTENS, \
		"%s also listens: if it calls fork() for each client, the parent's copy keeps " \
		"the socket open.") \
	X(HOLDERS_LISTEN, \
		"Each of these processes also listens: if it calls fork() for each client, the " \
		"parent's copy keeps the socket open.") \
	X(BIG_ACCEPTED_LATE, "%s: accepted late") \
	X(BIG_NEVER_ACCEPTED, "%s: connected, never accepted") \
	X(ACCEPTED_AFTER, "%s waited for accept() for %s.") \
	X(NEVER_ACCEPTED_FOR, "%s waited for accept() for %s, and got none.") \
	X(REFUSED_FIRST, \
		"First an ACK of an older connection on the same ports answered the SYN of %s, " \
		"then its client tried again.") \
	X(REFUSED_FIRST_BY, \
		"%s had left a socket at the server on the same ports: this answered the first " \
		"SYN of %s with an ACK, so the client sent its SYN again.") \
	X(REFUSED_WHY, "Nothing listened there: an RST, or an ICMP error, answered the SYN.") \
	X(ALSO_REFUSED, "Refused: %s.") \
	X(NOBODY, "Nobody") \
	X(ALL_COMPLETED, "Every SYN was answered, every handshake completed.") \
	X(ALL_ANSWERED, "Every SYN seen was answered.") \
	X(NEVER_TAKEN, "Established, but no program accepted them: %s.") \
	X(THE_CLIENTS, "The clients") \
	X(THE_CLIENT, "The client") \
	X(THE_SERVER, "The server") \
	X(BOTH_SIDES, "%zu at clients, %zu at servers") \
	X(CLIENT_FIRST, "The client sent its FIN first, in %s.") \
	X(SERVER_FIRST, "The server sent its FIN first, in %s.") \
	X(EITHER_FIRST, "Whoever sent its FIN first: the client in %s; the server in %s.") \
	X(EITHER_FIRST_MANY, "Whoever sent its FIN first.") \
	X(COUNTS_DOWN, "The kernel counts TIME_WAIT down, from 60 s.") \
	X(NO_FIN, "No connection ended by FIN at both ends.") \
	X(CLOSE_WAIT_OF, "CLOSE_WAIT: %s") \
	X(CLOSE_WAIT_HELD, \
		"For over a second: the peer had sent its FIN, the program had not called " \
		"close().") \
	X(CLOSE_WAIT_SERVER, "CLOSE_WAIT at the server: %s") \
	X(CLOSE_WAIT_CLIENT, "CLOSE_WAIT at the client: %s") \
	X(HELD_FOR, "for %s by %s") \
	X(HELD_UP_TO, "for up to %s by %s") \
	X(HELD_TO_THE_END, "for at least %s, until the recording ended, by %s") \
	X(CLOSE_WAIT_HELD_BY, "%s: no close() for 1 s or more after the peer's FIN.") \
	X(FIN_WAIT2_RAN_OUT, \
		"In %s the peer's FIN_WAIT2 had no process any more and ran out " \
		"(tcp_fin_timeout): from then on nobody was there to answer.") \
	X(HALF_USED, "In %s the program still sent data in CLOSE_WAIT.") \
	X(TIME_WAIT_CLIENT, "TIME_WAIT is at the client, which sent its FIN first, in %s.") \
	X(TIME_WAIT_SERVER, "TIME_WAIT is at the server, which sent its FIN first, in %s.") \
	X(TIME_WAIT_EITHER, \
		"TIME_WAIT is with whoever sent its FIN first: the client in %s; the server " \
		"in %s.") \
	X(TIME_WAITS_FULL, \
		"%s ended without TIME_WAIT: the limit tcp_max_tw_buckets was reached.") \
	X(NO_TIME_WAIT, "TIME_WAIT: nobody.") \
	X(NOT_ASKED, "The kernel was not asked") \
	X(CAPTURE_ALONE, "A capture alone: every transition here is inferred from packets.") \
	X(NOWHERE, "Nowhere") \
	X(NOTHING_WITHDRAWN, "No claim of the wire had to be withdrawn.") \
	X(MOST_OFTEN, "Most often, %2$zu times: %1$s.") \
	X(EACH_TIME, "%s.") \
	X(WITNESSES, "transitions seen by") \
	X(BESIDES, "; besides them ") \
	X(UDP_ENDS, "Between %zu pairs of ends; the busiest is %s.") \
	X(UDP_NO_CONNECTION, \
		"UDP has no connection: a conversation is a pair of ends that were heard.") \
	X(UDP_DROPPED, \
		"%lu datagrams were dropped at a socket whose receive memory was full. Their " \
		"senders noticed nothing.") \
	X(UDP_MET_NO_SOCKET, "%lu datagrams met no socket: %s.") \
	X(NOTHING, "Nothing") \
	X(UDP_ALL_WELL, "No socket dropped any, no ICMP error came.") \
	X(UDP_TOLD, "%s: connected, so its next call fails.") \
	X(UDP_NOT_TOLD, "%s: not connected, so never told.") \
	X(UDP_TOLD_NOT, "%zu told, %zu not") \
	X(NOTHING_TO_LEARN, "Nothing to learn") \
	X(UDP_SILENT, "UDP tells a sender nothing but ICMP errors, and there were none.") \
	X(UDP_OF_ENDS, "%zu of %zu ends") \
	X(UDP_CONNECT, \
		"connect() on a UDP socket sends nothing: it notes the peer, so that errors " \
		"can be handed to it.")

#define PAGE_NUMBERS(X) \
	X(CONNECTIONS, "%lu connection", "%lu connections") \
	X(SYNS_DROPPED, "✗ %lu SYN dropped", "✗ %lu SYNs dropped") \
	X(MORE_LISTENERS, "and %lu more listener", "and %lu more listeners") \
	X(TIMES, "%lu time", "%lu times") \
	X(TIMES_AT, "%lu time, at %s", "%lu times, at %s") \
	X(ROWS, "%lu row", "%lu rows") \
	X(NOTES, "%lu note on the recordings", "%lu notes on the recordings") \
	X(MORE, "%lu more", "%lu more") \
	X(ACKS_OF, "%lu ACK, of %s", "%lu ACKs, of %s") \
	X(BY_RST, "One ended by RST: no TIME_WAIT.", "%lu ended by RST: no TIME_WAIT.") \
	X(SYNS_UNANSWERED, "%lu SYN unanswered", "%lu SYNs unanswered") \
	X(DATAGRAMS, "%lu datagram", "%lu datagrams") \
	X(MORE_SHORTER, "and %lu more, no longer.", "and %lu more, none longer.")
/* clang-format on */

#endif
