"""The hold model as one writes it in SimPy: a process per pending event, which waits an exponential while, for ever.

Its draws are Python's own (a 64-bit mix in Python would be timed, not the queue), so there is no checksum to compare.
"""
import random
import sys
import time

import simpy

pending, warm_up, holds, seed = (int(argument) for argument in sys.argv[1:5])
draw = random.Random(seed).expovariate
environment = simpy.Environment()


def process():
    while True:
        yield environment.timeout(int(draw(1e-6)))


for _ in range(pending):
    environment.process(process())
for _ in range(pending + warm_up):
    environment.step()
began = time.process_time()
step = environment.step
for _ in range(holds):
    step()
print(f"seconds={time.process_time() - began:.9f}")
