#!/usr/bin/env python3
"""tcp_server.py with a mistake: it takes what one recv() returns for one message.
    diff tcp_server.py tcp_server_read_is_message.py"""
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
backlog = int(sys.argv[2]) if len(sys.argv) > 2 else 5
if len(sys.argv) > 3 and sys.argv[3] == "no-htons":
    port = socket.htons(port)       # Python calls htons() itself: twice is as if never

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)            # CLOSED
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))                                               # CLOSED still
listener.listen(backlog)                                                # LISTEN
while True:
    client, address = listener.accept()             # ESTABLISHED, perhaps long since
    try:
        while got := client.recv(4096):
            for line in got.splitlines():               # mistake: it may be half a line
                client.sendall(line[::-1] + b"\n")
    except OSError as error:                            # ECONNRESET, EPIPE: the client is gone
        print("tcp_server.py:", error, file=sys.stderr)
    client.close()                                      # CLOSE_WAIT since its FIN; now LAST_ACK
