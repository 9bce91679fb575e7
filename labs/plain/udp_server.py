#!/usr/bin/env python3
"""A chat room over UDP, reduced to the idea.
    udp_server.py PORT [no-htons]          (the twin of udp_server.c)"""
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 12345
if len(sys.argv) > 2 and sys.argv[2] == "no-htons":
    port = socket.htons(port)

room = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
room.bind(("", port))                                   # UNCONN: it has no peer
members = []
while True:
    text, sender = room.recvfrom(1500)                  # the sender is known by its address
    if sender not in members:
        members.append(sender)
    for member in members:
        if member != sender:
            room.sendto(b"%s:%d says %s" % (sender[0].encode(), sender[1], text), member)
