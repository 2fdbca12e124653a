"""What a load needs to know of the data: ids, and access tokens for members' open sessions."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.network.tokens import access_token


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is logged in."""

    company: UUID
    role: str
    token: str


@dataclass(frozen=True, slots=True)
class World:
    """The brand, its dealers' members and what is sold."""

    brand: UUID
    network: UUID
    owner: Member
    buyers: list[Member]
    approvers: list[Member]
    skus: list[UUID]


async def read_world(url: str) -> World:
    """Read it from the database. The process must hold the mall's secret key: it signs the tokens."""
    connection = await asyncpg.connect(url)
    try:
        network = await connection.fetchrow("SELECT id, brand_id FROM network")
        found = await connection.fetch(
            """SELECT s.id AS session_id, m.id AS membership_id, m.company_id, m.roles[1] AS role
               FROM session s JOIN membership m ON m.id = s.membership_id ORDER BY s.id"""
        )
        skus = await connection.fetch("SELECT id FROM sku ORDER BY id")
    finally:
        await connection.close()
    assert network is not None
    by_role: dict[str, list[Member]] = {}
    for row in found:
        token, _ = access_token(row["session_id"], row["membership_id"])
        by_role.setdefault(row["role"], []).append(Member(row["company_id"], row["role"], token))
    return World(
        brand=network["brand_id"],
        network=network["id"],
        owner=by_role["owner"][0],
        buyers=by_role["buyer"],
        approvers=by_role["approver"],
        skus=[row["id"] for row in skus],
    )
