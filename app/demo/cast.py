"""Who is on the stage while the story is told."""

from dataclasses import dataclass, field
from uuid import UUID

from app import database
from app.demo.catalogue import CURRENCY
from app.kernel.money import Money
from app.network.log_in import log_in
from app.network.queries import read_viewer
from app.network.viewer import Viewer


@dataclass(slots=True)
class Cast:
    """Owners by company key, their colleagues by login, and their companies' relations."""

    password_hash: str
    owners: dict[str, Viewer] = field(default_factory=dict)
    colleagues: dict[str, Viewer] = field(default_factory=dict)
    networks: dict[str, UUID] = field(default_factory=dict)  # by company key; the outlet of both brands: its first
    relations: dict[tuple[str, str], UUID] = field(default_factory=dict)


async def enter(login: str) -> Viewer:
    """Log in as somebody of the story."""
    person = await database.row("SELECT id FROM person WHERE login = $1", login)
    assert person is not None
    tokens = await log_in(person_id=person["id"], company_id=None)
    viewer = await read_viewer(tokens.session_id, tokens.membership_id)
    assert viewer is not None
    return viewer


def minor(yuan: str) -> int:
    """Yuan in fen."""
    return Money.parse(yuan, CURRENCY).minor
