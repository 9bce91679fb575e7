/* A pager between a long text and the terminal, as git has it. */
#ifndef TCPSTATE_PAGER_H
#define TCPSTATE_PAGER_H

#include <sys/types.h>

struct pager {
	pid_t pid;    /* 0: none runs */
	int terminal; /* standard output, put aside */
};
/* Let standard output, a terminal, go through $PAGER (else less, where it is installed). Nothing
 * happens where PAGER is empty or cat, or the terminal is dumb. */
void pager_begin(struct pager *pager);
/* Wait for its end; standard output is the terminal again. While it runs, writing to a pager that
 * was left early gives EPIPE and no signal, and ^C is the pager's. */
void pager_end(struct pager *pager);

#endif
