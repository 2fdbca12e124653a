"""Refusals that any domain may raise, as types; every other refusal is shown by its own domain's module.

`REFUSALS` maps a Refusal to its type; a mutation names the type in its result union. The `code` never changes, the
`message` is in the reader's language.
"""

import strawberry

from app.kernel import refusal as kernel
from app.kernel.refusal import Refusal


@strawberry.interface(description="A rule of the trade said no; nothing was changed.")
class Refused:
    """What every refusal says."""

    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="For people, in the reader's language.")


@strawberry.type(description="The client key came with other input before. A new request needs a new key.")
class KeyReused(Refused):
    """See `app.kernel.refusal.KeyReused`."""

    key: str = strawberry.field(description="The client key.")


@strawberry.type(description="The document's status does not allow this move.")
class MoveNotAllowed(Refused):
    """See `app.kernel.refusal.MoveNotAllowed`."""

    document: str = strawberry.field(description="The kind of document, such as ORDER or PRICE_LIST.")
    status_now: str = strawberry.field(description="Its status, spelt as in the document's `status`.")
    asked: str = strawberry.field(description="The move that was asked for, spelt as in `allowedActions`.")
    allowed: list[str] = strawberry.field(description="What I may do with it now.")

    @classmethod
    def of(cls, refusal: kernel.MoveNotAllowed, locale: str) -> "MoveNotAllowed":
        """`statusNow`, because a document in the same union has a `status` of an enum, which would conflict."""
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            document=_spelt(refusal.document),
            status_now=_spelt(refusal.status),
            asked=_spelt(refusal.asked),
            allowed=[_spelt(one) for one in refusal.allowed],
        )


def _spelt(code: str) -> str:
    """As the contract's enums spell it: the statuses and actions here are those of `status` and `allowedActions`."""
    return code.replace(" ", "_").upper()


@strawberry.type(description="Somebody changed it after you read it. Read it again.")
class ChangedMeanwhile(Refused):
    """See `app.kernel.refusal.ChangedMeanwhile`."""

    expected_version: int = strawberry.field(description="The version you expected.")
    version: int = strawberry.field(description="Its version now.")


REFUSALS: dict[type[Refusal], type] = {
    kernel.KeyReused: KeyReused,
    kernel.MoveNotAllowed: MoveNotAllowed,
    kernel.ChangedMeanwhile: ChangedMeanwhile,
}
