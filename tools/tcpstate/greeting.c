/* See greeting.h. */
#include "greeting.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tcpstate/lang.h"
#include "terminal.h"

static const char *what_format(const struct record_options *options, enum sealed_mode mode)
{
	if (mode == SEALED_USER_NET || mode == SEALED_NET)
		return _("tcpstate: recording into %s: packets and sockets of a sealed network of "
			 "its own");
	if (mode == SEALED_JOINED)
		return _("tcpstate: recording into %s: packets and sockets of another network "
			 "namespace");
	return options->argv != NULL
		       ? _("tcpstate: recording into %s: packets and sockets of this network "
			   "namespace, not those of COMMAND alone")
		       : _("tcpstate: recording into %s: packets and sockets of this network "
			   "namespace");
}

static void wall_say(const struct record_options *options)
{
	if (options->wall.url == NULL)
		return;
	terminal_say(_("tcpstate: to the wall at %s go the sockets by state, checks, findings, and "
		       "what is stuck"),
		options->wall.url);
	terminal_say(options->wall.name != NULL
			     ? _("tcpstate: under the name %s; wall.json in the recording is what "
				 "was sent last")
			     : _("tcpstate: without a name%s; wall.json in the recording is what "
				 "was sent last"),
		options->wall.name != NULL ? options->wall.name : "");
}

static void ends_say(const struct record_options *options)
{
	const struct ends *ends = &options->ends;

	if (ends->for_text != NULL)
		terminal_say(_("tcpstate: it ends by itself after %s s"), ends->for_text);
	if (ends->until_text != NULL)
		terminal_say(_("tcpstate: it ends by itself when %s is seen"), ends->until_text);
	if (options->argv != NULL)
		terminal_say(_("tcpstate: it ends when %s does"), options->argv[0]);
	else
		terminal_say("%s", _("tcpstate: Ctrl-C ends it"));
}

void greeting_print(const struct record_options *options, enum sealed_mode mode)
{
	if (options->lab != NULL)
		return;
	if (!isatty(STDERR_FILENO)) {
		if (options->argv == NULL)
			terminal_say(
				_("tcpstate: recording to %s until Ctrl-C"), options->directory);
		return;
	}
	terminal_say(what_format(options, mode), options->directory);
	terminal_say(
		_("tcpstate: into the same namespace from another terminal: tcpstate enter %s"),
		options->directory);
	wall_say(options);
	ends_say(options);
}
