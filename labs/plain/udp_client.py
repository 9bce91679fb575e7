#!/usr/bin/env python3
"""A client of the chat room over UDP.
    udp_client.py ADDRESS PORT [OWN_PORT [no-htons]]       (the twin of udp_client.c)"""
import os
import select
import socket
import sys

if len(sys.argv) < 3:
    sys.exit("usage: udp_client.py ADDRESS PORT [OWN_PORT [no-htons]]")
port = int(sys.argv[2])
if len(sys.argv) > 4 and sys.argv[4] == "no-htons":
    port = socket.htons(port)

room = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
room.bind(("", int(sys.argv[3]) if len(sys.argv) > 3 else 0))           # UNCONN
room.connect((sys.argv[1], port))       # ESTABLISHED: a name only, no datagram is sent
while True:
    ready, _, _ = select.select([sys.stdin, room], [], [])
    if room in ready:
        os.write(1, room.recv(1600))    # ConnectionRefusedError: ICMP said that nobody is there
    if sys.stdin in ready:
        typed = os.read(0, 1500)
        if not typed:
            break                       # the server does not learn of it
        room.send(typed)
room.close()
