"""``shuke tour DIR``: every page as a picture, headless."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.commands.output import installation, report, say, speak
from app.commands.sample import sample_url
from services.errors import Refused
from services.language import LANGUAGES, mark, tr
from services.settings import PcSettings


def tour(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the pictures go.")],
    lang: Annotated[str, typer.Option(help="zh_CN or en.")] = "zh_CN",
    style: Annotated[str, typer.Option(help="light, dark, blue, green or high_contrast.")] = "light",
    scale: Annotated[float, typer.Option(help="Scaling of the screen, such as 1.5.")] = 1.0,
    user: Annotated[str, typer.Option(metavar="LOGIN", help="Whose program.")] = "boss",
    size: Annotated[str, typer.Option(help="Size of the window.")] = "1440x900",
    only: Annotated[
        list[str] | None, typer.Option(help="Only pictures whose names begin so; may be repeated.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Render every page, panel, form and document of the sample company into DIR, with an index.

    Ends with 1 if one of them fails or is blank.
    """
    from widgets.base.style import STYLES

    width, _, height = size.partition("x")
    wrong = (
        (lang not in LANGUAGES, "--lang"),
        (style not in STYLES, "--style"),
        (not 0.5 <= scale <= 4, "--scale"),
        (not (width.isdigit() and height.isdigit()), "--size"),
    )
    for bad, name in wrong:
        if bad:
            raise typer.BadParameter(tr("not a possible value"), param_hint=name)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    here = installation(context)
    url, password = sample_url(here)
    # Qt is loaded after its environment is set
    from app.main import make_application
    from app.tour import Tour
    from services.opening import open_as

    make_application(PcSettings(folder / "none.toml", language=lang, style=style))
    opened = open_as(url, user, password, client="shuke-tour")
    pictures = Tour(folder, opened, size=(int(width), int(height)), only=frozenset(only or ())).run()
    speak()
    if not pictures:
        raise Refused(
            mark("Nothing that can be shown has a name that begins with {names}."), names=_named(only or ())
        )
    failed = [picture for picture in pictures if picture.trouble]
    if json:
        report([{"name": one.name, "title": one.title, "trouble": one.trouble} for one in pictures])
    else:
        for picture in failed:
            typer.echo(f"{picture.name}: {picture.trouble}", err=True)
        say(
            tr(
                "{count} pictures in {folder}, {failed} failed.",
                count=len(pictures),
                folder=folder,
                failed=len(failed),
            )
        )
    if failed:
        raise typer.Exit(1)


def _named(names: Sequence[str]) -> str:
    return tr(", ").join(tr("“{words}”", words=name) for name in names)
