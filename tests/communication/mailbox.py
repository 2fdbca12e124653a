"""A mail server of the test's own: aiosmtpd, a real one, which keeps what it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.live.processes import free_port


class Mailbox:
    """What came, and how to behave."""

    def __init__(self) -> None:
        self.port = 0
        self.came: list[EmailMessage] = []
        self.to: list[str] = []
        self.logged_in: list[str] = []
        self.refuse_next: list[str] = []  # SMTP answers for the next e-mails

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_next:
            return self.refuse_next.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.came.append(mail)
        self.to += envelope.rcpt_tos
        return "250 taken"

    def about(self, text: str) -> list[EmailMessage]:
        """The e-mails that hold this text."""
        return [one for one in self.came if text in body_of(one, "plain")]


def body_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@contextmanager
def mailbox(password: str | None = None) -> Iterator[Mailbox]:
    """A mail server that listens; with a password it wants one."""
    box = Mailbox()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, said: Any) -> AuthResult:
        assert isinstance(said, LoginPassword)
        right = said.password.decode() == password
        box.logged_in += [said.login.decode()] if right else []
        return AuthResult(success=right, handled=right)

    box.port = free_port()
    more: dict[str, Any] = {"authenticator": check, "auth_require_tls": False}
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **(more if password else {}))
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
