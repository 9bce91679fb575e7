/* Where the lab programs, the experiments and the languages' catalogues are: of the build tree the
 * program runs from, or installed; TCPSTATE_LIBEXEC and TCPSTATE_LOCALEDIR override both. */
#ifndef TCPSTATE_PATHS_H
#define TCPSTATE_PATHS_H

/* Directories of tcpstate itself and of the lab programs, joined by ':', to go in front of PATH.
 * malloc'd, NULL out of memory. */
char *paths_programs(void);
/* Directory of the experiments (NAME.sh). malloc'd, NULL out of memory. It may not exist. */
char *paths_experiments(void);
/* A file that a shell inside a recording reads (tools/shell/). malloc'd, NULL out of memory. It may
 * not exist. */
char *paths_shell(const char *name);
/* The catalogue of a language ("zh"). malloc'd, NULL out of memory. It may not exist. */
char *paths_catalogue(const char *language);

#endif
