"""Links to files: forged, over, of somebody who lost the right, and where there is no key."""

import asyncio
import base64
from datetime import timedelta

import pytest

from app import database as db
from app.kernel.clock import travel
from app.network.change_member import suspend_member
from app.network.roles import Role
from app.papers.links import FileKind, Link, read_link
from app.papers.press import press
from app.settings import Settings, settings
from tests.api import Api
from tests.ordering.market import open_market
from tests.papers.reading import NOTE, ORDER_PAPER, words
from tests.papers.trade import named_order, shipped
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

GONE = {"en": "This link has expired. Ask for the file again.", "zh": "此链接已过期，请重新获取文件。"}
ABSENT = {"en": "There is no such file. Ask for it again in the mall.", "zh": "文件不存在，请在商城中重新获取。"}


async def test_a_link_is_over_after_its_time() -> None:
    api, market = Api(), await open_market()
    link = await api.data(market.buyer, ORDER_PAPER, id=str(await named_order(market)))
    for language in ("en", "zh"):
        with travel(timedelta(seconds=settings().paper_link_seconds - 5)):
            assert (await api.get(link["url"], language=language)).status_code == 200
        with travel(timedelta(seconds=settings().paper_link_seconds + 1)):
            late = await api.get(link["url"], language=language)
        assert (late.status_code, late.text) == (410, GONE[language])
        assert late.headers["cache-control"] == "private, no-store"


async def test_no_byte_of_a_link_can_be_changed() -> None:
    api, market = Api(), await open_market()
    url = (await api.data(market.buyer, ORDER_PAPER, id=str(await named_order(market))))["url"]
    token = url.removeprefix("/files/")
    signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in range(len(signed)):
        changed = bytearray(signed)
        changed[place] ^= 1
        assert read_link(base64.urlsafe_b64encode(changed).rstrip(b"=").decode()) is None
    assert read_link(token) is not None
    spelt_otherwise = token[:-1] + chr(ord(token[-1]) + 1)
    for forged in ("", "x", token + "A", token[:-2], spelt_otherwise, "一", "A" * 400, f"{token}=", f"{token}%00"):
        for language in ("en", "zh"):
            answer = await api.get(f"/files/{forged}", language=language)
            assert answer.status_code == 404, forged
            if forged:
                assert answer.text == ABSENT[language]


async def test_a_link_dies_with_its_members_right() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    shipment_id = await shipped(market, order_id)
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    paper = (await api.data(clerk, ORDER_PAPER, id=str(order_id)))["url"]
    note = (await api.data(clerk, NOTE, id=str(shipment_id)))["url"]
    await db.rows("UPDATE membership SET roles = '{warehouse}' WHERE id = $1", clerk.viewer.membership_id)
    assert (await api.get(paper)).status_code == 404
    assert "Delivery note" in words((await api.get(note)).content)
    await suspend_member(market.seller.viewer, member_id=clerk.viewer.membership_id, client_key=new_key())
    answer = await api.get(note)
    assert (answer.status_code, answer.text) == (404, ABSENT["en"])


async def test_a_link_of_another_company_or_to_another_kind_leads_nowhere() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    good = read_link((await api.data(market.buyer, ORDER_PAPER, id=str(order_id)))["url"].removeprefix("/files/"))
    assert good is not None
    stranger = await market.world.buyer(market.seller, "Sibling")
    viewer = stranger.viewer
    for link in (
        Link(good.kind, good.document_id, good.company_id, viewer.membership_id, "en", good.expires_at),
        Link(good.kind, good.document_id, viewer.company_id, viewer.membership_id, "en", good.expires_at),
        Link(FileKind.DELIVERY_NOTE, good.document_id, good.company_id, good.membership_id, "en", good.expires_at),
        Link(FileKind.EXPORT, good.document_id, good.company_id, good.membership_id, "en", good.expires_at),
    ):
        assert (await api.get(link.url)).status_code == 404


async def test_without_a_key_no_link_is_made_and_none_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    link = await api.data(market.buyer, ORDER_PAPER, id=str(order_id))
    token = link["url"].removeprefix("/files/")
    closed: Settings = settings().model_copy(update={"secret_key": ""})
    monkeypatch.setattr("app.papers.links.settings", lambda: closed)
    assert (await api.get(link["url"])).status_code == 404
    assert read_link(token) is None
    assert await api.code(market.buyer, ORDER_PAPER, id=str(order_id)) == "FORBIDDEN"


async def test_links_begin_with_the_name_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    named: Settings = settings().model_copy(update={"public_url": "https://mall.example.com/"})
    monkeypatch.setattr("app.papers.links.settings", lambda: named)
    link = await api.data(market.buyer, ORDER_PAPER, id=str(await named_order(market)))
    assert link["url"].startswith("https://mall.example.com/files/")


BUSY = {"en": "The file cannot be made right now. Try again in a moment.", "zh": "暂时无法生成文件，请稍后重试。"}


async def test_too_many_papers_at_once_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    monkeypatch.setattr("app.papers.press.MOST_WAITING", 2)
    link = (await api.data(market.buyer, ORDER_PAPER, id=str(await named_order(market))))["url"]
    async with press._turn:  # nothing is printed for now
        asking = [asyncio.create_task(api.get(link)) for _ in range(3)]
        (refused,), others = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    assert (refused.result().status_code, refused.result().text) == (503, BUSY["en"])
    assert [(await one).status_code for one in others] == [200, 200]
    assert (await api.get(link)).status_code == 200


async def test_a_paper_that_cannot_be_printed_is_no_error_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    link = (await api.data(market.buyer, ORDER_PAPER, id=str(await named_order(market))))["url"]
    with monkeypatch.context() as broken:
        broken.setattr("app.papers.fetch.sales_order", lambda *_: "no paper at all")
        answer = await api.get(link, language="zh")
    assert (answer.status_code, answer.text) == (503, BUSY["zh"])
    assert (await api.get(link)).status_code == 200
