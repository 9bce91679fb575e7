#!/usr/bin/env python3
"""tcp_client.py with a mistake: the port's bytes in the wrong order.
    diff tcp_client.py tcp_client_bytes_reversed.py"""
import os
import select
import socket
import sys

if len(sys.argv) < 3:
    sys.exit("usage: tcp_client.py ADDRESS PORT [OWN_PORT [no-htons]]")
port = int(sys.argv[2])
port = socket.htons(port)           # mistake: Python calls htons() itself

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)              # CLOSED
if len(sys.argv) > 3 and sys.argv[3] != "0":
    server.bind(("", int(sys.argv[3])))     # needless; and a TIME_WAIT of ours forbids it for 60 s
server.connect((sys.argv[1], port))                                     # SYN_SENT, ESTABLISHED
waiting = [sys.stdin, server]
while True:
    ready, _, _ = select.select(waiting, [], [])
    if server in ready:
        got = server.recv(4096)
        if not got:
            break                           # its FIN: CLOSE_WAIT, or TIME_WAIT after our own
        os.write(1, got)
    if sys.stdin in ready:
        typed = os.read(0, 4096)
        if typed:
            server.sendall(typed)
        else:
            server.shutdown(socket.SHUT_WR)     # our FIN: FIN_WAIT1, FIN_WAIT2
            waiting = [server]
server.close()
