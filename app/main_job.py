"""The main job of the program, played with its real screens: import, find, write down, sell, be paid, deliver, print.

What ``shuke demo`` does where there is no display, and a check that the parts work together.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from sqlalchemy import text

from app.tour import settle
from app.workplace import Workplace
from services.clock import CHINA
from services.errors import ShukeError
from services.language import mark
from services.opening import Opened
from services.stock.commands import set_keepers
from widgets.base.pages import PageKey

PATIENCE = 20.0
IMPORTED = (
    ("江津", "锦江阀门"), ("綦江", "永川管件"), ("涪陵", "泰和机电"), ("万州", "长江水暖"), ("合川", "钓鱼城五金"),
    ("璧山", "恒泰密封"), ("铜梁", "龙城仪表"), ("潼南", "涪江泵业"), ("荣昌", "昌州陶瓷"), ("大足", "宝顶机械"),
    ("长寿", "菩提化工"), ("南川", "金佛供水"), ("黔江", "武陵建材"), ("开州", "汉丰环保"), ("梁平", "双桂食品"),
    ("武隆", "仙女纸业"), ("丰都", "平都物资"), ("垫江", "牡丹制药"), ("忠县", "白公贸易"), ("云阳", "磐石工程"),
)  # fmt: skip
"""Place and name of the twenty made-up companies in the file that is imported."""
Enter = Qt.Key.Key_Return


@dataclass
class MainJob:
    """Plays the job as one user; pictures and documents go to ``folder``. ShukeError says where it stuck."""

    folder: Path
    opened: Opened
    server: str = "Shuke"
    written: list[Path] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def run(self) -> list[Path]:
        """Do everything; what was written, in order."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._place = Workplace(self.opened, self.server)
        self._window = self._place.window
        try:
            self._place.start()
            self._window.resize(1440, 900)
            self._picture("workbench")
            self._import()
            customer = self._new_customer()
            self._find_by_pinyin(customer)
            self._contact_record(customer)
            order = self._order(customer)
            self._payment(order)
            note = self._goods(order)
            self._documents(note)
            self._place.shell.open_record("customers.customer", customer)
            self._picture("customer")
        finally:
            self._place.end("")
            self._place.take_down()
        return self.written

    # steps

    def _import(self) -> None:
        """A file of twenty customers, by the steps of the import page."""
        from openpyxl import Workbook

        from widgets.base.import_wizard import ImportPage

        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["客户名称", "电话", "地址"])
        stamp = f"{datetime.now(CHINA):%m%d%H%M%S}"
        for number, (place, name) in enumerate(IMPORTED):
            company = f"重庆{name}{stamp}有限公司"
            sheet.append(
                [company, f"023-68{stamp[-4:]}{number:02d}", f"重庆市{place}区工业大道{number + 1}号"]
            )
        source = self._path("customers", "xlsx")
        book.save(source)
        self._place.shell.open_view("customers.customer", "import")
        settle()
        page = cast(ImportPage, self._window.workspace.page(self._current()))
        page.open_file(source)
        for shown in (page.columns.isVisible, page.check.isVisible):
            self._wait(page.next.isEnabled)
            page.go_on()
            self._wait(shown)
        self._picture("import_check")
        self._wait(page.next.isEnabled)
        page.go_on()
        self._wait(lambda: page.outcome is not None)
        self._picture("imported")
        outcome = page.outcome
        if outcome is None or outcome.created != len(IMPORTED):
            raise ShukeError(
                mark("Of {count} customers in the file {created} were imported."),
                count=len(IMPORTED),
                created=outcome.created if outcome is not None else 0,
            )
        self.facts["imported"] = str(outcome.created)

    def _new_customer(self) -> int:
        from widgets.base.record_form import RecordForm

        stamp = f"{datetime.now(CHINA):%m%d%H%M%S}"
        page = self._new("customers.customer", None)
        form = cast(RecordForm, page)
        self._wait(lambda: form.isVisible() and bool(form.fields.values()))
        form.fields.set_values({"name": f"重庆川海阀门贸易有限公司{stamp}", "short_name": f"川海阀门{stamp}"})
        form.fields.set_values({"phone": "023-68651208", "address": "重庆市九龙坡区石坪桥横街69号"})
        saved: list[int] = []
        form.saved.connect(saved.append)
        self._picture("new_customer")
        form.save()
        self._wait(lambda: saved)
        self.facts["customer"] = f"重庆川海阀门贸易有限公司{stamp}"
        settle()
        return saved[0]

    def _find_by_pinyin(self, customer: int) -> None:
        box = self._window.head.search
        box.setFocus()
        QTest.keyClicks(box, f"chfm{self.facts['customer'][-10:]}")
        settle()
        self._picture("search_by_pinyin")
        QTest.keyClick(box, Enter)
        key = PageKey("customers.customer", "record", customer)
        self._wait(lambda: self._window.workspace.current() == key)
        self._picture("found_customer")

    def _contact_record(self, customer: int) -> None:
        page = self._new("activities.record", {"customer_id": customer})
        settle()
        said = cast(Any, page).editors["said"]
        said.set_value("电话沟通：询 DN50 球阀价格，要求下周一前报价。")
        cast(Any, page).editors["next_step"].set_value("报价")
        page_saved: list[int] = []
        cast(Any, page).saved.connect(page_saved.append)
        self._picture("contact_record")
        cast(Any, page).act("save")
        self._wait(lambda: page_saved)

    def _order(self, customer: int) -> int:
        from widgets.sales.order_form import OrderForm

        form = cast(OrderForm, self._new("sales.order", {"customer_id": customer}))
        self._wait(lambda: not form.busy)
        form.lines.view.begin(0)
        for words, quantity in zip(self._in_stock(form.head.value("warehouse_id")), ("2", "3"), strict=True):
            self._line(form, words, quantity)
        form.act("save")
        self._wait(lambda: form.record is not None and not form.busy)
        self._picture("order")
        form.act("confirm")
        self._wait(lambda: form.record is not None and form.record.state == "confirmed" and not form.busy)
        assert form.record is not None
        self.facts["order"] = form.record.number or ""
        return form.record.id

    def _in_stock(self, warehouse: Any) -> list[str]:
        """Numbers of two products of which the warehouse has plenty."""
        with self.opened.database.read_session() as session:
            numbers = session.scalars(
                text(
                    "SELECT p.number FROM stock.balance b JOIN products.product p ON p.id = b.product_id"
                    " WHERE b.warehouse_id = :warehouse AND p.deleted_at IS NULL AND p.state = 'active'"
                    " ORDER BY b.on_hand - b.reserved DESC, p.id LIMIT 2"
                ),
                {"warehouse": warehouse},
            ).all()
        return [str(number) for number in numbers]

    def _line(self, form: Any, words: str, quantity: str) -> None:
        """One line by keyboard: product by initials, quantity, the rest as it is."""
        row = form.lines.view.currentIndex().row()
        self._type(words)
        settle(quiet=0.4)
        self._key(Enter)
        self._wait(lambda: form.lines.model.lines()[row].product is not None)
        settle(quiet=0.2)
        self._type(quantity)
        for _ in range(8):
            self._key(Enter)
            settle(quiet=0.05)
            if form.lines.view.currentIndex().row() > row:
                return

    def _payment(self, order: int) -> None:
        form = self._page("sales.order", order)
        form.act("payment")
        self._wait(lambda: form.dialog is not None and form.dialog.isVisible())
        form.dialog.grab().save(str(self._path("payment", "png")))
        form.dialog.run()
        self._wait(lambda: not form.busy and form.record.received > 0)

    def _goods(self, order: int) -> int:
        form = self._page("sales.order", order)
        form.act("issue")
        # in one person's demonstration the one who sells keeps the goods, too
        self.opened.database.write(
            set_keepers, warehouse_id=form.dialog.chosen_warehouse(), added=[self._place.client.user.id]
        )
        form.dialog.run()

        def issues() -> list[int]:
            return [found.id for found in form.record.related if found.entity == "stock.issue"]

        self._wait(lambda: not form.busy and issues())
        issue = issues()[0]
        self._place.shell.open_record("stock.issue", issue)
        page = self._page("stock.issue", issue)
        self._wait(lambda: not page.busy and page.record is not None)
        self._picture("stock_issue")
        page.act("post")
        self._wait(lambda: not page.busy and page.record.state == "posted")
        page.act("note")
        self._wait(lambda: self._current().entity == "delivery.note")
        settle()
        self._picture("delivery_note")
        record = self._current().record
        assert record is not None
        return record

    def _documents(self, note: int) -> None:
        from printing.delivery_note import delivery_note
        from printing.excel import render_excel
        from printing.paper import A4
        from printing.pdf import render_pdf
        from printing.word import render_word
        from services.delivery.queries import read_note
        from widgets.delivery.print_data import delivery_note_data

        with self.opened.database.read_session() as session:
            record = read_note(session, note)
        document = delivery_note(delivery_note_data(record, self.opened.dictionary))
        self.facts["note"] = record.number
        for suffix, made in (
            ("pdf", render_pdf(document, A4)),
            ("docx", render_word(document)),
            ("xlsx", render_excel(document)),
        ):
            self._path(f"delivery_note_{record.number}", suffix).write_bytes(made)

    # hands

    def _new(self, entity: str, values: dict[str, Any] | None) -> QWidget:
        self._place.shell.new_record(entity, values)
        settle()
        key = self._current()
        page = self._window.workspace.page(key)
        if page is None:
            raise ShukeError(mark("A page of the demonstration could not be opened: {page}"), page=entity)
        return page

    def _page(self, entity: str, record: int) -> Any:
        key = PageKey(entity, "record", record)
        if self._window.workspace.current() != key:
            self._window.open(key)
            settle()
        return self._window.workspace.page(key)

    def _current(self) -> PageKey:
        key = self._window.workspace.current()
        assert key is not None
        return key

    def _type(self, text: str) -> None:
        self._wait(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
        line = QApplication.focusWidget()
        assert line is not None
        QTest.keyClicks(line, text)

    def _key(self, key: Qt.Key) -> None:
        focus = QApplication.focusWidget()
        if focus is not None:
            QTest.keyClick(focus, key)

    def _wait(self, condition: Callable[[], object]) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > ends:
                said = [message.text for message in self._window.messages.messages]
                page = self._window.workspace.page(self._current())
                bar = getattr(page, "messages", None)
                said += [message.text for message in bar.messages] if bar is not None else []
                raise ShukeError(
                    mark("The demonstration stuck at {page}: {said}"),
                    page=self._current().entity,
                    said="; ".join(said),
                )
            QTest.qWait(20)

    def _path(self, name: str, suffix: str) -> Path:
        path = self.folder / f"{len(self.written) + 1:02d}_{name}.{suffix}"
        self.written.append(path)
        return path

    def _picture(self, name: str) -> None:
        settle()
        self._window.grab().save(str(self._path(name, "png")))
