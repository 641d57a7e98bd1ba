#!/usr/bin/env python3
"""Many dead feeds beside some healthy ones: what does the daemon cost, and are the healthy ones asked on time?

`benches/failure/run.py [--feeds 100000] [--seconds 300] [--kind open|never|late] [--binary target/release/feedwatch]`

  open   every dead server accepts the connection and says nothing (each host is an address of its own on loopback)
  never  the resolver never answers for the names of dead feeds (needs a C compiler for the stand-in of the resolver)
  late   it answers after two seconds, and those servers say nothing

Fifty healthy feeds, each a host of its own, are due every 10 seconds. All feeds have been healthy before; then those that
are to die do. Linux only: figures are read from /proc."""

import argparse
import asyncio
import ctypes
import os
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEALTHY, EVERY = 50, 10
RSS = ('<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item><guid>1</guid><title>x</title></item>'
       "</channel></rss>").encode()


class World:
    """One server on every address of loopback: healthy for the hosts of healthy feeds, dead for the others."""

    def __init__(self):
        self.asked = {}
        self.died = False
        self.before = self.dead = 0
        self.open = 0
        self.most = 0

    async def serve(self, reader, writer):
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if path.startswith("/healthy") or not self.died:
                if not path.startswith("/healthy"):
                    self.before += 1
                self.asked.setdefault(path, []).append(time.monotonic())
                answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\ncontent-length: %d\r\n\r\n" % len(RSS)
                writer.write(answer + RSS)
                await writer.drain()
            else:
                self.dead += 1
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


def host(number, kind):
    if kind == "open":
        return f"127.{1 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}"
    return f"n{number}.{kind}.example"


def configuration(folder, port, count, kind):
    files = []
    for start in range(0, count, 20_000):
        name = f"feeds{start}.toml"
        text = "".join(f'[[feed]]\nname = "d{n}"\nurl = "http://{host(n, kind)}:{port}/dead"\nevery = "5m"\n'
                       for n in range(start, min(count, start + 20_000)))
        (folder / name).write_text(text)
        files.append(name)
    healthy = "".join(f'[[feed]]\nname = "h{n}"\nurl = "http://'
                      + (f"127.200.0.{n + 1}" if kind == "open" else f"n{(199 << 16) + n + 1}.example")
                      + f':{port}/healthy/{n}"\nevery = "{EVERY}s"\n' for n in range(HEALTHY))
    (folder / "feedwatch.toml").write_text(
        f'include = {files!r}\n[store]\nurl = "sqlite:store.db"\n'.replace("'", '"') + healthy
        + '[[watch]]\nname = "w"\nterms = ["nothing of the kind"]\n')


def proc(pid, key):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(key):
            return int(line.split()[1])
    return 0


async def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--feeds", type=int, default=100_000)
    arguments.add_argument("--seconds", type=int, default=300)
    arguments.add_argument("--kind", choices=["open", "never", "late"], default="open")
    arguments.add_argument("--binary", default=str(ROOT / "target/release/feedwatch"))
    a = arguments.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    world = World()
    server = await asyncio.start_server(world.serve, "0.0.0.0", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        configuration(folder, port, a.feeds, a.kind)
        environment = dict(os.environ, RUST_LOG="error")
        if a.kind != "open":
            shim = folder / "resolver.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, ROOT / "benches/failure/getaddrinfo.c", "-ldl"], check=True)
            environment |= {"LD_PRELOAD": str(shim), "NAMES_DIE_WITH": str(folder / "dead")}
        log = open(folder / "log", "wb")
        daemon = subprocess.Popen([a.binary, "run", "-c", folder / "feedwatch.toml"], env=environment, stdout=log, stderr=log,
                                  preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL))
        descriptors = threads = 0
        # Everything is well until each has been asked once and known to answer.
        while world.before < a.feeds:
            await asyncio.sleep(0.5)
            if daemon.poll() is not None:
                sys.exit((folder / "log").read_text()[-2000:])
        before = proc(daemon.pid, "VmHWM") / 1024
        world.died = True
        (folder / "dead").touch()
        world.asked = {key: times[-1:] for key, times in world.asked.items() if key.startswith("/healthy")}
        began = time.monotonic()
        try:
            while time.monotonic() - began < a.seconds:
                await asyncio.sleep(1)
                if daemon.poll() is not None:
                    sys.exit((folder / "log").read_text()[-2000:])
                descriptors = max(descriptors, len(os.listdir(f"/proc/{daemon.pid}/fd")))
                threads = max(threads, proc(daemon.pid, "Threads"))
            peak = proc(daemon.pid, "VmHWM") / 1024
            clock = os.sysconf("SC_CLK_TCK")
            cpu = sum(map(int, open(f"/proc/{daemon.pid}/stat").read().rsplit(")", 1)[1].split()[11:13])) / clock
        finally:
            daemon.terminate()
            stopping = time.monotonic()
            await asyncio.to_thread(daemon.wait)
            stopped = time.monotonic() - stopping
        late = []
        never = HEALTHY - len(world.asked)
        for times in world.asked.values():
            late += [max(0.0, b - a_ - EVERY * 1.1) for a_, b in zip(times, times[1:])]
            late.append(max(0.0, began + a.seconds - times[-1] - EVERY * 1.1))
        late.sort()
        polls = sum(len(times) - 1 for times in world.asked.values())
        print(f"{a.feeds} dead feeds ({a.kind}), {HEALTHY} healthy ones every {EVERY} s, {a.seconds} s")
        print(f"peak memory {peak:.0f} MiB ({before:.0f} MiB before they died), descriptors {descriptors}, threads {threads}, CPU {cpu:.1f} s, stopped in {stopped:.1f} s")
        print(f"connections to dead servers: {world.dead} in all, {world.most} at a time")
        print(f"polls of healthy feeds: {polls}, never asked {never}")
        print(f"lateness: median {statistics.median(late):.2f} s, 99 % {late[int(len(late) * 0.99)]:.2f} s, worst {late[-1]:.2f} s")
    server.close()


asyncio.run(main())
