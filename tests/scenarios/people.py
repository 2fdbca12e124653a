"""People at the public API: they log in, ask and act over HTTP, and know nothing but the contract.

anna = await Person.log_in(Api(), "anna@brand.example", PASSWORD)
order = await anna.does("placeOrder", "... on Order { id }", order={...}, expectedTotal="10")
"""

from dataclasses import dataclass
from typing import Any

from tests.api import Api
from tests.worlds import PASSWORD, Party, new_key

# Mutations whose input is not called after them
INPUTS = {
    "logInWithWeChat": "WeChatLogInInput",
    "suspendMember": "MemberActionInput",
    "resumeMember": "MemberActionInput",
    "suspendRelation": "RelationActionInput",
    "resumeRelation": "RelationActionInput",
    "endRelation": "RelationActionInput",
    "refuseOrderChange": "EndOrderChangeInput",
    "withdrawOrderChange": "EndOrderChangeInput",
}
KEYLESS = {"logIn", "logInWithWeChat", "refreshSession", "switchCompany", "logOut", "chooseLanguage", "saveRegions",
           "acceptInvitation"}  # fmt: skip
NOT_REFUSED = {"saveRegions", "logOut", "chooseLanguage"}  # their answer is no union with a refusal


def mutation(name: str, selection: str) -> str:
    """The document of a mutation: its value has `__typename`, what is selected, and the words of a refusal."""
    kind = INPUTS.get(name, name[0].upper() + name[1:] + "Input")
    words = "" if name in NOT_REFUSED else "... on Refused { code message }"
    return f"mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename {selection} {words} }} }}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an access token, or nobody yet."""

    api: Api
    name: str
    token: str | None = None
    company_id: str = ""

    @classmethod
    def of(cls, api: Api, party: Party) -> "Person":
        """A party of `tests.worlds` at the API."""
        return cls(api, party.name, party.token, str(party.company_id))

    @classmethod
    async def log_in(cls, api: Api, login: str, password: str = PASSWORD) -> "Person":
        """By password, over the API."""
        said = await cls(api, "nobody").does("logIn", "... on Session { accessToken }", login=login, password=password)
        person = cls(api, login, said["accessToken"])
        company = (await person.asks("{ viewer { company { id name } } }"))["company"]
        return cls(api, company["name"], person.token, company["id"])

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        return await self.api.ask(None, document, token=self.token, **variables)

    async def asks(self, document: str, **variables: Any) -> Any:
        """The value of the only root field; fails on errors."""
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        (value,) = answer["data"].values()
        return value

    async def does(self, name: str, selection: str = "", /, **said: Any) -> Any:
        """The value of a mutation, a refusal included; fails on errors. A client key is made unless given."""
        key = {} if name in KEYLESS else {"clientKey": new_key()}
        return await self.asks(mutation(name, selection), input={**key, **said})

    async def code(self, document: str, **variables: Any) -> str | None:
        """The code of the only error, which took the only root field with it; None when there was an answer."""
        answer = await self.answer(document, **variables)
        if "errors" not in answer:
            return None
        assert [*(answer.get("data") or {None: None}).values()] == [None], answer
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code
