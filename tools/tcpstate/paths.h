/* Where the lab programs and experiments are: of the build tree the program runs from, or
 * installed; TCPSTATE_LIBEXEC overrides both. */
#ifndef TCPSTATE_PATHS_H
#define TCPSTATE_PATHS_H

/* Directories of tcpstate itself and of the lab programs, joined by ':', to go in front of PATH.
 * malloc'd, NULL out of memory. */
char *paths_programs(void);
/* Directory of the experiments (NAME.sh). malloc'd, NULL out of memory. It may not exist. */
char *paths_experiments(void);

#endif
