"""``shuke demo``: the sample company, ready to be worked in."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from app.commands.client import has_display
from app.commands.output import installation, say, speak
from app.commands.sample import SIZE, sample_url
from services.language import LANGUAGES, mark, tr
from services.settings import PcSettings


def demo(
    context: typer.Context,
    size: Annotated[int, typer.Option(metavar="N", help="Customers of the sample company.")] = SIZE,
    user: Annotated[str, typer.Option(metavar="LOGIN", help="As whom to work.")] = "boss",
    fresh: Annotated[bool, typer.Option(help="Make the sample company anew.")] = False,
    lang: Annotated[str, typer.Option(help="zh_CN or en.")] = "zh_CN",
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where pictures and documents go without a display.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Qt platform, such as vnc, to work in it without a display.")
    ] = None,
) -> None:
    """Start the embedded server with the sample company and open the client.

    Without a display the main job is played headless, and its pictures and the delivery note are kept.
    """
    if lang not in LANGUAGES:
        raise typer.BadParameter(tr("not a possible value"), param_hint="--lang")
    if platform:
        os.environ["QT_QPA_PLATFORM"] = platform
    shown = has_display()
    if not shown:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    here = installation(context)
    url, password = sample_url(here, size=size, fresh=fresh)
    say(
        tr(
            "Sample company: log in as boss, manager, lead1, sales1, keeper1, cashier1 or another of its people."
        )
    )
    say(tr("Password of all of them: {password}", password=password))
    folder = output or Path(tempfile.mkdtemp(prefix="shuke-demo-"))
    settings = PcSettings(folder / "shuke.toml" if not shown else here.folder / "demo.toml", language=lang)
    settings.server, settings.login = mark("Sample company"), user
    if shown:
        raise typer.Exit(_show(settings, url, user, password))
    _play(settings, url, user, password, folder)


def _show(settings: PcSettings, url: str, user: str, password: str) -> int:
    from app.logs import start_logging
    from app.main import ClientProgram, make_application
    from services.opening import open_as
    from services.settings import Server
    from widgets.base.tasks import tasks

    start_logging()
    app = make_application(settings)
    settings.add(Server(settings.server, url))
    program = ClientProgram(settings, lambda server: server.url)
    program.guard.install()
    program.work(open_as(url, user, password))
    code = app.exec()
    tasks().wait(2000)
    return code


def _play(settings: PcSettings, url: str, user: str, password: str, folder: Path) -> None:
    from app.main import make_application
    from app.main_job import MainJob
    from services.opening import open_as

    make_application(settings)
    job = MainJob(folder, open_as(url, user, password, client="shuke-demo"), settings.server)
    written = job.run()
    speak()
    say(tr("There is no display here, so the main job was played without one:"))
    for path in written:
        say(f"  {path}")
    say(tr("To work in it all the same: shuke demo --platform vnc, then connect a VNC viewer to port 5900."))
