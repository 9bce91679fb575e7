#!/usr/bin/env python3
"""tcp_server.py with a mistake: the port's bytes in the wrong order.
    diff tcp_server.py tcp_server_no_htons.py"""
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
backlog = int(sys.argv[2]) if len(sys.argv) > 2 else 5
port = socket.htons(port)           # mistake: Python calls htons() itself

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)            # CLOSED
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))                                               # CLOSED still
listener.listen(backlog)                                                # LISTEN
while True:
    client, address = listener.accept()             # ESTABLISHED, perhaps long since
    text = b""
    try:
        while got := client.recv(4096):
            *lines, text = (text + got).split(b"\n")    # a read may bring half a line, or three
            for line in lines:
                client.sendall(line[::-1] + b"\n")
    except OSError as error:                            # ECONNRESET, EPIPE: the client is gone
        print("tcp_server.py:", error, file=sys.stderr)
    client.close()                                      # CLOSE_WAIT since its FIN; now LAST_ACK
