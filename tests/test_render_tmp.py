import os
from PySide6.QtWidgets import QApplication
from tests.conftest import *
from tests.widgets.organisation.conftest import settle
from tests.factories.forms import client_of
from tests.services.test_visibility import customer_of, user_id
from services.registry import ENTITIES
from widgets.base.language import switch_language
from widgets.base.style import apply_style
def test_render(company, qtbot):
    app=QApplication.instance()
    from services.organisation import commands
    from services import records
    from services.session import log_in
    c=customer_of(company,"sales1")
    s=company.as_("sales1"); log_in(s); log_in(company.as_("lead1"))
    E=ENTITIES["customers.customer"]
    s.write(records.update_record, entity=E, record_id=c, version=1, values={"phone":"023-111","category":"customer_category.vip"})
    s.write(records.update_record, entity=E, record_id=c, version=2, values={"phone":"023-222","remark":"搬家了"})
    s.write(commands.share_records, entity="customers.customer", ids=[c], users=[user_id(company,"sales5")])
    cl=client_of(company.as_("boss"), ENTITIES)
    from widgets.organisation.users_page import UsersPage
    from widgets.organisation.roles_page import RolesPage
    from widgets.organisation.positions_page import PositionsPage
    from widgets.organisation.branches_page import BranchesPage
    from widgets.organisation.sessions_page import SessionsPage
    from widgets.organisation.personal_page import PersonalPage
    from widgets.system.history_page import HistoryPage
    from widgets.base.record_history import RecordHistory
    from widgets.base.share_dialog import ShareDialog
    from widgets.base.transfer_dialog import TransferDialog
    from widgets.base.why_dialog import WhyDialog
    made={}
    for lang,style in (("zh_CN","light"),("en","dark")):
        switch_language(app, lang); apply_style(app, style, 13)
        for name,make in dict(users=lambda:UsersPage(cl), roles=lambda:RolesPage(cl), positions=lambda:PositionsPage(cl), branches=lambda:BranchesPage(cl), sessions=lambda:SessionsPage(cl), personal=lambda:PersonalPage(cl), history=lambda:HistoryPage(cl), record=lambda:RecordHistory(cl,E,c), share=lambda:ShareDialog(cl,E,[c]), transfer=lambda:TransferDialog(cl,E,[c]), why=lambda:WhyDialog(cl,E,c)).items():
            w=make(); qtbot.addWidget(w)
            if name not in("share","transfer","why"): w.resize(1240,800)
            w.show(); settle(qtbot); qtbot.wait(60)
            if name=="history": w.tree.expandAll()
            w.grab().save(f"/tmp/org_{name}_{lang}.png"); w.close()
