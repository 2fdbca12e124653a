"""What papers tell."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.act import Work
from app.kernel.outbox import Fact
from app.network.events import NO_NETWORK


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportProgressed(Fact):
    """`what`: asked, begun, progressed, put_back, finished, failed, cancelled. Heard by the member alone who asked:
    the audience is the membership, no company."""

    kind: ClassVar[str] = "export"


def tell_export(work: Work, *, membership_id: UUID, export_id: UUID, version: int, what: str) -> None:
    """Tell the member."""
    work.tell(
        ExportProgressed(
            network_id=NO_NETWORK, subject_id=export_id, version=version, what=what, audience=(membership_id,)
        )
    )
