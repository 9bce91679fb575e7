/* Words and patterns of the head, the sections and their tables, the appendix: X(CODE, "text"). */
#ifndef TCPSTATE_PAGE_WORDS_SECTIONS_H
#define TCPSTATE_PAGE_WORDS_SECTIONS_H

/* clang-format off */
#define SECTION_WORDS(X) \
	/* the head */ \
	X(AS_PREDICTED, "the experiment went as predicted: %zu of %zu checks") \
	X(NOT_AS_PREDICTED, "%zu of %zu checks not as predicted") \
	X(RED_IS_SHOWN, "what is red below is what it shows, not a failed check") \
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
	X(HEAD_KINDS, "Courses of connections") \
	X(NAV_KINDS, "Courses") \
	X(HEAD_DIS, "Where wire and kernel disagreed") \
	X(HEAD_DIS_ENDS, "Where client and server differed") \
	X(NAV_DIS, "Disagreements") \
	X(HEAD_FINDINGS, "Findings") \
	X(HEAD_PHASES, "Phase by phase") \
	X(NAV_PHASES, "Phases") \
	X(HEAD_CHECKS, "Predicted and measured") \
	X(HEAD_CONNECTIONS, "Segment by segment") \
	X(HEAD_CONVERSATIONS, "Datagram by datagram") \
	X(HEAD_DIAGRAM, "The state diagram, as it was taken") \
	X(NAV_DIAGRAM, "State diagram") \
	X(HEAD_APPENDIX, "How to check this") \
	/* connections */ \
	X(LADDERS_LEDE, \
		"To the left and right what each end became, and who saw it; between them " \
		"the segments. d… is the record of diag.pcap in which the kernel says so, #… " \
		"the packet in wire.pcap. A white stripe: open, but not yet accepted.") \
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
	X(COL_CALL, "call") \
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
	X(CAME_OF_IT, "What came of it:") \
	X(AND_MORE, "and %zu more") \
	X(LATER, ", %s later") \
	X(LATER_RANGE, ", %s to %s later") \
	X(ENDS_HEAD, "Where client and server were in different states") \
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
		"socket by the timeline, with queues and timers as the kernel showed them in " \
		"that state. Shaded with a bar: changed since the moment before.") \
	X(MOMENTS_COUNTED, \
		"The recording has no marks. These are its natural moments: how many sockets " \
		"were in which state, by the timeline.") \
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
	X(QUEUES, "%s") \
	X(AGAIN_IN, "sent again in %s") \
	X(SYN_AGAIN_IN, "SYN sent again in %s") \
	X(SYN_ACK_AGAIN_IN, "SYN-ACK sent again in %s") \
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
	X(PHASE_ONE_EACH, "; drawn: %zu of %zu, one of each course") \
	X(PHASES_ALIKE, ". The same course: phases %s.") \
	X(PHASE_ALIKE, ". The same course: phase %s.") \
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
	X(TERM_UNCONN_TEXT, \
		"A UDP socket that has not called connect(): it takes datagrams from everybody. " \
		"An ICMP error reaches its program only with IP_RECVERR.") \
	X(TERM_CONNECTED_TEXT, \
		"A UDP socket that has called connect(): it takes datagrams from that address " \
		"and port alone, and its program's next call is told of an ICMP error. No " \
		"handshake was made.") \
	X(TERM_DROPPED, "dropped") \
	X(TERM_DROPPED_TEXT, \
		"It arrived, but found the receive buffer full. Nobody is told.") \
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
		"The other end has sent its FIN; our program has not called close() yet. No " \
		"timer ends it.") \
	X(STATE_LAST_ACK, "Our FIN went second, its ACK is missing.") \
	X(STATE_CLOSED, "No socket.")
/* clang-format on */

#endif
