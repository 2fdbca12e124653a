"""Logging in, staying in, switching company, logging out, and accepting an invitation."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.kernel.refusal import BadRequest
from app.kernel.text import optional_text, text
from app.kernel.wording import one_of
from app.network.accept_invitation import Proof, accept_invitation
from app.network.choose_language import choose_language
from app.network.log_in import Tokens, check_password, log_in, person_of_wechat
from app.network.log_out import log_out
from app.network.passwords import check_password as check_new_password
from app.network.passwords import hash_password
from app.network.refresh_session import refresh_session
from app.network.rules import LOCALES, NewPerson, checked_login
from app.network.switch_company import switch_company
from app.network.wechat import code_to_account
from schema.access import ANYBODY, MEMBER, access
from schema.context import Info
from schema.network.refusals import IdentityTaken, InvitationNotValid, LogInRefused, LoginTaken
from schema.scalars import uuid_of


@strawberry.type(description="Credentials of one device. Send `Authorization: Bearer` and the access token.")
class Session:
    """What a log-in answers with."""

    id: strawberry.ID = strawberry.field(description="The session's id; the same after a refresh.")
    access_token: str = strawberry.field(description="For every request, and `connectionParams.authorization`.")
    expires_at: datetime = strawberry.field(description="When the access token expires: refresh the session before.")
    refresh_token: str | None = strawberry.field(
        description="For `refreshSession`, once; null after `switchCompany`: keep the one you have."
    )

    @classmethod
    def of(cls, tokens: Tokens) -> "Session":
        return cls(
            id=strawberry.ID(str(tokens.session_id)),
            access_token=tokens.access_token,
            expires_at=tokens.expires_at,
            refresh_token=tokens.refresh_token,
        )


@strawberry.type(description="Logged out.")
class LoggedOut:
    """Result of `logOut`."""

    sessions: int = strawberry.field(description="How many sessions were ended.")


@strawberry.type(description="The language was chosen.")
class LanguageChosen:
    """Result of `chooseLanguage`."""

    locale: str | None = strawberry.field(description="zh, en, or null: as each device asks.")


@strawberry.input(description="Login and password.")
class LogInInput:
    """Input of `logIn`."""

    login: str = strawberry.field(description="E-mail address or phone number.")
    password: str = strawberry.field(description="The password.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Act for this company; null: for the one I acted for last."
    )
    device: str | None = strawberry.field(default=None, description="What the device is called.")


@strawberry.input(description="A code of `wx.login`.")
class WeChatLogInInput:
    """Input of `logInWithWeChat`."""

    code: str = strawberry.field(description="Counts once, for five minutes.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Act for this company; null: for the one I acted for last."
    )
    device: str | None = strawberry.field(default=None, description="What the device is called.")


@strawberry.input(description="A refresh token.")
class RefreshSessionInput:
    """Input of `refreshSession`."""

    refresh_token: str = strawberry.field(
        description="The last one. The one before still counts for 60 s while the last one is unused."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Act for this company; null: for the one the session acted for last."
    )


@strawberry.input(description="A company of mine.")
class SwitchCompanyInput:
    """Input of `switchCompany`."""

    company_id: strawberry.ID = strawberry.field(description="One of `viewer.memberships`.")


@strawberry.input(description="How far to log out.")
class LogOutInput:
    """Input of `logOut`."""

    everywhere: bool = strawberry.field(default=False, description="True: on all of my devices.")


@strawberry.input(description="The language that the mall speaks to me.")
class ChooseLanguageInput:
    """Input of `chooseLanguage`."""

    locale: str | None = strawberry.field(description="zh or en; null: as each device asks (Accept-Language).")


@strawberry.input(description="A login and its password, existing or new.")
class PasswordInput:
    """One way to accept an invitation."""

    login: str = strawberry.field(description="E-mail address or phone number.")
    password: str = strawberry.field(description="The password of the login, or a new one of at least 8 characters.")
    is_new: bool = strawberry.field(default=False, description="True: make this login; false: it is mine already.")
    name: str | None = strawberry.field(default=None, description="Name of the new person; null: the invitation's.")


@strawberry.input(
    description="An invitation's code and who accepts it: by password, by WeChat, by both (which binds the WeChat "
    "account), or, with neither, whoever is logged in."
)
class AcceptInvitationInput:
    """Input of `acceptInvitation`."""

    code: str = strawberry.field(description="The invitation's code.")
    password: PasswordInput | None = strawberry.field(default=None, description="Accept as this login.")
    we_chat_code: str | None = strawberry.field(default=None, description="A code of `wx.login`: bind this account.")
    device: str | None = strawberry.field(default=None, description="What the device is called.")


LogInResult = Annotated[Session | LogInRefused, strawberry.union("LogInResult")]
LogOutResult = Annotated[LoggedOut, strawberry.union("LogOutResult")]
AcceptInvitationResult = Annotated[
    Session | InvitationNotValid | LogInRefused | LoginTaken | IdentityTaken,
    strawberry.union("AcceptInvitationResult"),
]


@strawberry.type
class SessionMutations:
    """Mutations on sessions."""

    @strawberry.mutation(description="Log in by password. Failed attempts are counted per login.")
    @access(ANYBODY)
    async def log_in(self, input: LogInInput) -> LogInResult | None:
        person_id = await check_password(input.login, input.password)
        return Session.of(
            await log_in(
                person_id=person_id,
                company_id=uuid_of(input.company_id, "company") if input.company_id else None,
                device=optional_text("device", input.device, 200),
            )
        )

    @strawberry.mutation(description="Log in with a WeChat mini-program's code, once an invitation has bound it.")
    @access(ANYBODY)
    async def log_in_with_we_chat(self, input: WeChatLogInInput) -> LogInResult | None:
        account = await code_to_account(text("code", input.code, 200))
        return Session.of(
            await log_in(
                person_id=await person_of_wechat(account.app_id, account.open_id),
                company_id=uuid_of(input.company_id, "company") if input.company_id else None,
                device=optional_text("device", input.device, 200),
            )
        )

    @strawberry.mutation(description="New tokens for the last ones. A refresh token that was copied ends the session.")
    @access(ANYBODY)
    async def refresh_session(self, input: RefreshSessionInput) -> LogInResult | None:
        return Session.of(
            await refresh_session(
                refresh_token=input.refresh_token,
                company_id=uuid_of(input.company_id, "company") if input.company_id else None,
            )
        )

    @strawberry.mutation(description="Act for another company of mine without a new log-in.")
    @access(MEMBER)
    async def switch_company(self, info: Info, input: SwitchCompanyInput) -> LogInResult | None:
        return Session.of(await switch_company(info.context.viewer, company_id=uuid_of(input.company_id, "company")))

    @strawberry.mutation(description="End this session, or all of mine. Tokens count for nothing from then on.")
    @access(MEMBER)
    async def log_out(self, info: Info, input: LogOutInput) -> LogOutResult | None:
        return LoggedOut(sessions=await log_out(info.context.viewer, everywhere=input.everywhere))

    @strawberry.mutation(description="Choose the language of messages, on all of my devices.")
    @access(MEMBER)
    async def choose_language(self, info: Info, input: ChooseLanguageInput) -> LanguageChosen | None:
        if input.locale is not None and input.locale not in LOCALES:
            raise BadRequest("locale", input.locale, one_of(*LOCALES))
        await choose_language(info.context.viewer, locale=input.locale)
        return LanguageChosen(locale=input.locale)

    @strawberry.mutation(description="Join a company with an invitation's code, and log in for it.")
    @access(ANYBODY)
    async def accept_invitation(self, info: Info, input: AcceptInvitationInput) -> AcceptInvitationResult | None:
        code = text("code", input.code, 60)
        return Session.of(
            await accept_invitation(
                code=code,
                proof=await _proof(info, input),
                device=optional_text("device", input.device, 200),
            )
        )


async def _proof(info: Info, input: AcceptInvitationInput) -> Proof:
    """Who accepts; passwords and WeChat are asked here, outside of the act."""
    person_id, person = None, None
    if input.password is not None and input.password.is_new:
        person = await new_person(
            "password", input.password.name or input.password.login, input.password.login, input.password.password
        )
    elif input.password is not None:
        person_id = await check_password(input.password.login, input.password.password)
    elif info.context.maybe_viewer is not None or input.we_chat_code is None:
        person_id = info.context.viewer.person_id
    account = await code_to_account(text("weChatCode", input.we_chat_code, 200)) if input.we_chat_code else None
    return Proof(person_id, person, account)


async def new_person(field: str, name: str, login: str, password: str, locale: str | None = None) -> NewPerson:
    """A person to register, with the password hashed outside of any act."""
    return NewPerson(
        name=text(f"{field}.name", name, 120),
        login=checked_login(f"{field}.login", login),
        password_hash=await hash_password(check_new_password(f"{field}.password", password)),
        locale=locale,
    )
