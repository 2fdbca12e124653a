"""Regions, ship-to addresses and territories: mutations."""

from typing import Annotated

import strawberry

from app.kernel.text import optional_text, text
from app.network import places
from app.network.approve_ship_to import approve_ship_to
from app.network.grant_territory import grant_territory, revoke_territory
from app.network.roles import Permission
from app.network.rules import NewRegion
from app.network.save_regions import save_regions
from app.network.save_ship_to import ShipToFields, save_ship_to
from schema.access import access
from schema.context import Info
from schema.network.refusals import TerritoryTaken
from schema.network.types import ShipTo, Territory
from schema.refusals import ChangedMeanwhile, KeyReused
from schema.scalars import uuid_of


@strawberry.input(description="A region.")
class RegionInput:
    """See `app.network.rules.NewRegion`."""

    code: str = strawberry.field(description="Its code, without a slash.")
    parent_code: str | None = strawberry.field(default=None, description="The region around it, saved or in this list.")
    name_zh: str = strawberry.field(description="Its Chinese name.")
    name_en: str = strawberry.field(description="Its English name.")

    def read(self, position: int) -> NewRegion:
        field = f"regions.{position}"
        return NewRegion(
            text(f"{field}.code", self.code, 20),
            optional_text(f"{field}.parentCode", self.parent_code, 20),
            text(f"{field}.nameZh", self.name_zh, 120),
            text(f"{field}.nameEn", self.name_en, 120),
        )


@strawberry.input(description="Regions to save.")
class SaveRegionsInput:
    """Input of `saveRegions`."""

    regions: list[RegionInput] = strawberry.field(description="At most 5,000, in any order.")


@strawberry.input(description="A ship-to address, new or changed.")
class SaveShipToInput:
    """Input of `saveShipTo`."""

    client_key: str = strawberry.field(description="Same key and input: same address.")
    id: strawberry.ID | None = strawberry.field(default=None, description="Which to change; null: a new one.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse when somebody changed it after this version."
    )
    name: str = strawberry.field(description="What we call it.")
    contact: str = strawberry.field(description="Who receives there.")
    phone: str = strawberry.field(description="How to reach them.")
    region_code: str | None = strawberry.field(default=None, description="Where it is; a saved region.")
    address: str = strawberry.field(description="Street and house.")
    is_open: bool = strawberry.field(default=True, description="False: it can no longer be ordered to.")

    def read(self) -> ShipToFields:
        return ShipToFields(
            name=text("name", self.name, 200),
            contact=text("contact", self.contact, 120),
            phone=text("phone", self.phone, 40),
            region_code=optional_text("regionCode", self.region_code, 20),
            address=text("address", self.address, 400),
            is_open=self.is_open,
        )


@strawberry.input(description="An approval of an address, or its end.")
class ApproveShipToInput:
    """Input of `approveShipTo`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    relation_id: strawberry.ID = strawberry.field(description="A relation in which I sell.")
    ship_to_id: strawberry.ID = strawberry.field(description="An address of its buyer.")
    approved: bool = strawberry.field(default=True, description="False: no longer.")


@strawberry.input(description="A territory for a company.")
class GrantTerritoryInput:
    """Input of `grantTerritory`."""

    client_key: str = strawberry.field(description="Same key and input: same territory.")
    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    company_id: strawberry.ID = strawberry.field(description="A company that buys in it.")
    region_code: str = strawberry.field(description="Where, with all regions inside.")
    exclusive: bool = strawberry.field(default=False, description="Nobody else may sell there.")


@strawberry.input(description="A territory to take back.")
class RevokeTerritoryInput:
    """Input of `revokeTerritory`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    territory_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.type(description="The regions are saved.")
class RegionsSaved:
    """Result of `saveRegions`."""

    added: int = strawberry.field(description="How many were new; known ones stay as they are.")


@strawberry.type(description="The territory was taken back.")
class TerritoryRevoked:
    """Result of `revokeTerritory`."""

    territory_id: strawberry.ID = strawberry.field(description="Which it was.")


SaveShipToResult = Annotated[ShipTo | ChangedMeanwhile | KeyReused, strawberry.union("SaveShipToResult")]
ApproveShipToResult = Annotated[ShipTo | KeyReused, strawberry.union("ApproveShipToResult")]
GrantTerritoryResult = Annotated[Territory | TerritoryTaken | KeyReused, strawberry.union("GrantTerritoryResult")]
RevokeTerritoryResult = Annotated[TerritoryRevoked | KeyReused, strawberry.union("RevokeTerritoryResult")]


@strawberry.type
class PlaceMutations:
    """Mutations on places."""

    @strawberry.mutation(description="Save administrative regions; for brands. Saving again changes nothing.")
    @access(Permission.RELATION_MANAGE)
    async def save_regions(self, info: Info, input: SaveRegionsInput) -> RegionsSaved | None:
        regions = [one.read(position) for position, one in enumerate(input.regions)]
        return RegionsSaved(added=await save_regions(info.context.viewer, regions=regions))

    @strawberry.mutation(description="Save an address of my company.")
    @access(Permission.SHIP_TO_MANAGE)
    async def save_ship_to(self, info: Info, input: SaveShipToInput) -> SaveShipToResult | None:
        viewer = info.context.viewer
        ship_to_id = await save_ship_to(
            viewer,
            client_key=input.client_key,
            fields=input.read(),
            ship_to_id=uuid_of(input.id, "ship-to address") if input.id else None,
            expected_version=input.expected_version,
        )
        return ShipTo.of(await places.ship_to(viewer, ship_to_id), info.context.locale)

    @strawberry.mutation(description="Accept to deliver to an address of a buyer, or no longer.")
    @access(Permission.RELATION_MANAGE)
    async def approve_ship_to(self, info: Info, input: ApproveShipToInput) -> ApproveShipToResult | None:
        viewer = info.context.viewer
        relation_id = uuid_of(input.relation_id, "relation")
        ship_to_id = await approve_ship_to(
            viewer,
            client_key=input.client_key,
            relation_id=relation_id,
            ship_to_id=uuid_of(input.ship_to_id, "ship-to address"),
            approved=input.approved,
        )
        return ShipTo.of(await places.ship_to(viewer, ship_to_id, relation_id), info.context.locale)

    @strawberry.mutation(description="Say where a company of my brand's network may sell.")
    @access(Permission.RELATION_MANAGE)
    async def grant_territory(self, info: Info, input: GrantTerritoryInput) -> GrantTerritoryResult | None:
        viewer = info.context.viewer
        territory_id = await grant_territory(
            viewer,
            client_key=input.client_key,
            network_id=uuid_of(input.network_id, "network"),
            company_id=uuid_of(input.company_id, "company"),
            region_code=text("regionCode", input.region_code, 20),
            exclusive=input.exclusive,
        )
        return Territory.of(await places.territory(viewer, territory_id), info.context.locale)

    @strawberry.mutation(description="Take a territory back.")
    @access(Permission.RELATION_MANAGE)
    async def revoke_territory(self, info: Info, input: RevokeTerritoryInput) -> RevokeTerritoryResult | None:
        territory_id = await revoke_territory(
            info.context.viewer,
            client_key=input.client_key,
            grant_id=uuid_of(input.territory_id, "territory"),
        )
        return TerritoryRevoked(territory_id=strawberry.ID(str(territory_id)))
