/* The command line of the lab programs, read by the table of knobs.c. */
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "knobs.h"
#include "lab.h"

enum { LONG_ONLY = 256 }; /* getopt_long's number of the first knob, above all letters */

void lab_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	lab_complain(format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry '%s --help'.\n", program_invocation_short_name);
	exit(2);
}

void lab_option_unknown(int got, const char *word, int letter)
{
	char short_one[] = {'-', (char)letter, '\0'};
	const char *option = letter > 0 && letter < 0x80 ? short_one : word;

	if (got == ':')
		lab_usage("option '%s' requires an argument", option);
	lab_usage("unrecognized option '%s'", option);
}

bool lab_number(const char *text, long min, long max, long *number)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end || errno || *text == ' ' || *text == '+' || value < min ||
		value > max)
		return false;
	*number = value;
	return true;
}

static void add_text(struct lab_texts *texts, const char *text)
{
	texts->text = realloc(texts->text, (texts->count + 1) * sizeof(*texts->text));
	if (texts->text == NULL)
		lab_fatal("realloc");
	texts->text[texts->count++] = text;
}

static void add_fault(unsigned *faults, enum lab_program program, const char *name)
{
	const unsigned reversals = FAULT_BYTE_REVERSE | FAULT_PAIR_REVERSE | FAULT_TRIPLE_REVERSE;

	for (const struct lab_fault_name *fault = lab_faults; fault->name != NULL; fault++) {
		if (strcmp(fault->name, name) || !(fault->programs & (unsigned)program))
			continue;
		if (fault->fault & reversals && *faults & reversals & ~fault->fault)
			lab_usage("--fault %s: there is another reversal already", name);
		*faults |= fault->fault;
		return;
	}
	lab_usage("--fault %s: no fault of this program; --help lists them", name);
}

static void set_knob(struct lab_options *options, const struct lab_knob *knob,
	enum lab_program program, const char *argument)
{
	char *field = (char *)options + knob->at;
	bool number_ok = true;

	switch (knob->kind) {
	case KNOB_FLAG:
		*(bool *)field = true;
		break;
	case KNOB_INET:
	case KNOB_INET6:
		if (options->family &&
			options->family != (knob->kind == KNOB_INET ? AF_INET : AF_INET6))
			lab_usage("-4 and -6 contradict each other");
		options->family = knob->kind == KNOB_INET ? AF_INET : AF_INET6;
		break;
	case KNOB_TEXT:
		*(const char **)field = argument;
		break;
	case KNOB_TEXTS:
		add_text((struct lab_texts *)field, argument);
		break;
	case KNOB_ACCEPTS:
		if (!strcmp(argument, "all") || !strcmp(argument, "none"))
			*(long *)field = argument[0] == 'a' ? LAB_ALL : 0;
		else
			number_ok = lab_number(argument, knob->min, knob->max, (long *)field);
		break;
	case KNOB_PAUSE:
		if (!strcmp(argument, "forever")) {
			*(long *)field = LAB_FOREVER;
			break;
		} /* fallthrough */
	case KNOB_NUMBER:
		number_ok = lab_number(argument, knob->min, knob->max, (long *)field);
		break;
	case KNOB_FAULTS:
		add_fault((unsigned *)field, program, argument);
		break;
	case KNOB_HELP:
		break;
	}
	if (!number_ok)
		lab_usage("--%s %s: not %sa number from %ld to %ld", knob->name, argument,
			knob->kind == KNOB_ACCEPTS ? "all, none or "
			: knob->kind == KNOB_PAUSE ? "`forever` or "
						   : "",
			knob->min, knob->max);
}

/* A turned address is somebody else's: on a sealed network only. */
static void turn_hosts(struct lab_options *options)
{
	if (!lab_sealed()) {
		lab_warn("--no-htonl: refused, unconverted addresses belong to somebody else; run "
			 "it in a sealed namespace: tcpstate record -o DIR -- COMMAND");
		exit(EXIT_FAILURE);
	}
	if (options->family == AF_INET6)
		lab_usage("--no-htonl: an IPv6 address is an array of bytes, there is nothing to "
			  "convert");
	if (options->local.length)
		lab_host_unconverted(&options->local);
	if (options->remote.length)
		lab_host_unconverted(&options->remote);
}

