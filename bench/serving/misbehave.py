# SPDX-License-Identifier: BSL-1.0
"""64 connections at once that misbehave, in eight ways; meanwhile and afterwards the server must answer.

misbehave.py 8501
"""
import json
import os
import random
import socket
import sys
import threading
import time
import urllib.request

port = int(sys.argv[1])
path = "/v1/models/half_plus_two:predict"
head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n".encode()
body = b'{"instances": [1.0, 2.0, 5.0]}'


def connect():
    s = socket.create_connection(("127.0.0.1", port), 10)
    s.settimeout(12)
    return s


def slow(s):  # a byte every now and then
    for byte in head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:20]:
        s.send(bytes([byte]))
        time.sleep(0.02)


def cut_off(s):
    s.sendall(head + b"Content-Length: 1000\r\n\r\n" + body)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
    s.close()


def garbage(s):
    s.sendall(os.urandom(random.randrange(1, 100000)))


def huge_headers(s):
    s.sendall(head)
    for i in range(2000):
        s.sendall(b"X-%d: " % i + b"a" * 4000 + b"\r\n")
    s.sendall(b"\r\n")


def half_a_body(s):
    s.sendall(head + b"Content-Length: 1000\r\n\r\n" + body)
    s.shutdown(socket.SHUT_WR)


def bad_chunks(s):
    s.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc\r\nffffffffffffffff\r\n" + b"x" * 10000)


def deep(s):
    text = b"[" * 1000000
    s.sendall(head + b"Content-Length: %d\r\n\r\n" % len(text) + text)


def never_reads(s):
    for _ in range(3000):
        s.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


ways = [slow, cut_off, garbage, huge_headers, half_a_body, bad_chunks, deep, never_reads]


def misbehave(way):
    try:
        s = connect()
        way(s)
        while s.recv(65536):
            pass
    except (OSError, ValueError):
        pass


def ask():
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.load(answer) == {"predictions": [2.5, 3.0, 4.5]}


threads = [threading.Thread(target=misbehave, args=(ways[i % len(ways)],)) for i in range(64)]
for t in threads:
    t.start()
asked = 0
while any(t.is_alive() for t in threads):
    ask()
    asked += 1
    time.sleep(0.05)
ask()
print(f"64 connections misbehaved; {asked + 1} requests were answered meanwhile and afterwards")
