"""Pictures of records, photos of users, the company's logo, as a person sets them (CUS-01, CON-01, ORG-01, ORG-03)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from services.customers.contact_entity import CONTACT_ENTITY
from services.customers.entities import CUSTOMER_ENTITY
from services.drafts import Drafts
from services.entity import Entity
from services.language import use_language
from services.products.entities import PRODUCT
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.editors.picture import PictureEditor
from widgets.base.images import as_png
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


def picture(colour: str = "#cc5522", side: int = 600) -> QImage:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


@pytest.mark.parametrize(
    ("entity", "login"),
    [
        pytest.param(CUSTOMER_ENTITY, "sales1", marks=pytest.mark.req("CUS-01"), id="customer"),
        pytest.param(CONTACT_ENTITY, "sales1", marks=pytest.mark.req("CON-01"), id="contact"),
        pytest.param(PRODUCT, "buyer", marks=pytest.mark.req("PRD-01"), id="product"),
    ],
)
def test_a_picture_in_the_form(
    entity: Entity, login: str, company: Company, qtbot: QtBot, tmp_path: Path
) -> None:
    client = client_of(company.as_(login))
    values: dict[str, object] = {"name": "万州五金店"}
    if entity is CONTACT_ENTITY:
        row = (
            company.psql(login)
            .execute("INSERT INTO customers.customer (name) VALUES ('x') RETURNING id")
            .fetchone()
        )
        assert row is not None
        values["customer_id"] = row[0]
    form = RecordForm(client, entity, values=values, drafts=Drafts("picture", tmp_path / "drafts"))
    qtbot.addWidget(form)
    form.resize(1100, 900)
    form.show()
    qtbot.waitUntil(form.fields.isEnabled)
    editor = form.fields.editors["picture_id"]
    assert isinstance(editor, PictureEditor) and editor.clear_button.isHidden()
    (tmp_path / "words.png").write_text("no picture at all")
    editor.send(tmp_path / "words.png")
    qtbot.waitUntil(lambda: bool(editor.error()))
    assert "no picture" in editor.error()
    (tmp_path / "door.png").write_bytes(as_png(picture()))
    editor.send(tmp_path / "door.png")
    assert form.fields.problems(new=True) == {"picture_id": "The picture is still being sent."}
    qtbot.waitUntil(lambda: editor.value() is not None and editor.view.image is not None)
    assert editor.error() == "" and editor.view.image is not None and editor.view.image.width() == 256
    with qtbot.waitSignal(form.saved):
        form.save()
    qtbot.waitUntil(lambda: bool(form._record))
    assert not form.dirty()
    admin = company.psql()
    table = entity.key
    assert admin.execute(f"SELECT picture_id FROM {table} WHERE id = %s", (form.record_id,)).fetchone() == (
        editor.value(),
    )
    # pasted over it, then taken away
    first = editor.value()
    QGuiApplication.clipboard().setImage(picture("#2255cc"))
    editor.paste()
    qtbot.waitUntil(lambda: editor.value() not in (None, first))
    assert form.dirty()
    with qtbot.waitSignal(form.saved):
        form.save()
    qtbot.waitUntil(lambda: not form.dirty() and form.version == 2)
    editor.clear_button.click()
    with qtbot.waitSignal(form.saved):
        form.save()
    qtbot.waitUntil(lambda: not form.dirty() and form.version == 3)
    assert admin.execute(f"SELECT picture_id FROM {table} WHERE id = %s", (form.record_id,)).fetchone() == (
        None,
    )
    assert admin.execute("SELECT count(*) FROM system.attachment WHERE deleted_at IS NULL").fetchone() == (0,)
    # files hang below the fields once the record is there
    assert form.body.files is not None and form.body.files.record_id == form.record_id


@pytest.mark.req("CUS-10")
def test_the_picture_stands_in_the_head_of_the_customer(company: Company, qtbot: QtBot) -> None:
    from services import records
    from tests.services.files.sending import send
    from widgets.base.images import thumbnail
    from widgets.customers.customer_view import CustomerView

    client = client_of(company.as_("sales1"))
    data = as_png(picture())
    sent = send(client.database, data, None, field="picture_id", thumbnail=thumbnail(data))
    owner = client.database.write(
        records.create, entity=CUSTOMER_ENTITY, values={"name": "万州五金店", "picture_id": sent}
    ).id
    send(client.database, b"x", owner, name="contract.txt")
    view = CustomerView(client, owner)
    qtbot.addWidget(view)
    view.resize(1280, 800)
    view.show()
    qtbot.waitUntil(lambda: view.head.picture.image is not None)
    assert view.head.picture.isVisible()
    view.open_section("files")
    page = view.page("files")
    assert page is not None
    qtbot.waitUntil(
        lambda: "Files  1" in [view.sections.item(at).text() for at in range(view.sections.count())]
    )


@pytest.mark.req("ORG-03")
def test_the_photo_of_a_user(company: Company, qtbot: QtBot) -> None:
    from widgets.organisation.personal_page import PersonalPage
    from widgets.organisation.users_page import UsersPage

    mine = PersonalPage(client_of(company.as_("sales1")))
    qtbot.addWidget(mine)
    mine.show()
    QGuiApplication.clipboard().setImage(picture(side=3000))
    mine.photo.paste()
    admin = company.psql()
    kept = (
        'SELECT u.photo_id, a.size FROM organisation."user" u JOIN system.attachment a ON a.id = u.photo_id'
    )
    qtbot.waitUntil(lambda: admin.execute(kept).fetchone() is not None)
    row = admin.execute("SELECT id FROM organisation.\"user\" WHERE login = 'sales1'").fetchone()
    assert row is not None
    page = UsersPage(client_of(company.as_("boss")), chosen=int(str(row[0])))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.form.photo.view.image is not None)
    small = page.form.photo.view.image
    assert small is not None and small.width() == 256
    page.form.photo.clear_button.click()
    qtbot.waitUntil(lambda: admin.execute(kept).fetchone() is None)


@pytest.mark.req("ORG-01")
def test_the_logo_is_printed(company: Company, qtbot: QtBot) -> None:
    from services.organisation.sender import sender_of
    from widgets.organisation.branches_page import BranchesPage

    client = client_of(company.as_("boss"))
    page = BranchesPage(client)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.branch is not None)
    page.logo.send(picture("#008855", 2000))
    qtbot.waitUntil(lambda: page.branch is not None and page.branch.get("logo_id") is not None)
    keeper = company.as_("keeper1")
    asked: list[str] = []
    event.listen(keeper.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    def printed() -> tuple[int, str]:
        with keeper.read_session() as session:
            logo = sender_of(session, None).logo
        assert logo is not None and logo.startswith(b"\x89PNG")
        image = QImage.fromData(logo)
        return image.width(), image.pixelColor(5, 5).name()

    assert [printed() for _document in range(3)] == [(1024, "#008855")] * 3
    assert sum("read_part" in statement for statement in asked) == 1, "fetched once, not with every document"
    before = page.branch.get("logo_id") if page.branch is not None else None
    page.logo.send(picture("#aa0055", 500))
    qtbot.waitUntil(lambda: page.branch is not None and page.branch.get("logo_id") not in (None, before))
    assert printed() == (500, "#aa0055")


@pytest.mark.req("PLT-32")
def test_the_boss_sees_and_sets_the_space(company: Company, qtbot: QtBot) -> None:
    from services import records
    from tests.services.files.sending import send
    from widgets.system.space_page import SpacePage

    seller = company.as_("sales1")
    owner = seller.write(records.create, entity=CUSTOMER_ENTITY, values={"name": "万州五金店"}).id
    send(seller, bytes(3 * 1_048_576), owner)
    page = SpacePage(client_of(company.as_("boss")))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.space is not None)
    assert page.used.text() == "3.0 MB of 20.0 GB used" and page.table.rowCount() == 1
    page.largest.setValue(2)
    page.quota.setValue(30)
    page.save_button.click()
    qtbot.waitUntil(lambda: page.used.text() == "3.0 MB of 30.0 MB used")
    with pytest.raises(Exception, match="2 MB at most"):
        send(seller, bytes(3 * 1_048_576), owner)