static void settle_addresses(struct lab_options *options, enum lab_program program)
{
	bool server = program & LAB_SERVERS;
	long local_port = server ? options->port : 0, remote_port = options->port;

	if (options->connect_text != NULL) {
		options->remote = lab_address_parse(
			"connect", options->connect_text, options->family, &remote_port);
		options->family = options->remote.sa.ss_family;
	}
	if (options->bind_text != NULL || server) {
		options->local = lab_address_parse("bind",
			options->bind_text != NULL ? options->bind_text : "", options->family,
			&local_port);
		options->family = options->local.sa.ss_family;
		options->bind_port = (uint16_t)local_port;
	}
	if (server)
		return;
	if (program == LAB_ECHO_CLIENT && local_port && local_port + options->count - 1 > 65535)
		lab_usage("--bind %ld --count %ld: the last port would be %ld, beyond 65535",
			local_port, options->count, local_port + options->count - 1);
	if (options->connect_text == NULL)
		options->remote = lab_address_parse("connect", "", options->family, &remote_port);
	if (!remote_port)
		lab_usage("a client needs the port of a server: 1 to 65535");
	options->family = options->remote.sa.ss_family;
	options->connect_port = (uint16_t)remote_port;
}

void lab_options_read(struct lab_options *options, enum lab_program program, const char *summary,
	int argc, char **argv)
{
	struct option longs[LAB_KNOBS_MAX + 1] = {0};
	/* "-": plain arguments come in their place, as option 1; ":" tells what lacks one */
	char letters[3 + 2 * LAB_KNOBS_MAX] = "-:", *letter = letters + 2;
	int got, count = 0;
	/* the option before was --send: plain arguments are messages */
	bool sending = false;

	*options = (struct lab_options){.port = 12345,
		.backlog = 5,
		.accept = LAB_ALL,
		.linger_s = -1,
		.tos = -1,
		.members = 1000,
		.timeout_s = 60,
		.keepalive_s = 20};
	/* started with 0, 1 or 2 closed: a socket must not take their place */
	while ((got = open("/dev/null", O_RDWR)) >= 0 && got <= 2)
		;
	close(got);
	/* writing to a connection that is gone is to fail with EPIPE, not to kill */
	signal(SIGPIPE, SIG_IGN);
	/* in the background of a shell standard input is not ours: read() fails, and the program
	 * goes on without */
	signal(SIGTTIN, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; lab_knobs[i].name != NULL; i++) {
		if (!(lab_knobs[i].programs & (unsigned)program))
			continue;
		longs[count++] = (struct option){lab_knobs[i].name,
			lab_knobs[i].argument != NULL ? required_argument : no_argument, NULL,
			LONG_ONLY + i};
		if (lab_knobs[i].letter) {
			*letter++ = (char)lab_knobs[i].letter;
			if (lab_knobs[i].argument != NULL)
				*letter++ = ':';
		}
	}
	opterr = 0;
	for (;;) {
		int i = 0;

		got = getopt_long(argc, argv, letters, longs, NULL);
		if (got == -1 && optind < argc) { /* after "--" */
			optarg = argv[optind++];
			got = 1;
		}
		if (got == -1)
			break;
		if (got == '?' || got == ':')
			lab_option_unknown(got, argv[optind - 1], optopt);
		if (got == 1 && sending)
			add_text(&options->send, optarg);
		else if (got == 1 && (program & LAB_CLIENTS) && options->connect_text == NULL)
			options->connect_text = optarg;
		else if (got == 1)
			lab_usage("what is '%s'? Options start with --", optarg);
		if (got == 1)
			continue;
		while (got < LONG_ONLY ? lab_knobs[i].letter != got : LONG_ONLY + i != got)
			i++;
		if (lab_knobs[i].kind == KNOB_HELP)
			lab_knobs_help(program, summary);
		sending = lab_knobs[i].kind == KNOB_TEXTS;
		set_knob(options, &lab_knobs[i], program, optarg);
	}
	settle_addresses(options, program);
	if (options->no_htonl)
		turn_hosts(options);
	if (options->ignore_sigchld && options->faults & (FAULT_NO_SIGCHLD | FAULT_WAIT_ONCE))
		lab_usage("--ignore-sigchld leaves no children to wait for: without --fault "
			  "no-sigchld, wait-once");
}
