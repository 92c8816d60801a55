"""Two hosts made of network namespaces and a veth pair, and a `gauntlet-host` in one of them."""

import json
import os
import subprocess


def sh(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


class Fabric:
    """Two namespaces and a veth pair; gone at the end of the `with`."""

    peer_address, host_address = "10.78.0.1", "10.78.0.2"

    def __enter__(self):
        tag = f"gb{os.getpid():x}"
        # `host` is where faults are injected; `peer` is the far end.
        self.peer, self.host = tag + "a", tag + "b"
        try:
            for name in (self.peer, self.host):
                sh("ip", "netns", "add", name)
            sh("ip", "-n", self.peer, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.host)
            for name, address in ((self.peer, self.peer_address), (self.host, self.host_address)):
                sh("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
                for link in ("lo", "eth0"):
                    sh("ip", "-n", name, "link", "set", link, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in (self.peer, self.host):
            sh("ip", "netns", "del", name, check=False)

    @staticmethod
    def entering(name):
        """Unlike `ip netns exec`, it leaves the mounts (control groups among them) as they are."""
        return ["nsenter", f"--net=/run/netns/{name}"]


class Refused(Exception):
    """What an executor answered that was not `ok`."""


class Executor:
    """A `gauntlet-host` in a namespace, greeted; asked to go, and gone, at the end of the `with`."""

    count = 0

    def __init__(self, program, namespace, state, lease="10min"):
        Executor.count += 1
        directory = f"{state}/{Executor.count}"
        self.process = subprocess.Popen(
            Fabric.entering(namespace)
            + [program, "--state", directory + "/state", "--durable", directory + "/durable"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.next = 0
        self.capabilities = self.ask(op="hello", version=1, run="bench", lease=lease)["capabilities"]

    @property
    def pid(self):
        return self.process.pid

    @property
    def guardian(self):
        """Its process number."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as file:
            for child in file.read().split():
                with open(f"/proc/{child}/cmdline", "rb") as line:
                    if b"\0guardian\0" in line.read():
                        return int(child)
        raise Refused("the executor has no guardian")

    def send(self, **request):
        self.next += 1
        self.request = {"id": self.next} | request
        self.process.stdin.write(json.dumps(self.request) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """To what was sent last."""
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise Refused(f"the executor ended at {self.request}")
            reply = json.loads(line)
            if reply.get("re") == self.next:
                break
        if not reply.get("ok"):
            raise Refused(f"{self.request}: {reply.get('error')}")
        return reply

    def ask(self, **request):
        self.send(**request)
        return self.answer()

    def inject(self, id, **fault):
        """How long from the command, read, to the fault, read back in force, in ms; and the reply."""
        reply = self.ask(op="inject", fault={"id": id} | fault)
        if not reply.get("effective"):
            raise Refused(f"{fault} is not effective: {reply.get('evidence')}")
        return (reply["effective_ns"] - reply["commanded_ns"]) / 1e6, reply

    def revert(self, id):
        """How long from the command to the fault, proved gone, in ms."""
        reply = self.ask(op="revert", fault=id)
        return (reply["effective_ns"] - reply["commanded_ns"]) / 1e6

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            # Its guardian pays.
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()
