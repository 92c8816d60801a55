"""What the live page costs: 77 agents of which each changes once a second, and 20 viewers.

    python3 Benchmarks/serve/run.py GAUNTLET GAUNTLET-SERVE [SECONDS]

The page is the product's own, the fleet is the worst one that the bound allows for: `run` is answered here, by a journal in
which each agent changes each second; everything else the real command answers. Exits with 1 if a bound is missed.
"""

import datetime
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "host"))
from table import Table  # noqa: E402

AGENTS, VIEWERS = 77, 20
TICKS = os.sysconf("SC_CLK_TCK")


def fake_run(arguments):
    """In place of `gauntlet run`: a run directory whose journal grows by a line an agent each second, until interrupted."""
    # `run SCENARIO --seed N --out DIRECTORY …`
    given = dict(zip(arguments, arguments[1:]))
    seed, now = given["--seed"], datetime.datetime.now(datetime.timezone.utc)
    folder = os.path.join(given["--out"], arguments[1], f"{now:%Y%m%d-%H%M%S}-{seed}")
    os.makedirs(folder)
    with open(os.path.join(folder, "run.json"), "w") as file:
        json.dump({"seed": int(seed), "started": f"{now:%Y-%m-%dT%H:%M:%SZ}", "ending": "running", "files": []}, file)
    header = {
        "gauntlet": 1, "version": "0.1.0", "scenario": arguments[1], "seed": int(seed), "plan": "0" * 16,
        "fleet": "0" * 16, "world": "simulated", "baseline": 60 * 10**9, "faults": 3600 * 10**9,
        "recovery": 60 * 10**9, "interval": 5 * 10**8, "groups": ["a", "b", "c", "d"], "hosts": ["MainPC", "PC2"],
        "subjects": [[f"Agent{n:02}Service", n % 4, n % 2] for n in range(AGENTS)], "instances": [],
    }
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    began = time.monotonic()
    with open(os.path.join(folder, "journal.jsonl"), "w") as file:
        file.write(json.dumps(header, separators=(",", ":")) + "\n")
        for second in range(4000):
            # The whole fleet in turns: every cell of the map, its figures and a breaker change each second.
            for agent in range(AGENTS):
                word = "down" if second % 2 == 0 else "up"
                file.write(f'{{"t":{second * 10**9 + agent},"ev":"{word}","s":{agent}}}\n')
            state = ("closed", "open") if second % 2 == 0 else ("open", "closed")
            file.write(
                f'{{"t":{second * 10**9 + AGENTS},"ev":"mech","m":"breaker","role":"change","by":"A>B","about":"B",'
                f'"from":"{state[0]}","to":"{state[1]}"}}\n')
            file.flush()
            time.sleep(max(0, began + second + 1 - time.monotonic()))


class Viewer(threading.Thread):
    """Reads the stream as fast as it comes and counts."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.events = 0
        self.bytes = 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    def run(self):
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except OSError:
                return
            if not data:
                return
            self.bytes += len(data)
            self.events += data.count(b"event: ")


def processor(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid, name):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1000 for line in file if line.startswith(name + ":"))


def main():
    gauntlet, serve = map(os.path.abspath, sys.argv[1:3])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 30
    scratch = tempfile.mkdtemp(prefix="gauntlet-serve-bench-")
    table = Table()
    process = None
    try:
        # Beside the service stands what answers `run`; the scenarios are found from where it is started.
        shutil.copy(serve, os.path.join(scratch, "gauntlet-serve"))
        stand_in = os.path.join(scratch, "gauntlet")
        with open(stand_in, "w") as file:
            file.write(
                f'#!/bin/sh\nif [ "$1" = run ]; then exec {sys.executable} -B {os.path.abspath(__file__)} "$@"; fi\n'
                f'exec {gauntlet} "$@"\n')
        os.chmod(stand_in, 0o755)
        process = subprocess.Popen(
            [os.path.join(scratch, "gauntlet-serve"), "--out", f"{scratch}/reports", "--state", f"{scratch}/state",
             "--port", "0"], stdout=subprocess.PIPE, text=True)
        port = int(process.stdout.readline().rsplit(":", 1)[1].strip(" /\n"))
        with open(f"{scratch}/state/serve-token") as file:
            token = file.read().strip()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(
            "POST", "/api/run", json.dumps({"scenario": "hub-failover", "seed": 1}),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"the run was not taken: {answer.read().decode()}")
        answer.read()
        viewers = [Viewer(port) for _ in range(VIEWERS)]
        for viewer in viewers:
            viewer.start()
        time.sleep(5)
        before, counts, began = processor(process.pid), [(v.events, v.bytes) for v in viewers], time.monotonic()
        time.sleep(seconds)
        wall = time.monotonic() - began
        share = (processor(process.pid) - before) / wall
        events = [viewer.events - count[0] for viewer, count in zip(viewers, counts)]
        volume = sum(viewer.bytes - count[1] for viewer, count in zip(viewers, counts)) / wall / VIEWERS
        table.head(f"gauntlet serve: {AGENTS} agents that each change once a second, {VIEWERS} viewers, {wall:.0f} s")
        table.line("processor < 10 % of a core", f"{share * 100:.1f} %", share < 0.10)
        peak = memory(process.pid, "VmHWM")
        table.line("peak resident memory < 150 MB", f"{peak:.0f} MB", peak < 150)
        table.line("updates each second, least of the viewers", f"{min(events) / wall:.2f}", min(events) / wall > 0.9)
        table.line("bytes each second and viewer", f"{volume:.0f}")
        return 1 if table.missed else 0
    finally:
        if process:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "run":
        fake_run(sys.argv[1:])
    else:
        sys.exit(main())
