#!/usr/bin/env python3
"""A TCP server that serves all its clients in one process.
    poll_server.py PORT [BACKLOG [no-htons]]       (the twin of poll_server.c)"""
import select
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
backlog = int(sys.argv[2]) if len(sys.argv) > 2 else 5
if len(sys.argv) > 3 and sys.argv[3] == "no-htons":
    port = socket.htons(port)

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))
listener.listen(backlog)                                # LISTEN
clients = {}                                            # socket: its unfinished line
poll = select.poll()
poll.register(listener, select.POLLIN)
while True:
    for fd, what in poll.poll():
        if fd == listener.fileno():                     # a client is in the accept queue
            client, address = listener.accept()         # ESTABLISHED
            clients[client.fileno()] = [client, b""]
            poll.register(client, select.POLLIN)
            continue
        client, text = clients[fd]
        try:
            got = client.recv(4096)
            *lines, clients[fd][1] = (text + got).split(b"\n")
            for line in lines:
                client.sendall(line[::-1] + b"\n")
        except OSError:                                 # ECONNRESET, EPIPE: the client is gone
            got = b""
        if not got:                                     # its FIN had come: CLOSE_WAIT
            poll.unregister(fd)
            clients.pop(fd)
            client.close()                              # LAST_ACK
