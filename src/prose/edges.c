/* The edges of the state diagram in words: what takes them (RFC 9293, figure 5), and why by nature
 * one witness must do for some.
 */
#include "tcpstate/prose.h"
#include "tcpstate/lang.h"

static const struct {
	uint8_t from, to, alone; /* the witness that may stand alone */
	const char *label, *reason;
} edges[] = {
	{STATE_CLOSED, STATE_LISTEN, EVIDENCE_KERNEL, "passive OPEN: listen()",
		"listen() sends no segment"},
	{STATE_LISTEN, STATE_CLOSED, EVIDENCE_KERNEL, "CLOSE of the listening socket",
		"close() of a listening socket sends no segment"},
	{STATE_CLOSED, STATE_SYN_SENT, 0, "active OPEN: connect(), SYN sent", ""},
	{STATE_SYN_SENT, STATE_CLOSED, EVIDENCE_KERNEL, "CLOSE; RST received",
		"close() in SYN_SENT sends no segment"},
	{STATE_LISTEN, STATE_SYN_RECV, 0, "SYN received, SYN-ACK sent", ""},
	{STATE_SYN_SENT, STATE_SYN_RECV, EVIDENCE_WIRE, "SYN received: simultaneous open",
		"the SYNs crossed: left within microseconds"},
	{STATE_SYN_RECV, STATE_ESTABLISHED, 0, "ACK of our SYN received", ""},
	{STATE_SYN_SENT, STATE_ESTABLISHED, 0, "SYN-ACK received, ACK sent", ""},
	{STATE_SYN_RECV, STATE_FIN_WAIT1, 0, "CLOSE, FIN sent: full sockets only", ""},
	{STATE_ESTABLISHED, STATE_FIN_WAIT1, 0, "CLOSE, FIN sent", ""},
	{STATE_ESTABLISHED, STATE_CLOSE_WAIT, 0, "FIN received, ACK sent", ""},
	{STATE_FIN_WAIT1, STATE_FIN_WAIT2, EVIDENCE_WIRE, "ACK of our FIN received",
		"the peer's FIN came with the ACK: entered and left within one segment"},
	{STATE_FIN_WAIT1, STATE_CLOSING, EVIDENCE_WIRE, "FIN received, ours not acknowledged",
		"the FINs crossed: left within microseconds"},
	{STATE_FIN_WAIT2, STATE_TIME_WAIT, 0, "FIN received, ACK sent", ""},
	{STATE_CLOSING, STATE_TIME_WAIT, 0, "ACK of our FIN received", ""},
	{STATE_CLOSE_WAIT, STATE_LAST_ACK, EVIDENCE_WIRE, "CLOSE, FIN sent",
		"a peer that is there acknowledges the FIN within microseconds"},
	{STATE_LAST_ACK, STATE_CLOSED, EVIDENCE_WIRE, "ACK of our FIN received",
		"a socket that is gone cannot be shown, only missed"},
	{STATE_TIME_WAIT, STATE_CLOSED, EVIDENCE_KERNEL, "time-out, 2 MSL: 60 s",
		"the time-out sends no segment"},
	{STATE_TIME_WAIT, STATE_CLOSED, EVIDENCE_WIRE, "",
		"a new connection took its place: the 4-tuple is that one's"},
	{STATE_LISTEN, STATE_SYN_SENT, 0, "not on Linux: connect() gives EISCONN", ""},
	{STATE_SYN_RECV, STATE_LISTEN, 0, "not on Linux: the request is CLOSED", ""},
};

const char *prose_edge(unsigned from, unsigned to)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		if (edges[i].from == from && edges[i].to == to)
			return edges[i].label;
	return "";
}

const char *prose_edge_alone(unsigned from, unsigned to, enum evidence witness)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		if (edges[i].from == from && edges[i].to == to && edges[i].alone == witness)
			return edges[i].reason;
	return "";
}
