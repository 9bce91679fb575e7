#!/usr/bin/env python3
"""fork_server.py with a mistake: nobody waits for the children that have ended.
    diff fork_server.py fork_server_no_wait.py"""
import os
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
backlog = int(sys.argv[2]) if len(sys.argv) > 2 else 5
if len(sys.argv) > 3 and sys.argv[3] == "no-htons":
    port = socket.htons(port)

# mistake: neither SIGCHLD ignored nor os.wait() called
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))
listener.listen(backlog)                                # LISTEN
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
    client.close()                                      # the parent's copy; the child's keeps it
