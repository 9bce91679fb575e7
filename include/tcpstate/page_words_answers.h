/* Words and patterns of the answers to the four questions: X(CODE, "text"). */
#ifndef TCPSTATE_PAGE_WORDS_ANSWERS_H
#define TCPSTATE_PAGE_WORDS_ANSWERS_H

/* clang-format off */
#define ANSWER_WORDS(X) \
	/* the four questions */ \
	X(ANSWER_MORE, "more") \
	X(ANSWERS_IN_FULL, "The answers in full") \
	X(KEY, "How to read this:") \
	X(KEY_CONNECTION, "%s: the first connection") \
	X(KEY_PATH, "P1: the first connection, met at several places") \
	X(KEY_PID, "%s[%u]: a program and its process number (pid)") \
	X(KEY_NUMBERS, "frame, diag: numbers in wire.pcap and diag.pcap") \
	X(KEY_WIRE, "wire only: packets show it; no look at the kernel came in time") \
	X(KEY_WIRE_ALONE, "wire: packets show it") \
	X(KEY_KERNEL, "kernel only: its socket was seen so") \
	X(KEY_BOTH, "both: packets and kernel show it") \
	X(KEY_INFERRED, "inferred: it must have happened between two that were seen") \
	X(KEY_WITHDRAWN, "withdrawn: packets suggested it, the kernel did not do it") \
	X(KEY_WITHDRAWN_ALONE, \
		"withdrawn: a packet suggested it, a later one shows that it was not so") \
	X(KEY_ONE_MORE, "backlog 1 + 1: Linux lets one more wait than the backlog says") \
	X(ASK_WHAT, "What happened?") \
	X(ASK_WHO, "Who was left out, and why?") \
	X(ASK_DELAYED, "Who was delayed, and why?") \
	X(ASK_TIME_WAIT, "Who held TIME_WAIT?") \
	X(ASK_CLOSE_WAIT, "Who held CLOSE_WAIT, who TIME_WAIT?") \
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
	X(BACKLOG_CHANGED, "backlog %s by another listen()") \
	X(BACKLOG_RANGE, "backlogs %u to %u") \
	X(OF_A_TRIAL, "Of a trial before the experiment: %s.") \
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
	X(BIG_DROPPED_TRIAL, "%s (trial) left out, %s delayed: SYN dropped") \
	X(STORY_OUT, "%s: never got in.") \
	X(STORY_OUT_TRIAL, "%s (trial): never got in.") \
	X(STORY_LATE, "%s: got in after %s, when its SYN was sent again.") \
	X(STORY_LATE_UP_TO, "%s: got in after up to %s, when their SYNs were sent again.") \
	X(SYN_TIMER, "A SYN is sent again after 1 s at the earliest, room or not.") \
	X(MET_QUEUE, \
		"The SYN met a full accept queue: %u waiting, room for %u (backlog %u + 1).") \
	X(MET_QUEUE_HELD, \
		"The SYN met a full accept queue: %u waiting (%s), room for %u " \
		"(backlog %u + 1).") \
	X(TOOK_NOBODY_FOR, "After %s accept() took nobody for %s.") \
	X(TOOK_NOBODY, "After %s accept() took nobody.") \
	X(LEFT_ENDED, \
		"The client's process ended within %s, before it would have sent the SYN again.") \
	X(LEFT_CLOSED, \
		"The client closed its socket within %s, before it would have sent the SYN " \
		"again.") \
	X(BIG_ACK_IGNORED, "%s: final ACK ignored") \
	X(BIG_ACK_DELAYED, "%s: delayed, final ACK ignored") \
	X(BIG_REFUSED, "%s: refused") \
	X(BIG_UNREACHABLE, "%s: answered by an ICMP error") \
	X(BIG_DISAGREE, "Not in %s") \
	X(QUEUE_FULL_EACH, \
		"The accept queue was full each time: one more waiting than the backlog.") \
	X(QUEUE_FULL_SOME, "For %zu of them the accept queue was full.") \
	X(QUEUE_HELD, "The accept queue held %s.") \
	X(QUEUE_HELD_BY_TURNS, "The accept queue held, at different times, %s.") \
	X(REQUESTS_FULL, "The queue of half-open requests was full: TcpExtTCPReqQFullDrop moved.") \
	X(NOT_THE_QUEUE, "Not for a full accept queue: no answer of the kernel shows one.") \
	X(N_GOT_IN, "%zu got in with a later SYN, the slowest after %s.") \
	X(NEVER_GOT_IN, "It never got in.") \
	X(NONE_GOT_IN, "None of them got in.") \
	X(LET_IN_LATER, "It was ESTABLISHED at both ends later.") \
	X(ALL_LET_IN_LATER, "All of them were ESTABLISHED at both ends later.") \
	X(SOME_LET_IN_LATER, "%zu of them were ESTABLISHED at both ends later, the others never.") \
	X(ALSO_ACK_IGNORED, "Final ACK ignored: %s.") \
	X(LONGEST_DISAGREED, "Longest %s: the client %s, the server %s, for %s.") \
	X(MEANWHILE, "The client was %2$s, the server %3$s: longest %1$s, for %4$s.") \
	X(ACK_FORGOTTEN, \
		"An ACK that is not taken is forgotten: the client's next segment lets it in, as " \
		"a rule its ACK to a SYN-ACK sent again.") \
	X(ACK_QUEUE_FULL, \
		"Final ACK ignored: the accept queue was full, %u waiting, room for %u " \
		"(backlog %u + 1)") \
	X(TIME_WAIT_NOT_HELD, \
		"By the packets this end should have entered TIME_WAIT; the kernel never held it") \
	X(ACKS_IGNORED, "%s (%s).") \
	X(ACKS_QUEUE, "%s: the accept queue was full, %u waiting, room for %u (backlog %u + 1).") \
	X(ACKS_DEFERRED, "%s: the listener waits for data first (TCP_DEFER_ACCEPT).") \
	X(ACKS_FILTERED, "%s: the ACK was dropped before the listener, probably by a filter.") \
	X(ACKS_UNKNOWN, "%s: cause unknown (accept queue, TCP_DEFER_ACCEPT or a filter).") \
	X(FOR, "for %s") \
	X(FOR_UP_TO, "for up to %s") \
	X(STAGES_OF, "%s:") \
	X(STAGES, "%s: delayed for %s.") \
	X(STAGES_UP_TO, "%s: delayed for up to %s.") \
	X(STAGES_OUT, "%s: left out for %s.") \
	X(STAGES_OUT_UP_TO, "%s: left out for up to %s.") \
	X(STAGE_THEN, ", then ") \
	X(STAGE_LET_IN, ", then it was let into the accept queue.") \
	X(STAGE_NEVER, ", and it was never let in.") \
	X(STAGE_QUEUE_OF, \
		"%s each ACK that came met a full accept queue (%u waiting, room for %u: backlog " \
		"%u + 1)") \
	X(STAGE_QUEUE_OF_HELD, \
		"%s each ACK that came met a full accept queue (%u waiting: %s; room for %u: " \
		"backlog %u + 1)") \
	X(STAGE_QUEUE_HELD, "%s each ACK that came met a full accept queue (%s)") \
	X(STAGE_QUEUE, "%s each ACK that came met a full accept queue") \
	X(CAME_LATER, "%s, which came later") \
	X(STAGE_ROOM, "%s there was room, but its ACK came again only with the next SYN-ACK") \
	X(STAGE_ROOM_AGAIN, "%s there was room, and again no ACK before the next SYN-ACK") \
	X(STAGE_DEFERRED, "%s the listener waited for data (TCP_DEFER_ACCEPT)") \
	X(STAGE_DEFERRED_AGAIN, "%s the listener waited for data") \
	X(STAGE_FILTERED, "%s the ACK was dropped, probably by a filter") \
	X(STAGE_UNKNOWN, "%s the ACK was not taken, cause unknown") \
	X(DO_ACCEPT, "Call accept() sooner, or give listen() a larger backlog.") \
	X(DO_SEND_FIRST, "Let the client send first, or do without TCP_DEFER_ACCEPT.") \
	X(DO_FILTER, "Look for the filter: nft list ruleset; for one on the socket: ss -lb.") \
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
	X(STILL_HELD, "The server still held %s, in CLOSE_WAIT.") \
	X(STILL_HELD_KEPT, \
		"That is the cause: the parent kept its copy of the descriptor of %s after " \
		"fork(). See CLOSE_WAIT.") \
	X(CLOSED_TAKEN_LATER, \
		"The server then closed %s, which freed a descriptor, but took %s only after " \
		"%s or more: nothing wakes a program when a descriptor becomes free.") \
	X(CLOSED_THEN_TAKEN, "The server then closed %s; after that it took %s.") \
	X(ACCEPTED_AFTER, "%s waited for accept() for %s.") \
	X(NEVER_ACCEPTED_FOR, "%s waited for accept() for %s, and got none.") \
	X(REFUSED_FIRST, \
		"An ACK of an older connection on the same ports answered the first SYN of %s.") \
	X(OLDER_TIME_WAIT, \
		"The first SYN of %2$s met %1$s, in TIME_WAIT at the server on the same ports, " \
		"and got an ACK: TIME_WAIT gives way only to a SYN with a higher sequence number " \
		"or timestamp.") \
	X(OLDER_IN_STATE, \
		"The first SYN of %2$s met %1$s, in %3$s at the server on the same ports, and " \
		"got an ACK.") \
	X(OLDER_LEFT, \
		"A socket that %1$s had left at the server on the same ports answered the first " \
		"SYN of %2$s with an ACK.") \
	X(OLDER_RST_TIME_WAIT, \
		"The client, in SYN_SENT, knew no such connection: it sent an RST, which ended " \
		"that TIME_WAIT (RFC 1337). When it sent its SYN again, the TIME_WAIT was gone.") \
	X(OLDER_RST_ENDED, \
		"The client, in SYN_SENT, knew no such connection: it sent an RST, which " \
		"ended %s there. When it sent its SYN again, that was gone.") \
	X(OLDER_RST, \
		"The client, in SYN_SENT, knew no such connection: it sent an RST. The SYN sent " \
		"again was refused.") \
	X(REFUSED_WHY, "Nothing listened there: an RST, or an ICMP error, answered the SYN.") \
	X(ALSO_REFUSED, "Refused: %s.") \
	X(NOBODY, "Nobody") \
	X(ALL_COMPLETED, "Every SYN was answered, every handshake completed.") \
	X(ALL_ANSWERED, "Every SYN seen was answered.") \
	X(NEVER_TAKEN, "%s: in the accept queue, but never accepted.") \
	X(THE_CLIENTS, "The clients") \
	X(THE_CLIENT, "The client") \
	X(THE_SERVER, "The server") \
	X(BOTH_SIDES, "%zu at clients, %zu at servers") \
	X(CLIENT_FIRST, "The client sent its FIN first, in %s.") \
	X(SERVER_FIRST, "The server sent its FIN first, in %s.") \
	X(EITHER_FIRST, "Whoever sent its FIN first: the client in %s; the server in %s.") \
	X(EITHER_FIRST_MANY, "Whoever sent its FIN first.") \
	X(DO_NOT_MIND, \
		"TIME_WAIT is no fault. Let every server set SO_REUSEADDR before bind(): then it " \
		"can start again at once.") \
	X(CUT_SHORT, "TIME_WAIT ended early %s.") \
	X(CUT_BY_REUSE, "in %s, by a newer SYN on the same ports") \
	X(CUT_BY_RST, "in %s, by an RST") \
	X(WAITS_WHY, \
		"Why: for 60 s a lost last ACK can be sent again, and no late segment is taken " \
		"for one of the next connection (RFC 9293, 3.3.2).") \
	X(WAITS_FORBID, \
		"Meanwhile bind() to that port fails (EADDRINUSE) unless the old and the new " \
		"socket have SO_REUSEADDR.") \
	X(WAITS_AT_CLIENT, \
		"TIME_WAIT keeps one local port of a client for 60 s. It hinders only a client " \
		"that binds that port again: without bind() the kernel chooses one.") \
	X(WAITS_CONNECT, \
		"Where bind() works, connect() to the same server does so at once if the old " \
		"connection had timestamps, and else fails (EADDRNOTAVAIL). tcp_tw_reuse matters " \
		"only where the kernel chooses the port.") \
	X(NOT_TRIED_AGAIN, "No program tried it here.") \
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
	X(HELD_EACH, "for %s to %s, each by its own %s (%s)") \
	X(PARENTS_KEPT, \
		"The parent kept its copy after fork(), though its child was done with it: %s.") \
	X(KEPT_BY, "%s that of %s") \
	X(KEPT_UNSEEN, \
		"%s: probably the same, for the same parent held them; no child was left when " \
		"tcpstate looked.") \
	X(CLOSE_WAIT_HELD_BY, "No close() for a second or more after the peer's FIN: %s.") \
	X(CLOSE_WAIT_FOR_LESS, "For less than a second, by the same: %s.") \
	X(FIN_WAIT2_RAN_OUT, \
		"In %s no process had the peer's end any more: the kernel ended its FIN_WAIT2 " \
		"after tcp_fin_timeout, and resets what comes later.") \
	X(HALF_USED, "In %s the program still sent data in CLOSE_WAIT, as it may.") \
	X(TIME_WAIT_CLIENT, "TIME_WAIT was at the client, which sent its FIN first, in %s.") \
	X(TIME_WAIT_SERVER, "TIME_WAIT was at the server, which sent its FIN first, in %s.") \
	X(TIME_WAIT_EITHER, \
		"TIME_WAIT was with whoever sent its FIN first: the client in %s; the server " \
		"in %s.") \
	X(BUCKETS_FULL, "The limit tcp_max_tw_buckets was reached.") \
	X(TIME_WAITS_FULL, \
		"%s ended without TIME_WAIT: the limit tcp_max_tw_buckets was reached.") \
	X(NO_TIME_WAIT, "TIME_WAIT: nobody.") \
	X(NOT_ASKED, "The kernel was not asked") \
	X(CAPTURE_ALONE, "A capture alone: every transition here is inferred from packets.") \
	X(NOWHERE, "Nowhere") \
	X(NOTHING_WITHDRAWN, "Wherever the kernel was seen, it agreed with the packets.") \
	X(N_TIMES, "%2$zu times: %1$s.") \
	X(ONCE, "Once: %s.") \
	X(EACH_TIME, "%s.") \
	X(WITNESSES, "transitions seen by") \
	X(BESIDES, "; besides them ") \
	X(UDP_ENDS, "Between %zu pairs of ends; the busiest is %s.") \
	X(UDP_NO_CONNECTION, \
		"UDP has no connection: a conversation is a pair of ends that were heard.") \
	X(UDP_DROPPED, \
		"%lu datagrams were dropped at a socket whose receive memory was full. Their " \
		"senders noticed nothing.") \
	X(UDP_PARTS, "Parts of datagrams") \
	X(UDP_CUT, \
		"A program gave less room than a datagram had (%ld times): what did not fit is " \
		"lost.") \
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
/* clang-format on */

#endif
