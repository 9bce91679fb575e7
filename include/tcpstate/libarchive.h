/* libarchive, loaded when a file turns out to be compressed or an archive, or one is to be made
 * (src/source/libarchive.c). What this program calls of it: libarchive.read_new() is
 * archive_read_new(). */
#ifndef TCPSTATE_LIBARCHIVE_H
#define TCPSTATE_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "tcpstate/error.h"

/* clang-format off */
#define LIBARCHIVE(FUNCTION) \
	FUNCTION(error_string) \
	FUNCTION(entry_new) FUNCTION(entry_free) FUNCTION(entry_pathname) FUNCTION(entry_filetype) \
	FUNCTION(entry_hardlink) FUNCTION(entry_set_pathname) FUNCTION(entry_set_filetype) \
	FUNCTION(entry_set_perm) FUNCTION(entry_set_size) FUNCTION(entry_set_mtime) \
	FUNCTION(read_new) FUNCTION(read_free) FUNCTION(read_open_fd) FUNCTION(read_open_filename) \
	FUNCTION(read_next_header) FUNCTION(read_data) \
	FUNCTION(read_support_filter_gzip) FUNCTION(read_support_filter_zstd) \
	FUNCTION(read_support_filter_xz) FUNCTION(read_support_filter_lz4) \
	FUNCTION(read_support_filter_bzip2) FUNCTION(read_support_format_raw) \
	FUNCTION(read_support_format_empty) FUNCTION(read_support_format_tar) \
	FUNCTION(read_support_format_zip) \
	FUNCTION(write_new) FUNCTION(write_free) FUNCTION(write_open_fd) FUNCTION(write_close) \
	FUNCTION(write_header) FUNCTION(write_data) FUNCTION(write_add_filter_zstd) \
	FUNCTION(write_set_format_pax_restricted) FUNCTION(write_set_format_zip)
/* clang-format on */

struct libarchive {
#define FUNCTION(name) __typeof__(archive_##name) *name;
	LIBARCHIVE(FUNCTION)
#undef FUNCTION
};

extern struct libarchive libarchive;

/* Before anything of it is called, and before a sandbox: what is locked up loads no program. 0
 * (also if it is there already), or -1 with *error: it is not installed. */
int libarchive_load(struct error *error);
/* The names of files in an archive are UTF-8, whatever the user's locale is: what reads or writes
 * them stands between these. names_end() is given what names_begin() gave. */
locale_t libarchive_names_begin(void);
void libarchive_names_end(locale_t before);

#endif
