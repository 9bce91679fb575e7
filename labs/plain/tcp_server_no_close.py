#!/usr/bin/env python3
"""tcp_server.py with a mistake: nobody closes the socket of a client that has left.
    diff tcp_server.py tcp_server_no_close.py"""
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
kept = []                                               # (else Python would close it for us)
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
    kept.append(client)                                 # mistake: no close()
