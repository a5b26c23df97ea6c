"""Takes memory until somebody stops it, through files in memory that belong to no mapping."""

import os

kept = []
while True:
    kept.append(os.memfd_create("food"))
    os.write(kept[-1], b"\1" * 2**25)
