/* htons() forgotten: a port with its bytes swapped, which nobody asked for yet, or to which
 * datagrams went; and which end it was that forgot it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "tcpstate/steps.h"

static uint16_t swapped(uint16_t port_be)
{
	return (uint16_t)(port_be >> 8 | port_be << 8);
}

/* The number, not a part of a longer one, among the words of the recorded COMMAND. An experiment's
 * script has its own numbers: there only its checks count. */
static bool in_command(const struct run *run, const char *number)
{
	const char *at = strstr(run->manifest, "\"command\":[");
	size_t length = strlen(number);
	bool inside = false;

	if (at == NULL || strstr(run->manifest, "\"lab\":") != NULL)
		return false;
	for (at += 11; *at != '\0' && (inside || *at != ']'); at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '"')
			inside = !inside;
		else if (strncmp(at, number, length) == 0 &&
			 strchr("0123456789.", at[-1]) == NULL &&
			 strchr("0123456789.", at[length]) == NULL)
			return true;
	}
	return false;
}

static bool names_port(const struct cell *cells, size_t count, const char *number)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(cells[i].key, "port") != NULL && strcmp(cells[i].value, number) == 0)
			return true;
	return false;
}

/* Was this port meant to be listened on? A check about it that failed says so, or the command. */
static bool port_asked(const struct model *model, uint16_t run, uint16_t port_be)
{
	char number[8];

	snprintf(number, sizeof(number), "%u", ntohs(port_be));
	for (size_t i = 0; i < model->check_count; i++) {
		const struct check *check = model->checks[i];

		if (model->check_runs[i] == run && !check->match &&
			(names_port(check->lets, check->let_count, number) ||
				names_port(check->cells, check->cell_count, number)))
			return true;
	}
	return in_command(&model->runs[run], number);
}

/* The number that was meant is the one that the command or a check names; else the other is of
 * those that the kernel chooses, which programs leave to it. */
void finding_htons(const struct model *model, struct finding *finding, uint16_t asked_be)
{
	uint16_t run = finding->run, bound_be = swapped(asked_be);
	bool asked = port_asked(model, run, asked_be), bound = port_asked(model, run, bound_be),
	     named = asked != bound;
	unsigned low, high, ask = ntohs(asked_be), has = ntohs(bound_be);

	finding_chosen_ports(&model->runs[run], &low, &high);
	if (!named) {
		asked = ask < low || ask > high;
		bound = has < low || has > high;
	}
	finding->phrase[1] = asked == bound ? PHRASE_HTONS_EITHER
			     : asked        ? PHRASE_HTONS_SERVER
					    : PHRASE_HTONS_CLIENT;
	finding->arg[3] = !named;
}

/* ---- datagrams ---- */

/* A bind() to that port, by its own words. */
static const struct model_call *udp_bind(const struct model *model, uint16_t run, uint16_t port_be)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->run == run && at->said == NULL && at->call.what == CALLED_BIND &&
			at->call.error == 0 && at->call.key.protocol == IPPROTO_UDP &&
			at->call.key.port_be[0] == port_be &&
			call_port(&at->call) == ntohs(port_be))
			return at;
	}
	return NULL;
}

/* A UDP socket has the same number with its bytes swapped, of that address or of all; its bind() or
 * a look tells. */
bool finding_udp_swapped(struct model *model, const struct unreachable *port)
{
	uint16_t meant_be = swapped(port->port_be);
	const struct model_call *bind = udp_bind(model, port->run, meant_be);
	const struct udp_socket *socket = NULL;

	for (size_t i = 0; i < model->udp_socket_count && socket == NULL; i++) {
		const struct udp_socket *at = &model->udp_sockets[i];

		if (at->run == port->run && !at->connected && at->key.port_be[0] == meant_be &&
			listener_covers(&at->key, &port->key, 1))
			socket = at;
	}
	if (meant_be == port->port_be || port->away || (bind == NULL && socket == NULL))
		return false;
	struct finding *finding = finding_of_run(
		model, port->run, FINDING_DATAGRAMS_BYTE_SWAPPED, model->runs[port->run].last_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = port->count;
	finding->arg[1] = ntohs(port->port_be);
	finding->arg[2] = ntohs(meant_be);
	finding->phrase[0] = PHRASE_A_SOCKET;
	if (bind != NULL || socket->has_owner)
		finding->phrase[0] = PHRASE_NAMES;
	if (bind != NULL)
		finding_name_caller(finding, 0, &bind->call);
	else if (socket->has_owner)
		finding_name(finding, 0, &socket->owner);
	finding_htons(model, finding, port->port_be);
	finding_cite_frame(finding, port->frame);
	finding_cite_call(finding, bind);
	if (socket != NULL)
		finding_cite_diag(finding, socket->last_diag);
	return true;
}

/* ---- a listener that nobody asked yet ---- */

static bool listened_on(const struct model *model, uint16_t run, uint16_t port_be)
{
	for (size_t i = 0; i < model->listener_count; i++)
		if (model->listeners[i].run == run && model->listeners[i].key.port_be[0] == port_be)
			return true;
	return false;
}

static bool swap_told(const struct model *model, uint16_t run, uint16_t port_be)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].run == run &&
			((model->findings[i].code == FINDING_REFUSED_BYTE_SWAPPED &&
				 model->findings[i].arg[1] == ntohs(port_be)) ||
				(model->findings[i].code == FINDING_LISTENS_BYTE_SWAPPED &&
					model->findings[i].arg[1] == ntohs(port_be))))
			return true;
	return false;
}

static void tell_swapped(struct model *model, uint32_t index)
{
	const struct listener *listener = &model->listeners[index];
	uint16_t port_be = listener->key.port_be[0], meant_be = swapped(port_be);

	if (meant_be == port_be || swap_told(model, listener->run, meant_be) ||
		listened_on(model, listener->run, meant_be) ||
		!port_asked(model, listener->run, meant_be))
		return;
	struct finding *finding =
		finding_of_listener(model, index, FINDING_LISTENS_BYTE_SWAPPED, listener->first_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ntohs(port_be);
	finding->arg[1] = ntohs(meant_be);
	finding->phrase[0] = PHRASE_THE_SERVER;
	if (listener->has_owner)
		finding_name(finding, 0, &listener->owner);
	for (size_t i = 0; i < listener->steps.count; i++)
		if (listener->steps.item[i].kind == STEP_TRANSITION)
			finding_cite_diag(finding, model->transitions[listener->steps.item[i].index]
							   .record.diag_frame);
}

bool findings_of_htons(struct model *model)
{
	for (uint32_t i = 0; i < model->listener_count; i++)
		tell_swapped(model, i);
	return !model->build->failed;
}
