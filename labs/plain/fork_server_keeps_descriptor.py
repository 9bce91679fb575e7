#!/usr/bin/env python3
"""fork_server.py with a mistake: the parent does not close its copy.
    diff fork_server.py fork_server_keeps_descriptor.py"""
import os
import signal
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
backlog = int(sys.argv[2]) if len(sys.argv) > 2 else 5
if len(sys.argv) > 3 and sys.argv[3] == "no-htons":
    port = socket.htons(port)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)           # children that have ended leave no zombie
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))
listener.listen(backlog)                                # LISTEN
kept = []                                               # (else Python would close it for us)
while True:
    client, address = listener.accept()                 # ESTABLISHED
    if os.fork() == 0:
        listener.close()                                # listening is up to the parent
        text = b""
        while got := client.recv(4096):
            *lines, text = (text + got).split(b"\n")
            for line in lines:
                client.sendall(line[::-1] + b"\n")
        client.close()                                  # LAST_ACK, if this was the last copy
        os._exit(0)
    kept.append(client)                                 # mistake: the parent keeps its copy
