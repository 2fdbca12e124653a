"""Every root field says who may ask, the page about it is current, and the doors hold."""

from pathlib import Path

import pytest

from app.network.roles import GRANTS, Permission, Role
from schema.access import ANYBODY, MEMBER, access, as_markdown, declared
from schema.build import build_schema
from schema.context import Info
from tests.api import Api
from tests.worlds import open_world

PAGE = Path(__file__).parents[2] / "docs" / "access.md"


def test_every_root_field_declares_who_may_ask() -> None:
    silent = [name for name, allowed in declared(build_schema()).items() if allowed is None]
    assert silent == []


def test_only_these_fields_need_no_log_in() -> None:
    open_doors = {name for name, allowed in declared(build_schema()).items() if allowed == (ANYBODY,)}
    assert open_doors == {
        "Mutation.acceptInvitation",
        "Mutation.logIn",
        "Mutation.logInWithWeChat",
        "Mutation.openNetwork",
        "Mutation.refreshSession",
    }


def test_the_page_says_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(build_schema()), "run `make schema`"


def test_a_role_grants_nothing_unknown() -> None:
    assert set(GRANTS) == set(Role)
    assert set().union(*GRANTS.values()) == set(Permission)


def test_a_guarded_resolver_must_take_info() -> None:
    with pytest.raises(TypeError, match="must take `info`"):

        @access(MEMBER)
        async def blind() -> None: ...

    with pytest.raises(TypeError, match="say ANYBODY"):
        access(ANYBODY, Permission.ORDER_READ)

    @access(MEMBER)
    async def seeing(info: Info) -> None: ...


async def test_doors_hold(database: str) -> None:
    api = Api()
    world = await open_world()
    buyer = await world.member(world.brand, [Role.BUYER])
    assert await api.code(None, "{ viewer { locale } }") == "UNAUTHENTICATED"
    assert await api.code(None, "{ viewer { locale } }", token="nonsense") == "UNAUTHENTICATED"
    assert await api.code(buyer, "{ backoffice { networks { id } } }") == "FORBIDDEN"
    answer = await api.data(world.brand, "{ backoffice { networks { id } } }")
    assert answer == {"networks": [{"id": str(world.network_id)}]}
