"""Every kind of fact that the mall tells reaches those who may hear of it, with its object, and nobody else."""

import importlib
from decimal import Decimal
from pathlib import Path

import pytest

from app.catalog.inputs import ListingInput
from app.catalog.save_listing import save_listings
from app.communication.events import InboxChanged
from app.fulfilment.ship import ship_order
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput
from app.kernel.outbox import Fact
from app.leads.contact import Contact
from app.leads.submit import NewLead, submit_lead
from app.network.change_relation import suspend_relation
from app.network.roles import Role
from app.ordering.confirm import confirm_order
from app.papers.events import ExportProgressed
from app.pricing.inputs import PriceListInput
from app.pricing.save_price_list import save_price_list
from schema.event_types import KINDS
from tests.api import Api
from tests.live.trade import publish_everything
from tests.ordering.market import Market, open_market
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

SINCE = """query($after: Cursor) { eventsSince(after: $after, first: 100) { ... on EventPage { cursor nodes { event {
    __typename
    ... on Change { what version }
    ... on OrderChanged { order { id version } }
    ... on ChannelOrderChanged { channelOrder { id version } }
    ... on ShipmentProgressed { shipment { id version } }
    ... on LeadChanged { lead { id version } }
    ... on AccountChanged { relation { id } }
    ... on RelationChanged { relation { id version } }
    ... on MemberChanged { member { id version } }
    ... on ListingChanged { listing { id sku { code } } }
    ... on PricesChanged { priceList { id version } }
    ... on StockChanged { stock { id onHand sku { code } } } } } } } }"""


def test_no_kind_of_fact_is_without_its_type() -> None:
    for path in Path(importlib.import_module("app").__path__[0]).glob("*/events.py"):
        importlib.import_module(f"app.{path.parent.name}.events")
    told = {kind.kind for kind in Fact.__subclasses__() if kind.__module__.startswith("app.")}
    assert told == {*KINDS, InboxChanged.kind, ExportProgressed.kind}  # followed by the member alone whose they are


async def everything(market: Market) -> None:
    """One fact of every kind, at least."""
    seller, network_id = market.seller.viewer, market.world.network_id
    paint = await market.sku("PAINT", stock="50")
    code = await market.warehouse_code()
    stock = [StockInput(code, "PAINT", delta=Decimal(5))]
    await adjust_stock(seller, network_id=network_id, items=stock, client_key=new_key())
    await save_listings(
        seller, network_id=network_id, items=[ListingInput("PAINT", minimum=Decimal(2))], client_key=new_key()
    )
    new_list = PriceListInput("SPRING", "Spring", "CNY")
    await save_price_list(seller, network_id=network_id, said=new_list, client_key=new_key())
    order_id = await market.place([(paint, "5")])
    await confirm_order(seller, order_id=order_id, client_key=new_key())
    await ship_order(seller, order_id=order_id, lines=None, carrier=None, tracking_number=None, client_key=new_key())
    await market.world.member(market.seller, [Role.FINANCE])
    lead = NewLead("fair", Contact.checked("Li", "13800138000", None))
    await submit_lead(market.world.brand.viewer, network_id=network_id, said=lead, client_key=new_key())
    await suspend_relation(seller, client_key=new_key(), relation_id=market.relation_id)


async def test_each_company_hears_what_concerns_it() -> None:
    api, market = Api(), await open_market(levels=2)
    stranger = await market.world.buyer(market.world.brand, "Sibling")
    await publish_everything()
    start = (await api.data(stranger, SINCE))["cursor"]
    await everything(market)
    await publish_everything()

    async def heard(party: Party) -> set[tuple[str, str]]:
        nodes = (await api.data(party, SINCE, after=start))["nodes"]
        return {(node["event"]["__typename"], node["event"]["what"]) for node in nodes}

    both = {
        ("OrderChanged", "placed"),
        ("OrderChanged", "confirmed"),
        ("OrderChanged", "shipped"),
        ("ShipmentProgressed", "shipped"),
        ("AccountChanged", "held"),
        ("AccountChanged", "posted"),
        ("RelationChanged", "suspended"),
    }
    assert await heard(market.buyer) == both
    assert await heard(market.seller) == both | {
        ("ListingChanged", "changed"),
        ("PricesChanged", "saved"),
        ("StockChanged", "adjustment"),
        ("MemberChanged", "joined"),
    }
    assert await heard(market.world.brand) == {
        ("ChannelOrderChanged", "placed"),
        ("ChannelOrderChanged", "confirmed"),
        ("ChannelOrderChanged", "shipped"),
        ("LeadChanged", "pooled"),
    }
    assert await heard(stranger) == set()
