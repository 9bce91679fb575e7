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
	{STATE_CLOSED, STATE_SYN_SENT, 0, N_("active OPEN: connect(), SYN sent"), "N_("},
	{STATE_SYN_SENT, STATE_CLOSED, EVIDENCE_KERNEL, ")CLOSE; RST receivedN_(",
		")close() in SYN_SENT sends no segmentN_("},
	{STATE_LISTEN, STATE_SYN_RECV, 0, ")SYN received, SYN-ACK sentN_(", ")N_("},
	{STATE_SYN_SENT, STATE_SYN_RECV, EVIDENCE_WIRE, ")SYN received: simultaneous openN_(",
		")the SYNs crossed: left within microsecondsN_("},
	{STATE_SYN_RECV, STATE_ESTABLISHED, 0, ")ACK of our SYN receivedN_(", ")N_("},
	{STATE_SYN_SENT, STATE_ESTABLISHED, 0, ")SYN-ACK received, ACK sentN_(", ")N_("},
	{STATE_SYN_RECV, STATE_FIN_WAIT1, 0, ")CLOSE, FIN sent: full sockets onlyN_(", ")N_("},
	{STATE_ESTABLISHED, STATE_FIN_WAIT1, 0, ")CLOSE, FIN sentN_(", ")N_("},
	{STATE_ESTABLISHED, STATE_CLOSE_WAIT, 0, ")FIN received, ACK sentN_(", ")N_("},
	{STATE_FIN_WAIT1, STATE_FIN_WAIT2, EVIDENCE_WIRE, ")ACK of our FIN receivedN_(",
		")the peer's FIN came with the ACK: entered and left within one segmentN_("},
	{STATE_FIN_WAIT1, STATE_CLOSING, EVIDENCE_WIRE, ")FIN received, ours not acknowledgedN_(",
		")the FINs crossed: left within microsecondsN_("},
	{STATE_FIN_WAIT2, STATE_TIME_WAIT, 0, ")FIN received, ACK sentN_(", ")N_("},
	{STATE_CLOSING, STATE_TIME_WAIT, 0, ")ACK of our FIN receivedN_(", ")N_("},
	{STATE_CLOSE_WAIT, STATE_LAST_ACK, EVIDENCE_WIRE, ")CLOSE, FIN sentN_(",
		")a peer that is there acknowledges the FIN within microsecondsN_("},
	{STATE_LAST_ACK, STATE_CLOSED, EVIDENCE_WIRE, ")ACK of our FIN receivedN_(",
		")a socket that is gone cannot be shown, only missedN_("},
	{STATE_TIME_WAIT, STATE_CLOSED, EVIDENCE_KERNEL, ")time-out, 2 MSL: 60 sN_(",
		")the time-out sends no segmentN_("},
	{STATE_TIME_WAIT, STATE_CLOSED, EVIDENCE_WIRE, ")N_(",
		")a new connection took its place: the 4-tuple is that one'sN_("},
	{STATE_LISTEN, STATE_SYN_SENT, 0, ")not on Linux: connect() gives EISCONNN_(", ")N_("},
	{STATE_SYN_RECV, STATE_LISTEN, 0, ")not on Linux: the request is CLOSEDN_(", ")"},
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
