"""What people click on is loaded before they click."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WARM = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from app.warming import Warming, page_modules
app = QCoreApplication([])
warming = Warming(app)
wanted = list(page_modules())
later = [name for name in wanted if name.endswith((".order_form", ".customer_view", ".list_page"))]
assert len(later) == 3 and not set(later) & set(sys.modules), "a start does not wait for pages"
assert "reportlab" not in sys.modules and "openpyxl" not in sys.modules
timer = QTimer()
timer.timeout.connect(lambda: app.quit() if warming.done else None)
timer.start(5)
QTimer.singleShot(100000, app.quit)
warming.start()
warming.hold()
warming.start()
app.exec()
assert warming.done
left = [name for name in wanted if name not in sys.modules]
assert not left, left
assert "reportlab" in sys.modules and "openpyxl" in sys.modules and "printing.preview" in sys.modules
"""


def test_every_page_and_what_prints_is_loaded_in_the_background() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WARM],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]


LIGHT = """
import sys
import app.cli, app.main
from importlib import import_module
from app.warming import HEAVY, LAST, page_modules
names = page_modules()
light = [name for name in names if not name.startswith(LAST)]
assert names[:len(light)] == light
for name in light:
    import_module(name)
    assert not HEAVY & set(sys.modules), f"{name} brings {sorted(HEAVY & set(sys.modules))}"
assert len(light) > 100
"""


def test_large_libraries_are_not_loaded_on_the_thread_of_the_window() -> None:
    """Whoever types his password meanwhile would wait more than half a second for one of them."""
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
