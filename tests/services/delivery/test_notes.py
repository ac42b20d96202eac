"""Delivery notes: made from issues, ahead of them too; typed; stepped; counted when printed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.delivery.commands import NoteInput, make_note, save_note, step_note
from services.delivery.queries import read_note
from services.errors import Invalid, NotAvailable, Refused
from services.prints import count_print
from services.stock.commands import post_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade


@pytest.fixture
def trade(company: Company) -> Trade:
    made = open_trade(company)
    made.receive(100, 100)
    return made


def issue_of(trade: Trade, *quantities: int) -> int:
    order = trade.order(*quantities, consignee="单雄", delivery_address="重庆市九龙坡区石坪桥横街69号")
    return trade.ask(list(zip(trade.lines(order), quantities, strict=True)))


@pytest.mark.req("DLV-03")
def test_from_the_issue_to_the_signature(trade: Trade) -> None:
    issue = issue_of(trade, 10, 5)
    trade.keeper.write(post_issue, issue_id=issue, counted=[(trade.issue_lines(issue)[0], Decimal(8))])
    note = trade.keeper.write(make_note, issue_id=issue, way="delivery_way.express").id
    with pytest.raises(Refused):
        trade.keeper.write(make_note, issue_id=issue)
    with trade.keeper.read_session() as session:
        found = read_note(session, note)
    assert (found.state, found.consignee, found.customer) == ("to_ship", "单雄", "重庆长宏机电有限公司")
    assert [(line.product, line.quantity, line.amount) for line in found.lines] == [
        ("不锈钢球阀", 8, Decimal("352.00")),
        ("法兰", 5, Decimal("220.00")),
    ]
    assert found.sender.name.endswith("公司") and found.issue_id == issue
    typed = NoteInput(
        "单雄",
        "13800138000",
        "重庆市九龙坡区",
        "delivery_way.express",
        "德邦物流",
        "DPK2026",
        Decimal("35.5"),
        "customer",
        3,
        Decimal("126.4"),
        "轻放",
    )
    saved = trade.keeper.write(save_note, note_id=note, version=found.version, note=typed)
    with pytest.raises(Refused):
        trade.keeper.write(save_note, note_id=note, version=found.version, note=typed)
    for step in ("signed", "to_ship", "to_issue"):
        with pytest.raises(Refused):
            trade.keeper.write(step_note, note_id=note, to=step)
    trade.keeper.write(step_note, note_id=note, to="shipped")
    assert trade.keeper.write(count_print, entity="delivery.note", record_id=note).result["print_count"] == 1
    trade.keeper.write(step_note, note_id=note, to="signed", signed_by="陈工")
    assert trade.keeper.write(count_print, entity="delivery.note", record_id=note).result["print_count"] == 2
    with trade.seller.read_session() as session:
        end = read_note(session, note)
    assert (end.state, end.signed_by, end.carrier, end.freight, end.parcels) == (
        "signed",
        "陈工",
        "德邦物流",
        Decimal("35.50"),
        3,
    )
    assert end.version > saved.result["version"] and end.signed_at is not None
    with pytest.raises(Refused):
        trade.keeper.write(save_note, note_id=note, version=end.version, note=NoteInput())


@pytest.mark.req("DLV-03")
def test_a_note_made_ahead_waits_for_the_keeper(trade: Trade) -> None:
    issue = issue_of(trade, 10)
    note = trade.keeper.write(make_note, issue_id=issue).id
    with trade.keeper.read_session() as session:
        found = read_note(session, note)
    assert (found.state, found.lines, found.issue_number) == ("to_issue", (), "")
    for step in ("shipped", "to_ship"):
        with pytest.raises(Refused):
            trade.keeper.write(step_note, note_id=note, to=step)
    number = trade.keeper.write(
        post_issue, issue_id=issue, counted=[(trade.issue_lines(issue)[0], Decimal(9))]
    ).result
    with trade.keeper.read_session() as session:
        found = read_note(session, note)
    assert (found.state, found.issue_number) == ("to_ship", number["number"])
    assert [line.quantity for line in found.lines] == [9]
    trade.keeper.write(step_note, note_id=note, to="cancelled")
    assert trade.keeper.write(make_note, issue_id=issue).id != note


def test_who_may_not(trade: Trade) -> None:
    issue = issue_of(trade, 1)
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    with pytest.raises(Refused):
        trade.seller.write(make_note, issue_id=issue)
    with pytest.raises(NotAvailable):
        trade.company.as_("keeper2").write(make_note, issue_id=issue)
    note = trade.keeper.write(make_note, issue_id=issue).id
    with trade.company.as_("sales5").read_session() as session, pytest.raises(NotAvailable):
        read_note(session, note)
    for wrong in (NoteInput(freight=Decimal(-1)), NoteInput(parcels=-1), NoteInput(weight=Decimal(-1))):
        with pytest.raises(Invalid):
            trade.keeper.write(save_note, note_id=note, version=1, note=wrong)
