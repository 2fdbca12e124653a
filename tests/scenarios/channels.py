"""Two brands' channels for looking at from every side: who is there, and what belongs to whom, by name.

    Iris ─→ Guangdong ─→ Foshan ─→ Corner         (brand, dealer, sub-dealer, outlet)
      └───→ Shared ←─── Onyx                      (a dealer of two brands)
    Stranger                                      (a brand with nobody)

Along every arrow there was an order, confirmed, shipped in two parts and signed for. Iris has two channel managers, one
for Guangdong and one for Shared, and a clerk who is suspended. Its SKU SECRET is shown to Shared alone.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.api import Api
from tests.scenarios.people import Person
from tests.scenarios.trade import PRICES, fulfil, lend, open_brand, place, save_product, set_up_shop, take_on
from tests.worlds import PASSWORD, new_login

PARTIES = ("Iris", "Onyx", "Guangdong", "Shared", "Foshan", "Corner", "Stranger")
MANAGERS = ("manager of Guangdong", "manager of Shared")


@dataclass(frozen=True, slots=True)
class Trade:
    """What lies along one arrow."""

    seller: str
    buyer: str
    relation_id: str
    order_id: str
    number: str
    shipment_ids: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.seller}>{self.buyer}"


@dataclass(slots=True)
class Channels:
    """People by name, trades by arrow."""

    api: Api
    people: dict[str, Person] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    trades: dict[str, Trade] = field(default_factory=dict)

    async def trade(self, seller: str, buyer: str, relation_id: str) -> None:
        """Lend, order and fulfil."""
        here, there = self.people[seller], self.people[buyer]
        await lend(here, relation_id, None)
        await there.does("saveShipTo", "... on ShipTo { id }", name="Yard", contact="Li", phone="1", address="1 Road")
        order = await place(there, here)
        found = await there.asks("query($id: ID!) { order(id: $id) { number } }", id=order["id"])
        shipments = await fulfil(here, there, order)
        one = Trade(seller, buyer, relation_id, order["id"], found["number"], tuple(shipments))
        self.trades[one.name] = one

    async def member(self, company: str, name: str, **said: Any) -> Person:
        """Invite somebody into a company, who accepts and logs in."""
        login = new_login(name)
        invited = await self.people[company].does(
            "inviteMember", "... on Invitation { invitationCode }", name=name, login=login, **said
        )
        password = {"login": login, "password": PASSWORD, "isNew": True, "name": name}
        accepted = await Person(self.api, "nobody").does(
            "acceptInvitation", "... on Session { id }", code=invited["invitationCode"], password=password
        )
        assert accepted["__typename"] == "Session", accepted
        self.people[name] = await Person.log_in(self.api, login)
        return self.people[name]


async def open_channels() -> Channels:
    here = Channels(Api())
    people = here.people
    for brand in ("Iris", "Onyx", "Stranger"):
        people[brand], here.networks[brand] = await open_brand(here.api, brand)
    iris, onyx = here.networks["Iris"], here.networks["Onyx"]

    people["Guangdong"], guangdong = await take_on(people["Iris"], iris, "Guangdong")
    code = new_login("SHARED").upper()[:30]
    people["Shared"], shared = await take_on(people["Iris"], iris, "Shared", code=code)
    people["Foshan"], foshan = await take_on(people["Guangdong"], iris, "Foshan")
    people["Corner"], corner = await take_on(people["Foshan"], iris, "Corner")
    second = await people["Onyx"].does(
        "openRelation",
        "... on RelationOpened { relation { id } }",
        networkId=onyx,
        buyer={"registrationCode": code},
    )

    for seller in ("Iris", "Guangdong", "Foshan"):
        await set_up_shop(people[seller], iris, PRICES)
    await set_up_shop(people["Onyx"], onyx, PRICES)
    await here.trade("Iris", "Guangdong", guangdong)
    await here.trade("Iris", "Shared", shared)
    await here.trade("Guangdong", "Foshan", foshan)
    await here.trade("Foshan", "Corner", corner)
    await here.trade("Onyx", "Shared", second["relation"]["id"])

    await here.member("Iris", MANAGERS[0], roles=["CHANNEL_MANAGER"], scope={"relationIds": [guangdong]})
    await here.member("Iris", MANAGERS[1], roles=["CHANNEL_MANAGER"], scope={"relationIds": [shared]})
    clerk = await here.member("Iris", "suspended clerk", roles=["ORDER_CLERK"])
    member = await clerk.asks("{ viewer { member { id } } }")
    suspended = await people["Iris"].does("suspendMember", "... on Member { status }", memberId=member["member"]["id"])
    assert suspended["status"] == "SUSPENDED", suspended
    await hide_a_secret(people["Iris"], iris, shared)
    return here


async def hide_a_secret(brand: Person, network_id: str, relation_id: str) -> None:
    """A SKU with price and stock, listed for one relation alone."""
    sku = {"code": "SECRET-1L", "nameZh": "机密乳胶漆", "baseUnit": "tin", "taxClass": "vat13"}
    await save_product(brand, network_id, "SECRET", "机密乳胶漆", [sku])
    listed = await brand.does(
        "saveListings",
        "... on ListingsSaved { listings { id } }",
        networkId=network_id,
        listings=[{"sku": "SECRET-1L"}],
    )
    (listing,) = listed["listings"]
    shown = await brand.does(
        "restrictListing", "... on Listing { shownTo }", listingId=listing["id"], relationIds=[relation_id]
    )
    assert shown["shownTo"] == 1
    stock = [{"warehouse": "MAIN", "sku": "SECRET-1L", "onHand": "50", "reason": "RECEIPT"}]
    await brand.does("adjustStock", "... on StockAdjusted { changed }", networkId=network_id, stock=stock)
    lists = await brand.asks("{ backoffice { priceLists { edges { node { id } } } } }")
    (price_list,) = (edge["node"]["id"] for edge in lists["priceLists"]["edges"])
    prices = [{"sku": "SECRET-1L", "unitPrice": "99.00"}]
    await brand.does("setPrices", "... on PricesSet { created }", priceListId=price_list, prices=prices)
