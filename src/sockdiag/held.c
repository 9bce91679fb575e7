/* Who holds a socket, as its row tells: a program, an accept queue, nobody. One answer for lists,
 * tables and findings. */
#include <netinet/in.h>

#include "tcpstate/sockrow.h"
#include "tcpstate/state.h"

bool sockrow_orphan(const struct sockrow *row)
{
	return row->key.protocol == IPPROTO_TCP && row->inode == 0 && !row->request &&
	       (row->mini || row->state == STATE_FIN_WAIT1 || row->state == STATE_FIN_WAIT2 ||
		       row->state == STATE_CLOSING || row->state == STATE_LAST_ACK);
}

bool sockrow_unaccepted(const struct sockrow *row)
{
	return row->key.protocol == IPPROTO_TCP && row->inode == 0 && !row->request && !row->mini &&
	       (row->state == STATE_ESTABLISHED || row->state == STATE_CLOSE_WAIT ||
		       row->state == STATE_SYN_RECV);
}
