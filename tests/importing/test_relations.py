"""Relations from files: opened with invitations, changed, refused one by one."""

from pathlib import Path

from app import database
from app.importing.relations import Relations
from app.network.accept_invitation import Proof, accept_invitation
from tests.importing.files import csv_file, imported, place_of
from tests.worlds import World, new_login, new_person, open_world, party_of, registration_code

HEADER = [
    "客户编码",
    "公司名称",
    "统一社会信用代码",
    "地区",
    "含税方式",
    "结算方式",
    "账期",
    "起订金额",
    "负责人",
    "手机号",
]


async def relations(world: World) -> dict[str, tuple[object, ...]]:
    found = await database.rows(
        "SELECT r.customer_code, c.name, r.level, r.region_id, r.tax_mode, r.funding, r.net_days, "
        "r.order_minimum_minor, r.version FROM trade_relation r JOIN company c ON c.id = r.buyer_id "
        "WHERE r.network_id = $1 ORDER BY r.customer_code",
        world.network_id,
    )
    return {row["customer_code"]: tuple(row.values())[1:] for row in found}


async def test_buyers_are_opened_invited_and_again_change_nothing(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await world.regions()
    login = new_login("boss")
    rows = [
        HEADER,
        ["D001", "广州涂料", "", "4401", "含税", "授信", "45", "1,000.50", "王老板", login],
        ["D002", "佛山建材", "", "4406", "未税", "预存款", "", "", "", ""],
    ]
    path = csv_file(tmp_path, rows)
    done = await imported(Relations, path, place_of(world))
    assert done.counts == (2, 0, 0), done.lines
    assert await relations(world) == {
        "D001": ("广州涂料", 1, "4401", "included", "credit", 45, 100050, 1),
        "D002": ("佛山建材", 1, "4406", "excluded", "prepayment", 30, None, 1),
    }
    code = done.lines[0]["invitation_code"]
    await accept_invitation(code=code, proof=Proof(person=await new_person("王老板", login)))
    assert (await party_of("广州涂料", login)).viewer.company_name == "广州涂料"
    assert done.lines[1]["invitation_code"] == ""
    assert (await imported(Relations, path, place_of(world))).counts == (0, 2, 0)
    assert (await relations(world))["D001"][-1] == 1


async def test_only_said_terms_change(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await imported(
        Relations,
        csv_file(tmp_path, [["customer_code", "company", "net_days", "order_minimum"], ["D1", "Dealer", "60", "99"]]),
        place_of(world),
    )
    change = csv_file(tmp_path, [["customer_code", "funding", "order_minimum"], ["D1", "prepayment", ""]])
    assert (await imported(Relations, change, place_of(world))).counts == (1, 0, 0)
    assert await relations(world) == {"D1": ("Dealer", 1, None, "included", "prepayment", 60, None, 2)}


async def test_each_wrong_row_is_refused_alone(database: str, tmp_path: Path) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer", customer_code="D0")
    outlet = await world.buyer(dealer, "Outlet")
    outlet_code, brand_code = await registration_code(outlet), await registration_code(world.brand)
    rows = [
        ["customer_code", "company", "registration_code", "region", "net_days", "currency"],
        ["D1", "", "", "", "", ""],
        ["D2", "Two", "", "MARS", "", ""],
        ["D3", "Three", "", "", "1.5", ""],
        ["D4", "Four", "", "", "", "XXX"],
        ["", "Five", "", "", "", ""],
        ["D0", "Another name", "", "", "", ""],
        ["D6", "Outlet", outlet_code, "", "", ""],
        ["D7", "Brand", brand_code, "", "", ""],
        ["D8", "Eight", "", "", "", ""],
    ]
    done = await imported(Relations, csv_file(tmp_path, rows), place_of(world))
    assert [done.of(row) for row in range(2, 11)] == [
        ("refused", "company"),
        ("refused", "region"),
        ("refused", "net_days"),
        ("refused", "currency"),
        ("refused", "customer_code"),
        ("refused", "company"),
        ("applied", ""),
        ("refused", "registration_code"),
        ("applied", ""),
    ]
    assert list(await relations(world)) == ["D0", "D6", "D8", None]
    upward = csv_file(tmp_path, [["registration_code", "company"], [brand_code, "Brand"]])
    circle = await imported(Relations, upward, place_of(world, outlet))
    assert circle.of(2) == ("refused", "registration_code")
    assert "circle" in circle.message(2)
