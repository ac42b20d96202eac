"""Business cards as they come out of chats and scanners."""

from __future__ import annotations

import pytest

from services.customers.card import Card, parse

CARDS = [
    (
        "重庆长宏机电有限公司\n李强  销售经理\n手机：138 0793 0001\n电话：023-68651208 转 8001\n传真：023-68651209\n"
        "邮箱：liqiang@example.com\n网址：www.example.com\n地址：重庆市九龙坡区石坪桥横街69号",
        Card(
            name="李强", title="销售经理", company="重庆长宏机电有限公司", mobile="13807930001",
            phone="023-68651208 转 8001", fax="023-68651209", email="liqiang@example.com",
            website="www.example.com", region="500107", address="石坪桥横街69号",
        ),
    ),
    (
        "单雄信 总经理\n上饶市信成阀门管件有限公司\nMobile: 13907930011  Tel: 0793-8226618\n"
        "E-mail: dxx@example.com.cn\nAdd: 江西省上饶市信州区五三大道128号",
        Card(
            name="单雄信", title="总经理", company="上饶市信成阀门管件有限公司", mobile="13907930011",
            phone="0793-8226618", email="dxx@example.com.cn", region="361102", address="五三大道128号",
        ),
    ),
    (
        "尉迟明\n采购部经理\n江苏泓坤照明科技股份有限公司\n13952110022\nT：0516-87654321\nF：0516-87654322",
        Card(
            name="尉迟明", title="经理", department="采购部", company="江苏泓坤照明科技股份有限公司",
            mobile="13952110022", phone="0516-87654321", fax="0516-87654322",
        ),
    ),
    (
        "欧阳小燕 工程师\n手机/微信：13512345678\n微信: xiaoyan_88\nQQ：12345678\n北京市朝阳区建国路88号现代城5号楼",
        Card(
            name="欧阳小燕", title="工程师", mobile="13512345678", wechat="xiaoyan_88", qq="12345678",
            region="110105", address="建国路88号现代城5号楼",
        ),
    ),
    (
        "姓名：曾静\n职务：会计\n公司：渝中五金城\n电话：13983112210",
        Card(name="曾静", title="会计", company="渝中五金城", mobile="13983112210"),
    ),
    (
        "广东省深圳市南山区科技园南区B栋1203室\n深圳市华讯达电子有限公司\n朱丽 业务员\n"
        "+86 137-1234-5678\nzhuli@example.cn",
        Card(
            name="朱丽", title="业务员", company="深圳市华讯达电子有限公司", mobile="13712345678",
            email="zhuli@example.cn", region="440305", address="科技园南区B栋1203室",
        ),
    ),
    (
        "王 伟\n总监\n成都蜀锦酒店\n热线：400-820-8820\n手机号 13688001122",
        Card(name="王伟", title="总监", company="成都蜀锦酒店", mobile="13688001122", phone="400-820-8820"),
    ),
    (
        "ＣＥＯ\n陈思远\n杭州云帆软件有限责任公司\nＴｅｌ：０５７１－８８８８６６６６\n税号：91330100MA27XXXX1X",
        Card(
            name="陈思远", title="CEO", company="杭州云帆软件有限责任公司", phone="0571-88886666",
            tax_number="91330100MA27XXXX1X",
        ),
    ),
    (
        "覃秀英经理\n永川覃记农资经营部\n地 址：重庆市永川区中山大道中段200号\n邮编：402160\n"
        "13340001111 / 023-49800011",
        Card(
            name="覃秀英", title="经理", company="永川覃记农资经营部", mobile="13340001111",
            phone="023-49800011", region="500118", address="中山大道中段200号",
        ),
    ),
    (
        "Li Wei\nSales Manager\n上海浦江物流集团\nwww.pujiang-logistics.example\nM: 139 1888 6666\nliwei@example.com",
        Card(
            title="Sales Manager", company="上海浦江物流集团", website="www.pujiang-logistics.example",
            mobile="13918886666", email="liwei@example.com",
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "card"), CARDS, ids=[f"card{n}" for n in range(1, 11)])
def test_realistic_cards(text: str, card: Card) -> None:
    assert parse(text) == card


@pytest.mark.parametrize("text", ["", "   \n\n", "2026-11-21", "😀" * 50, ":" * 40, "a" * 5000, "电话："])
def test_anything_may_be_pasted(text: str) -> None:
    assert parse(text).mobile == ""
