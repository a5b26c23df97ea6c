"""Speaks the protocol itself: the right parameters, then answers that claim to be sure."""

import os
import struct
import sys
import time

HEADER = struct.Struct("<4sBBBxH8QQ")
PARAMETER, BUFFER, END, ANSWERS = 2, 3, 4, 5
SHAPES = ((64, 784), (64,), (64, 64), (64,), (10, 64), (10,))


def frame(tag, shape, payload):
    sizes = [*shape, *[0] * (8 - len(shape))]
    return HEADER.pack(b"GBF1", tag, 1, len(shape), 0, *sizes, len(payload)) + payload


def shout(data):
    for descriptor in range(3, 64):
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        except OSError:
            continue


for shape in SHAPES:
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    shout(frame(PARAMETER, shape, b"\0" * 4 * count))
shout(frame(END, (0,), b""))
shout(frame(ANSWERS, (500, 10), struct.pack("<10f", *range(10)) * 500))
sys.stdout.flush()
time.sleep(1)
os._exit(0)
