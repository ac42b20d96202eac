"""A line to the server as one meets it between two towns: slow, and cut now and then."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable


class SlowLine:
    """A port of this PC behind which the server's socket lies, ``delay`` seconds away in each direction.

    ``cut`` ends every connection. After ``lose_answers`` what is asked still arrives, but nothing comes back.
    """

    def __init__(self, connect: Callable[[], socket.socket], delay: float) -> None:
        self._connect, self._delay = connect, delay
        self._open: list[socket.socket] = []
        self._mute = self._dead = False
        self.asked = threading.Event()
        """Set by the next thing that is asked after ``lose_answers``."""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listening.accept()
                if self._dead:
                    near.close()
                    continue
                far = self._connect()
            except OSError:
                return
            self._open += [near, far]
            for source, target, back in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, target, back), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self._delay)
                if back and self._mute:
                    continue
                target.sendall(data)
                if self._mute:
                    self.asked.set()
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def lose_answers(self) -> None:
        """From now on nothing comes back."""
        self.asked.clear()
        self._mute = True

    def cut(self) -> None:
        """End every connection, and let none be made."""
        self._dead = True
        held, self._open = self._open, []
        for each in held:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def mend(self) -> None:
        """The line is there again."""
        self._mute = self._dead = False

    def close(self) -> None:
        """The end of the test."""
        self.cut()
        self._listening.close()
