"""Open a network: the brand's company, its first owner and the network itself, in one act."""

import hashlib
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.kernel.act import Work, act
from app.kernel.client_key import same_request
from app.kernel.ids import uuid7
from app.kernel.money import exponent_of
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.network.refusals import RegistrationClosed
from app.network.register import add_company, add_member, add_person
from app.network.roles import Role
from app.network.rules import NewCompany, NewPerson
from app.settings import settings

_NETWORK = "INSERT INTO network (id, name, brand_id, currency, time_zone, created_at) VALUES ($1, $2, $3, $4, $5, $6)"


@act
async def open_network(
    work: Work, *, client_key: str, name: str, currency: str, time_zone: str, brand: NewCompany, owner: NewPerson
) -> UUID:
    """The id of the new network. Nobody is logged in yet, so the client key counts per login of the first owner.

    Refuses with RegistrationClosed unless the operator opened the door, LoginTaken, CompanyExists.
    """
    require_open_registration()
    exponent_of(currency)
    _check_zone(time_zone)
    network_id = uuid7()
    nobody = UUID(bytes=hashlib.sha256((owner.login or "").encode()).digest()[:16])
    said = [name, currency, time_zone, brand.name, brand.registration_code, brand.region_code, owner.name, owner.login]
    earlier = await same_request(
        work, company_id=nobody, member_id=nobody, act="openNetwork", key=client_key, said=said, answer_id=network_id
    )
    if earlier:
        return earlier
    person_id = await add_person(work, owner)
    company_id = await add_company(work, brand)
    await add_member(work, person_id=person_id, company_id=company_id, roles=[Role.OWNER])
    await work.run(_NETWORK, network_id, name, company_id, currency, time_zone, work.now)
    return network_id


def require_open_registration() -> None:
    """RegistrationClosed unless the operator opened the door (`TRIBUTARY_REGISTRATION=open`)."""
    if settings().registration != "open":
        raise RegistrationClosed


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(
            "timeZone", name, Said("an IANA time zone, such as Asia/Shanghai", " IANA 时区，例如 Asia/Shanghai")
        ) from None
