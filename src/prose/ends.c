/* What an end of a connection is called. */
#include "tcpstate/prose_report.h"

const char *prose_end(const struct connection *connection, int side)
{
	if (connection->client == -1)
		return side == 0 ? "A" : "B";
	return prose_label(connection->client == side ? LABEL_CLIENT : LABEL_SERVER);
}
