/* Between speech.c and speech_http.c. Not for anyone else. */
#ifndef TCPSTATE_PACKET_SPEECH_H
#define TCPSTATE_PACKET_SPEECH_H

#include "bytes.h"
#include "tcpstate/speech.h"

/* A request or an answer of HTTP/1 begins here; false: none does. length: of the segment. */
bool speech_http(struct bytes bytes, size_t length, struct speech *out);

#endif
