/* See shared_options.h. */
#include "shared_options.h"

#include "tcpstate/lang.h"

static const struct argp_option control_table[] = {
	{"control", 'C', "DIR", 0,
		N_("of the recording in DIR (default: those of this namespace in "
		   "TCPSTATE_CONTROL)"),
		0},
	{0},
};

static error_t parse_control(int key, char *argument, struct argp_state *state)
{
	const char **directory = state->input;

	if (key != 'C')
		return ARGP_ERR_UNKNOWN;
	*directory = argument;
	return 0;
}

const struct argp control_option = {.options = control_table, .parser = parse_control};
