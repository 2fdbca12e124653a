"""Which channels this installation has opened, by its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.communication.kinds import NotificationKind
from app.communication.template_fields import FIELDS, type_of
from app.communication.wording import PARAMS
from app.settings import Settings, WeChatTemplate, settings

SOURCES = ("title", "text", "at", *sorted(PARAMS))
"""What a field of a template may be filled with."""


class BadTemplates(ValueError):
    """`TRIBUTARY_WECHAT_TEMPLATES` names something that there is not; the message says what would be valid."""


@dataclass(frozen=True, slots=True)
class Open:
    """`templates` by kind: WeChat is open to these; `email`: a mail server is set."""

    app_id: str = ""
    templates: Mapping[NotificationKind, WeChatTemplate] = field(default_factory=dict)
    email: bool = False

    def sharing(self, template_id: str) -> list[NotificationKind]:
        """The kinds that are sent by this template."""
        return [kind for kind, template in self.templates.items() if template.id == template_id]


def open_channels(told: Settings | None = None) -> Open:
    """What the settings open. Raises BadTemplates."""
    said = told or settings()
    bound = bool(said.wechat_app_id and said.wechat_secret)
    return Open(
        app_id=said.wechat_app_id,
        templates={_kind(name): _checked(name, one) for name, one in said.wechat_templates.items()} if bound else {},
        email=bool(said.smtp_host and said.mail_from),
    )


def closed(told: Settings | None = None) -> list[str]:
    """What is closed and why, for the log of a starting worker."""
    said = told or settings()
    found = []
    if not (said.wechat_app_id and said.wechat_secret and said.wechat_templates):
        found.append("WeChat messages are closed: TRIBUTARY_WECHAT_TEMPLATES, _APP_ID or _SECRET is empty")
    if not (said.smtp_host and said.mail_from):
        found.append("e-mail is closed: TRIBUTARY_SMTP_HOST or TRIBUTARY_MAIL_FROM is empty")
    return found


def _kind(name: str) -> NotificationKind:
    try:
        return NotificationKind(name)
    except ValueError:
        known = ", ".join(NotificationKind)
        raise BadTemplates(f"TRIBUTARY_WECHAT_TEMPLATES names {name!r}; the kinds are {known}") from None


def _checked(name: str, template: WeChatTemplate) -> WeChatTemplate:
    for place, source in template.fields.items():
        if type_of(place) is None:
            raise BadTemplates(
                f"TRIBUTARY_WECHAT_TEMPLATES, {name}: no field {place!r}; fields are {', '.join(FIELDS)} with a number"
            )
        if source not in SOURCES:
            raise BadTemplates(
                f"TRIBUTARY_WECHAT_TEMPLATES, {name}: {place} is filled with {source!r}; known are {', '.join(SOURCES)}"
            )
    return template
