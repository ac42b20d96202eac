"""The first run, as somebody meets it who has just installed Shuke: on real embedded servers of its own."""

from __future__ import annotations

import platform
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import text

import app.first_run
from app import sharing
from app.embedded import EmbeddedServer
from app.main import ClientProgram, answering, make_application
from services import nearby
from services.database import Database
from services.errors import Refused
from services.language import use_language
from services.nearby import Nearby, paired_address
from services.organisation import commands, queries
from services.session import log_in
from services.settings import PcSettings, Server, read_settings
from tests.databases import server_folder
from widgets.base.pages import PageKey
from widgets.base.style import apply_style
from widgets.organisation.first_run import FirstRunDialog

Enter, Escape = Qt.Key.Key_Return, Qt.Key.Key_Escape
PASSWORD = "erster-tag-1"


class Newcomer:
    """Somebody at a PC that knows no server, with a folder for its embedded one."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self.settings = PcSettings(folder / "shuke.toml", language="en")
        make_application(self.settings)
        self.program = ClientProgram(self.settings, answering, folder)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=120_000)

    def begin(self) -> FirstRunDialog:
        self.program.begin()
        dialog = self.program.first_run
        assert dialog is not None
        self.wait(dialog.isVisible)
        return dialog

    def choose(self, way: str) -> FirstRunDialog:
        dialog = self.begin()
        self.qtbot.keyClick(dialog.choices.cards[way], Qt.Key.Key_Space)
        return dialog

    def type_company(self, dialog: FirstRunDialog, again: str = PASSWORD) -> None:
        page = dialog.company
        page.fields["name"].setFocus()
        for key, typed in (("name", "Chuanhai Valves"), ("boss", "Li Lei"), ("login", "lilei")):
            page.fields[key].selectAll()
            self.qtbot.keyClicks(page.fields[key], typed)
            self.qtbot.keyClick(page.fields[key], Enter)
        self.wait(page.fields["password"].hasFocus)
        for key, typed in (("password", PASSWORD), ("again", again)):
            page.fields[key].clear()
            self.qtbot.keyClicks(page.fields[key], typed)
        self.qtbot.keyClick(page.fields["again"], Enter)

    def at_work(self) -> Any:
        self.wait(lambda: self.program.workplace is not None)
        place = self.program.workplace
        assert place is not None
        self.wait(lambda: place.live.connected)
        return place

    def leave(self) -> None:
        place, self.program.workplace = self.program.workplace, None
        if place is not None:
            place.ended.disconnect()
            place.end("")
            place.take_down()
        for dialog in (self.program.first_run, self.program.dialog):
            if dialog is not None:
                dialog.finished.disconnect()
                dialog.close()
        self.program.first_run = self.program.dialog = None
        self.program.answer_no_calls()

    def tidy_up(self) -> None:
        self.leave()
        for folder in (self.folder, self.folder / app.first_run.SAMPLE):
            EmbeddedServer(folder).stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        use_language("zh_CN")
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_style(application, "light")


@pytest.fixture
def newcomer(qtbot: QtBot) -> Iterator[Newcomer]:
    with server_folder() as folder:
        somebody = Newcomer(qtbot, folder)
        yield somebody
        somebody.tidy_up()


def an_allowed_network_admits(server: EmbeddedServer, port: int) -> None:
    """Who comes over the network is let in from an allowed one and from no other; the login log says from where, and
    from which PC (ORG-07, ORG-08)."""

    def over_the_network(login: str, password: str) -> Database:
        return Database(server.url(user=login, password=password).set(host="127.0.0.1", port=port, query={}))

    boss = over_the_network("lilei", PASSWORD)
    log_in(boss)
    with boss.read_session() as session:
        top = queries.tree(session)[0].id
    common: dict[str, Any] = {"name": "Han Mei", "position_id": top, "branch_id": None, "roles": ["sales"]}
    added = boss.write(commands.add_user, login="hanmei", password="Ganz-neu-1", **common)
    seller = over_the_network("hanmei", "Ganz-neu-1")
    try:
        for version, network, admitted in ((1, "127.0.0.0/8", True), (2, "203.0.113.0/24", False)):
            boss.write(commands.change_user, user_id=added.id, version=version, networks=[network], **common)
            if admitted:
                assert log_in(seller).login == "hanmei"
                assert _customers(seller) == 1
            else:
                with pytest.raises(Refused, match="place"):
                    log_in(seller)
                assert _customers(seller) == 0, "an open session sees nothing either"
        with boss.read_session() as session:
            lines = session.execute(
                text(
                    "SELECT success, reason, host(address), computer FROM organisation.login"
                    " WHERE login = 'hanmei' ORDER BY id"
                )
            ).all()
        assert [tuple(line) for line in lines] == [
            (True, None, "127.0.0.1", platform.node()),
            (False, "network", "127.0.0.1", platform.node()),
        ]
    finally:
        seller.close()
        boss.close()


def _customers(database: Database) -> int:
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO customers.customer (name) SELECT 'x' WHERE app.can('customers.customer.create')"
            )
        )
        return int(connection.scalar(text("SELECT count(*) FROM customers.customer")) or 0)


@pytest.mark.req("ADM-01", "ADM-02")
def test_this_pc_alone_then_the_server_of_the_office(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = newcomer.choose("alone")
    newcomer.wait(lambda: dialog.pages.currentWidget() is dialog.company)
    assert dialog.company.fields["name"].hasFocus()
    newcomer.type_company(dialog, again="something-else")
    assert dialog.company._words.text() == "The two passwords differ."
    assert dialog.company.fields["again"].hasFocus()
    newcomer.type_company(dialog)
    place = newcomer.at_work()
    assert (
        place._user.login == "lilei"
        and place._user.name == "Li Lei"
        and place._user.can("sales.order.confirm")
    )
    assert newcomer.settings.server == "Chuanhai Valves"
    assert PASSWORD not in newcomer.settings.path.read_text("utf-8")
    # an empty company in which work can begin at once
    server = EmbeddedServer(newcomer.folder)
    with psycopg.connect(server.url().render_as_string(hide_password=False)) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM customers.customer), (SELECT count(*) FROM stock.keeper),"
            " (SELECT count(*) FROM finance.account), (SELECT name FROM organisation.branch)"
        ).fetchone()
    assert counts == (0, 1, 2, "Chuanhai Valves")
    place.shell.new_record("sales.order")
    newcomer.wait(lambda: place.window.workspace.current().entity == "sales.order")
    newcomer.leave()

    # the next start asks for the login; from there the PC becomes the server
    newcomer.settings = newcomer.program.settings = read_settings(newcomer.settings.path)
    newcomer.program.begin()
    login = newcomer.program.dialog
    assert login is not None and newcomer.program.first_run is None
    newcomer.wait(login.isVisible)
    newcomer.qtbot.mouseClick(login.other, Qt.MouseButton.LeftButton)
    newcomer.wait(lambda: newcomer.program.first_run is not None)
    dialog = newcomer.program.first_run
    assert dialog is not None
    monkeypatch.setattr(sharing, "PREFERRED", ())
    monkeypatch.setattr(sharing, "own_addresses", lambda: ["127.0.0.1"])
    newcomer.qtbot.mouseClick(dialog.choices.cards["serve"], Qt.MouseButton.LeftButton)
    newcomer.wait(lambda: dialog.pages.currentWidget() is dialog.company)
    assert not dialog.company.fields["name"].isVisible()
    newcomer.qtbot.keyClick(dialog.company.do, Qt.Key.Key_Space)
    newcomer.wait(lambda: dialog.pages.currentWidget() is dialog.shared)
    port = server.shared_port
    assert port is not None and dialog.shared.address.text() == f"127.0.0.1:{port}"
    code = dialog.shared.code.text()
    assert paired_address(code) == f"127.0.0.1:{port}"
    assert str(port) in dialog.shared.firewall.text()
    newcomer.qtbot.keyClick(dialog.shared.do, Qt.Key.Key_Space)
    newcomer.wait(lambda: newcomer.program.dialog is not None)
    the_superuser_stays_at_home(server, port)
    an_allowed_network_admits(server, port)
    newcomer.leave()
    join_it(newcomer, code, port)
    sharing.unshare(server)
    assert server.shared_port is None and server.running()
    with pytest.raises(Refused):
        sharing.shared(server)


def the_superuser_stays_at_home(server: EmbeddedServer, port: int) -> None:
    own = psycopg.connect(server.url().render_as_string(hide_password=False), autocommit=True)
    rules = own.execute(
        "SELECT type, database, user_name, address, auth_method FROM pg_hba_file_rules"
        " WHERE error IS NULL ORDER BY rule_number DESC LIMIT 2"
    ).fetchall()
    assert rules == [
        ("host", ["shuke"], ["all"], "samenet", "scram-sha-256"),
        ("host", ["all"], ["postgres"], "all", "reject"),
    ]
    assert own.execute("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL").fetchone() == (0,)
    own.close()
    for host in nearby.own_addresses()[:1]:
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects"):
            psycopg.connect(
                host=host, port=port, user="postgres", password=server.superuser_password(), dbname="shuke"
            )
        psycopg.connect(host=host, port=port, user="lilei", password=PASSWORD, dbname="shuke").close()


def join_it(newcomer: Newcomer, code: str, port: int) -> None:
    """Another PC: it knows nothing and joins, by the code and with what is wrong said on the way."""
    other = Newcomer(newcomer.qtbot, Path(tempfile.mkdtemp(prefix="shuke-other-")))
    dialog = other.begin()
    dialog.join._call = lambda: [Nearby("office-pc", "127.0.0.1", port)]
    other.qtbot.mouseClick(dialog.choices.cards["join"], Qt.MouseButton.LeftButton)
    page = dialog.join
    other.wait(lambda: page.found.count() == 1)
    assert page.address.text() == f"127.0.0.1:{port}", "who answered is filled in"
    other.qtbot.keyClick(page.address, Escape)
    assert dialog.pages.currentWidget() is dialog.choices
    other.qtbot.mouseClick(dialog.choices.cards["join"], Qt.MouseButton.LeftButton)
    other.wait(lambda: page._found is not None)
    for typed, words in (
        ("", "Type the address of your office's server."),
        ("not an address!", "This is no address of a server."),
        ("no-such-computer.invalid", "No computer is called no-such-computer.invalid"),
        (f"127.0.0.1:{unused_port()}", "no server answers at port"),
    ):
        page.address.clear()
        other.qtbot.keyClicks(page.address, typed)
        other.qtbot.keyClick(page.address, Enter)
        other.wait(lambda words=words: words in dialog.status.text())
        assert page.address.isEnabled() and dialog.isVisible()
    page.address.clear()
    other.qtbot.keyClicks(page.address, code.lower())
    other.qtbot.keyClick(page.address, Enter)
    other.wait(lambda: other.program.dialog is not None)
    login = other.program.dialog
    assert login is not None and login.server.currentText() == f"office-pc (127.0.0.1:{port})"
    login.login.setText("lilei")
    other.qtbot.keyClicks(login.password, PASSWORD)
    other.qtbot.keyClick(login.password, Enter)
    place = other.at_work()
    assert place._user.name == "Li Lei"
    other.tidy_up()
    use_language("en")


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.req("ADM-01", "ADM-32")
def test_trying_with_sample_data(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.first_run, "SIZE", 100)
    dialog = newcomer.choose("sample")
    newcomer.wait(lambda: dialog.status.text())
    place = newcomer.at_work()
    assert place._user.login == "boss"
    assert not (newcomer.folder / "postgresql").exists(), "trying out leaves no company of one's own"
    said = [message.text for message in place.window.messages.messages]
    assert any("Password of all of them:" in text for text in said)
    place.window.open(PageKey("customers.customer"))
    page: Any = place.window.workspace.page(PageKey("customers.customer"))
    newcomer.wait(lambda: page.total)
    assert page.total >= 100
    assert newcomer.settings.current == Server(
        "Sample company", str(newcomer.folder / "sample"), embedded=True
    )


@pytest.mark.req("ADM-01")
def test_leaving_the_first_run(newcomer: Newcomer) -> None:
    dialog = newcomer.begin()
    use_chinese(dialog)
    assert dialog.choices.cards["join"].accessibleName() == "加入公司服务器"
    newcomer.qtbot.keyClick(dialog, Escape)
    newcomer.wait(lambda: newcomer.program.first_run is None)
    assert newcomer.program.dialog is None and not newcomer.settings.path.exists()


def use_chinese(dialog: FirstRunDialog) -> None:
    dialog.foot.language.setCurrentIndex(dialog.foot.language.findData("zh_CN"))
    dialog.foot.language.activated.emit(dialog.foot.language.currentIndex())
