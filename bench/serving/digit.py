# SPDX-License-Identifier: BSL-1.0
"""Writes what wrk posts: digit.py rows > post.lua; the rows are random images of 28 by 28, with three decimals."""
import json
import random
import sys

random.seed(1)
rows = [[[[round(random.random(), 3) for _ in range(28)] for _ in range(28)]] for _ in range(int(sys.argv[1]))]
print('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"')
print("wrk.body = [==[" + json.dumps({"instances": rows}) + "]==]")
