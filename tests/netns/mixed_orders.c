/* A workload of TCP connections opened and closed in every order that two ends can agree on or fall
 * out over: the runs with which the kernel's tracepoint judges the report. One scenario, one server
 * port (base + its number); both address families, on addresses given. Each step waits for the
 * state that the kernel reports (TCP_INFO), never for time. Timers that a scenario is about are set
 * short. */
#include <arpa/inet.h>
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "held.h"
#include "orders.h"
#include "orders_close.h"
#include "orders_open.h"

enum { BASE_PORT = 31000 }; /* below the ports that connect() chooses */

#define SCENARIO(name)                                                                             \
	{                                                                                          \
		name, #name                                                                        \
	}
static const struct {
	void (*run)(void);
	const char *name;
} scenarios[] = {SCENARIO(client_closes_first), SCENARIO(server_closes_first),
	SCENARIO(one_closes_right_after_the_other), SCENARIO(two_processes_close_at_one_moment),
	SCENARIO(the_fins_cross_and_one_end_holds_closing),
	SCENARIO(data_flows_on_after_a_half_close), SCENARIO(both_shut_down_both_directions),
	SCENARIO(the_fin_carries_the_last_data), SCENARIO(close_lingers_until_data_is_acknowledged),
	SCENARIO(client_resets_an_established_connection),
	SCENARIO(server_resets_an_established_connection), SCENARIO(reset_in_fin_wait1),
	SCENARIO(reset_in_fin_wait2), SCENARIO(reset_in_close_wait),
	SCENARIO(last_ack_is_abandoned_without_a_segment),
	SCENARIO(closing_is_abandoned_without_a_segment), SCENARIO(server_closes_with_data_unread),
	SCENARIO(close_wait_closes_with_data_unread),
	SCENARIO(sending_to_a_closed_end_draws_a_reset), SCENARIO(connection_refused),
	SCENARIO(a_socket_connects_to_itself), SCENARIO(both_open_at_once),
	SCENARIO(listener_closes_with_children_queued),
	SCENARIO(clients_leave_before_anyone_accepts), SCENARIO(connect_and_close_at_once),
	SCENARIO(close_and_shutdown_in_syn_sent), SCENARIO(disconnect_by_connecting_to_nothing),
	SCENARIO(listener_is_shut_down), SCENARIO(a_request_is_reset_by_its_client),
	SCENARIO(a_listener_closes_with_a_request), SCENARIO(a_held_request_is_released),
	SCENARIO(the_accept_queue_overflows), SCENARIO(processes_are_killed),
	SCENARIO(an_orphan_waits_a_second_for_the_fin), SCENARIO(a_user_timeout_ends_it),
	SCENARIO(client_time_wait_with_timestamps), SCENARIO(client_time_wait_without_timestamps),
	SCENARIO(a_new_syn_meets_the_servers_time_wait),
	SCENARIO(wildcard_listener_of_both_families), SCENARIO(fast_open_carries_data_in_the_syn)};
enum { SCENARIOS = sizeof(scenarios) / sizeof(*scenarios) };

static struct {
	const char *v4, *v6, *only, *held, *unsent;
	unsigned count;
} options = {"127.0.0.1", "::1", NULL, "/dev/null", "/dev/null", 0};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	switch (key) {
	case '4':
		options.v4 = arg;
		return 0;
	case '6':
		options.v6 = arg;
		return 0;
	case 'n':
		options.count = (unsigned)atoi(arg);
		return 0;
	case 'o':
		options.only = arg;
		return 0;
	case 'h':
		options.held = arg;
		return 0;
	case 'u':
		options.unsent = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Every scenario on one address; each family has its own ports. */
static void run_family(int family, const char *address, unsigned base)
{
	for (unsigned i = 0; i <= SCENARIOS; i++) {
		bool many = i == SCENARIOS;
		scenario = many ? "short_connections" : scenarios[i].name;
		if ((options.only != NULL && strcmp(options.only, scenario)) ||
			(many && !options.count))
			continue;
		memset(&here, 0, sizeof(here));
		here.any.sa_family = (sa_family_t)family;
		here.v4.sin_port = htons((uint16_t)(many ? base - 1 : base + i));
		if (inet_pton(family, address,
			    family == AF_INET ? (void *)&here.v4.sin_addr : &here.v6.sin6_addr) !=
			1) {
			fprintf(stderr, "mixed_orders: not an address: %s\n", address);
			exit(2);
		}
		printf("%s %u %s\n", family == AF_INET ? "IPv4" : "IPv6", ntohs(here.v4.sin_port),
			scenario);
		fflush(stdout);
		if (many)
			short_connections(options.count);
		else
			scenarios[i].run();
		held_print(held, ntohs(here.v4.sin_port), ntohs(here.v4.sin_port), false);
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"v4", '4', "ADDRESS", 0, "IPv4 address (127.0.0.1)", 0},
		{"v6", '6', "ADDRESS", 0, "IPv6 address (::1)", 0},
		{"count", 'n', "N", 0, "and N short connections at full speed", 0},
		{"only", 'o', "SCENARIO", 0, "this one", 0},
		{"held", 'h', "FILE", 0, "write what /proc/net/tcp showed, and when", 0},
		{"unsent", 'u', "FILE", 0, "write the ends of connect() calls that sent nothing",
			0},
		{0}};
	const struct argp argp = {table, parse, NULL,
		"Open and close TCP connections in every order.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	other_v4 = options.v4;
	if ((held = fopen(options.held, "w")) == NULL ||
		(unsent = fopen(options.unsent, "w")) == NULL)
		check(-1);
	run_family(AF_INET, options.v4, BASE_PORT);
	run_family(AF_INET6, options.v6, BASE_PORT + 100);
	held_print(held, 1, 65535, true);
	return fclose(held) || fclose(unsent);
}
