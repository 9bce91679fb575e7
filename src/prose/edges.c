/* The edges of the state diagram in words: what takes them (RFC 9293, figure 5), and why by nature
 * one witness must do for some.
 */
#include "tcpstate/prose.h"
#include "tcpstate/lang.h"

static const struct {
	uint8_t from, to, alone; /* the witness that may stand alone */
	const char *label, *reason;
} edges[] = {
	{STATE_CLOSED, STATE_LISTEN, EVIDENCE_KERNEL, N_("passive OPEN: listen()"),
		N_("listen() sends no segment")},
	{STATE_LISTEN, STATE_CLOSED, EVIDENCE_KERNEL, N_("CLOSE of the listening socket"),
		N_("close() of a listening socket sends no segment")},
	{STATE_CLOSED, STATE_SYN_SENT, 0, N_("active OPEN: connect(), SYN sent"), ""},
	{STATE_SYN_SENT, STATE_CLOSED, EVIDENCE_KERNEL, N_("CLOSE; RST received"),
		N_("close() in SYN_SENT sends no segment")},
	{STATE_LISTEN, STATE_SYN_RECV, 0, N_("SYN received, SYN-ACK sent"), ""},
	{STATE_SYN_SENT, STATE_SYN_RECV, EVIDENCE_WIRE, N_("SYN received: simultaneous open"),
		N_("the SYNs crossed: left within microseconds")},
	{STATE_SYN_RECV, STATE_ESTABLISHED, 0, N_("ACK of our SYN received"), ""},
	{STATE_SYN_SENT, STATE_ESTABLISHED, 0, N_("SYN-ACK received, ACK sent"), ""},
	{STATE_SYN_RECV, STATE_FIN_WAIT1, 0, N_("CLOSE, FIN sent: full sockets only"), ""},
	{STATE_ESTABLISHED, STATE_FIN_WAIT1, 0, N_("CLOSE, FIN sent"), ""},
	{STATE_ESTABLISHED, STATE_CLOSE_WAIT, 0, N_("FIN received, ACK sent"), ""},
	{STATE_FIN_WAIT1, STATE_FIN_WAIT2, EVIDENCE_WIRE, N_("ACK of our FIN received"),
		N_("the peer's FIN came with the ACK: entered and left within one segment")},
	{STATE_FIN_WAIT1, STATE_CLOSING, EVIDENCE_WIRE, N_("FIN received, ours not acknowledged"),
		N_("the FINs crossed: left within microseconds")},
	{STATE_FIN_WAIT2, STATE_TIME_WAIT, 0, N_("FIN received, ACK sent"), ""},
	{STATE_CLOSING, STATE_TIME_WAIT, 0, N_("ACK of our FIN received"), ""},
	{STATE_CLOSE_WAIT, STATE_LAST_ACK, EVIDENCE_WIRE, N_("CLOSE, FIN sent"),
		N_("a peer that is there acknowledges the FIN within microseconds")},
	{STATE_LAST_ACK, STATE_CLOSED, EVIDENCE_WIRE, N_("ACK of our FIN received"),
		N_("a socket that is gone cannot be shown, only missed")},
	{STATE_TIME_WAIT, STATE_CLOSED, EVIDENCE_KERNEL, N_("time-out, 2 MSL: 60 s"),
		N_("the time-out sends no segment")},
	{STATE_TIME_WAIT, STATE_CLOSED, EVIDENCE_WIRE, "",
		N_("a new connection took its place: the 4-tuple is that one's")},
	{STATE_LISTEN, STATE_SYN_SENT, 0, N_("not on Linux: connect() gives EISCONN"), ""},
	{STATE_SYN_RECV, STATE_LISTEN, 0, N_("not on Linux: the request is CLOSED"), ""},
};

const char *prose_edge(unsigned from, unsigned to)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		if (edges[i].from == from && edges[i].to == to)
			return edges[i].label[0] != '\0' ? _(edges[i].label) : "";
	return "";
}

const char *prose_edge_alone(unsigned from, unsigned to, enum evidence witness)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		if (edges[i].from == from && edges[i].to == to && edges[i].alone == witness)
			return edges[i].reason[0] != '\0' ? _(edges[i].reason) : "";
	return "";
}
