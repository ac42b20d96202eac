"""The child process that parses, seen from the program: started, fed, watched, ended."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import psutil

from services.errors import Cancelled
from services.language import mark
from services.tabular.limits import Limits
from services.tabular.problems import ImportProblem

LARGEST_FRAME: Final = 64 << 20
_QUEUED: Final = 4
"""Frames that wait between child and reader: what keeps the program's own memory constant."""
_POLL: Final = 0.1
_MEMORY_POLL: Final = 0.5

Frame = dict[str, Any]


class Worker:
    """One child process, started when first needed and again after it was ended.

    Keeps no file open between requests. Use as a context manager, or call ``close``. Not for several threads.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: queue.Queue[Frame | None] = queue.Queue(_QUEUED)
        self._closed = threading.Event()
        self._memory = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(
        self,
        path: Path,
        request: dict[str, object],
        limits: Limits,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[Frame]:
        """The frames of one answer. ImportProblem for whatever is wrong with the file, Cancelled if asked to
        end.

        An answer that is not read to its end ends the child.
        """
        if self._process is None or self._process.poll() is not None or self._memory != limits.memory_bytes:
            self._start(limits)
        process = self._process
        assert process is not None and process.stdin is not None
        line = json.dumps({**request, "path": str(path.absolute()), "limits": asdict(limits)})
        done = False
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(line.encode() + b"\n")
                process.stdin.flush()
            for frame in self._answer(path, limits, cancelled):
                if "end" in frame:
                    done = True
                    return
                if "problem" in frame:
                    done = frame["problem"] != "memory"
                    raise _problem(path, frame)
                yield frame
        finally:
            if not done:
                self.close()

    def close(self) -> None:
        """End the child at once."""
        process, self._process = self._process, None
        self._closed.set()
        if process is None:
            return
        process.kill()
        process.wait()
        self._thread.join(5)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _start(self, limits: Limits) -> None:
        self.close()
        self._memory = limits.memory_bytes
        # The child has no business with the database: passwords in the environment stay here.
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(("SHUKE_", "PG"))}
        environment = {**kept, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        root = str(Path(__file__).parents[2])
        environment["PYTHONPATH"] = root + os.pathsep + environment["PYTHONPATH"]
        environment.pop("PYTHONWARNINGS", None)
        self._process = subprocess.Popen(
            # -P: nothing is imported from the folder that happens to be the current one.
            [sys.executable, "-P", "-m", "services.tabular.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._frames = queue.Queue(_QUEUED)
        self._closed = threading.Event()
        assert self._process.stdout is not None
        self._thread = threading.Thread(
            target=_read_frames,
            args=(self._process.stdout, self._frames, self._closed),
            name="tabular-frames",
            daemon=True,
        )
        self._thread.start()

    def _answer(self, path: Path, limits: Limits, cancelled: Callable[[], bool] | None) -> Iterator[Frame]:
        """Frames as they come, watching time, memory and the wish to end."""
        assert self._process is not None
        watched = psutil.Process(self._process.pid)
        waited = 0.0
        looked = time.monotonic()
        while True:
            began = time.monotonic()
            frame: Frame | None = {}
            with suppress(queue.Empty):
                frame = self._frames.get(timeout=_POLL)
            now = time.monotonic()
            waited += now - began
            if cancelled is not None and cancelled():
                raise Cancelled(mark("Reading the file was cancelled. Nothing was changed."))
            if frame is None:
                # The child was killed by its own bounds (time, memory) or by a fault in an interpreter
                # library.
                raise ImportProblem("damaged", file=path.name, detail="the reading process ended")
            if frame:
                yield frame
                if "end" in frame or "problem" in frame:
                    return
            if waited > limits.seconds:
                raise ImportProblem("time", file=path.name, limit=round(limits.seconds))
            if now - looked > _MEMORY_POLL:
                looked = now
                with suppress(psutil.Error):
                    if watched.memory_info().rss > limits.memory_bytes:
                        raise ImportProblem("memory", file=path.name)


def _problem(path: Path, frame: Frame) -> ImportProblem:
    return ImportProblem(
        frame["problem"], file=path.name, detail=str(frame.get("detail", "")), **frame.get("values", {})
    )


def _read_frames(stream: IO[bytes], frames: queue.Queue[Frame | None], closed: threading.Event) -> None:
    """Thread: frames from the pipe into the queue, None at its end."""
    while True:
        frame: Frame | None = None
        with suppress(OSError, ValueError):
            head = stream.read(4)
            size = int.from_bytes(head, "big")
            if len(head) == 4 and size <= LARGEST_FRAME:
                frame = json.loads(stream.read(size))
        while not closed.is_set():
            try:
                frames.put(frame, timeout=_POLL)
                break
            except queue.Full:
                continue
        if frame is None or closed.is_set():
            return
