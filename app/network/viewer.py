"""The viewer: who asks, for which company, with which rights."""

from dataclasses import dataclass, field
from uuid import UUID

from app.kernel.act import Work
from app.kernel.client_key import same_request
from app.kernel.refusal import Forbidden
from app.kernel.wording import Said
from app.network.roles import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member acting for one company. `scope_*` narrow a channel manager; None is every relation or region."""

    session_id: UUID
    person_id: UUID
    membership_id: UUID
    company_id: UUID
    company_name: str
    company_status: str
    roles: frozenset[Role]
    locale: str = "en"
    membership_version: int = 1
    scope_relation_ids: tuple[UUID, ...] | None = None
    scope_region_codes: tuple[str, ...] | None = None
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions_of(self.roles))

    @property
    def scope(self) -> tuple[tuple[UUID, ...] | None, tuple[str, ...] | None]:
        """The two parameters of `app.network.sql.in_scope`."""
        return self.scope_relation_ids, self.scope_region_codes

    def may(self, permission: Permission) -> bool:
        """True when the viewer's roles grant this."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Forbidden when the viewer's roles do not grant this."""
        if permission not in self.permissions:
            raise Forbidden(permission.value)

    def require_no_scope(self, asked: Said) -> None:
        """Raise Forbidden for a channel manager of some relations or regions: this concerns the whole network."""
        if self.scope != (None, None):
            raise Forbidden(Said(f"{asked}, which concerns the whole network", f"{asked.zh}（涉及整个渠道网络）"))

    async def same_request(self, work: Work, act: str, key: str, said: object, answer_id: UUID) -> UUID | None:
        """Claim a client key in the viewer's name: see `app.kernel.client_key.same_request`."""
        return await same_request(
            work,
            company_id=self.company_id,
            member_id=self.membership_id,
            act=act,
            key=key,
            said=said,
            answer_id=answer_id,
        )
