"""What the ledger tells."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Fact):
    """A buyer's account with a seller moved; `what` is held, released, posted, received or credit_line_set.

    The subject is the trade relation, the audience its two parties. Accounts have no version of their own (0): an
    observer reads the account again.
    """

    kind: ClassVar[str] = "account"
