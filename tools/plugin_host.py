"""A firn-plugin-host that is asked things, as src/plugins/protocol.md has it."""

import fcntl
import json
import os
import signal
import socket
import struct


class HostError(Exception):
    """What the host says against it, or how it ended."""


class PluginHost:
    """One plug-in in a process of its own: with PluginHost(program) as host: host.ask("load", …)."""

    def __init__(self, program, patience=30):
        ours, theirs = socket.socketpair()
        memory = os.memfd_create("exchange")
        os.ftruncate(memory, 1 << 20)  # more than an Exchange takes
        # Out of the way of the numbers that they get in the host.
        moved = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10) for number in (theirs.fileno(), memory)]
        nothing = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, nothing, number) for number in (0, 1, 2)]
        actions += [(os.POSIX_SPAWN_DUP2, moved[0], 3), (os.POSIX_SPAWN_DUP2, moved[1], 4)]
        self.process = os.posix_spawn(program, [str(program), "run"], os.environ, file_actions=actions)
        for number in (*moved, memory, nothing):
            os.close(number)
        theirs.close()
        self.socket = ours
        self.socket.settimeout(patience)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def ask(self, what, body=b"", **fields):
        """The answer's JSON, and its bytes."""
        text = json.dumps({"ask": what, **fields}).encode()
        try:
            self.socket.sendall(struct.pack("<II", len(text), len(body)) + text + body)
            text_size, body_size = struct.unpack("<II", self._receive(8))
            answer, body = json.loads(self._receive(text_size)), self._receive(body_size)
        except TimeoutError:
            raise HostError("it does not answer") from None
        except OSError:
            raise HostError("it crashed") from None
        if "error" in answer:
            raise HostError(answer["error"])
        return answer, body

    def _receive(self, size):
        parts = bytearray()
        while len(parts) < size:
            more = self.socket.recv(min(size - len(parts), 1 << 20))
            if not more:
                raise HostError("it crashed")
            parts += more
        return bytes(parts)
