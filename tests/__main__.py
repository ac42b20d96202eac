"""Everything that has to hold, in one command: ``python -m tests``.

Style, types, import directions, then the tests on as many processes as there are cores. Stops at the first part
that fails, with its exit code. Arguments go to pytest.

What fails among the tests is run once more, alone and in one process: a few tests hold clocks against a machine that
others load too. What passes then is named as unsteady; what fails twice fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS_FAILED = 1
"""pytest's exit code for failed tests, as against wrong use or nothing collected."""
UNSTEADY = 5
PARTS = (
    ("ruff check", [sys.executable, "-m", "ruff", "check", "."]),
    ("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("mypy", [sys.executable, "-m", "mypy"]),
    ("imports", [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]),
)


def main(arguments: list[str]) -> int:
    """Run all parts; the exit code of the first that fails, or pytest's."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    # a hundred processes of ``shuke`` would each compile every module again
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    workers = str(min(os.cpu_count() or 1, 4))
    pytest = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal", *arguments]
    for name, command in (*PARTS, ("pytest", pytest)):
        started = time.monotonic()
        print(f"== {name}", flush=True)
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(
            f"== {name}: {'done' if code == 0 else 'failed'} in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        if code:
            return again(environment) if name == "pytest" and code == TESTS_FAILED else code
    return 0


def again(environment: dict[str, str]) -> int:
    """Run what failed once more; the exit code. More than a handful is no accident and fails at once."""
    seen = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    failed = sorted(json.loads(seen.read_text(encoding="utf-8"))) if seen.exists() else []
    if not 0 < len(failed) <= UNSTEADY:
        return TESTS_FAILED
    print("== unsteady, run once more:", *failed, sep="\n   ", flush=True)
    command = [sys.executable, "-m", "pytest", "--last-failed", "--last-failed-no-failures", "none"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
