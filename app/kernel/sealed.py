"""Sealed at rest: personal data is stored as ciphertext only (AES-256-GCM), and found again by keyed digests (HMAC).

A `KeyRing` is read from one setting, `name:key,name:key`. The first key seals, every one opens, so a new key is put in
front and the old ones stay until nothing is sealed with them any more. Digests are made with the last key: with
another one nothing is recognised until they are made anew of what was opened (`app.leads.reseal`).
"""

from __future__ import annotations

import binascii
import hmac
import importlib
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

KEY_BYTES: Final = 32
DIGEST_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class KeyRingNotValid(ValueError):
    """The setting is no key ring; the message says why and holds no key."""


class CannotOpen(RuntimeError):
    """What is stored cannot be opened: its key is missing, or it was altered or belongs elsewhere."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Named keys in order. Compare `seal`, `open` and `digest`."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, text: str) -> KeyRing | None:
        """The ring that a setting holds; None for an empty one. Raises KeyRingNotValid."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            name, colon, spelt = part.partition(":")
            if not colon or not _NAME.fullmatch(name) or name in keys:
                raise KeyRingNotValid("each key is written name:base64, and each name stands once")
            try:
                key = b64decode(spelt, validate=True)
            except (binascii.Error, ValueError):
                raise KeyRingNotValid(f"the key {name} is not Base64") from None
            if len(key) != KEY_BYTES:
                raise KeyRingNotValid(f"the key {name} has {len(key)} bytes, not {KEY_BYTES}")
            keys[name] = key
        return cls(tuple(keys.items())) if keys else None

    def seal(self, text: str, belongs_to: str) -> bytes:
        """Ciphertext that opens only for the same `belongs_to`, such as a row's id and the column's name."""
        name, key = self.keys[0]
        nonce = os.urandom(_NONCE_BYTES)
        spelt = name.encode()
        head = bytes([len(spelt)]) + spelt
        kept: bytes = head + nonce + _cipher(key).encrypt(nonce, text.encode(), head + belongs_to.encode())
        return kept

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """The text again. Raises CannotOpen."""
        sealed = bytes(sealed)
        size = sealed[0] if sealed else 0
        head, rest = sealed[: 1 + size], sealed[1 + size :]
        key = dict(self.keys).get(head[1:].decode(errors="replace"))
        if key is None or len(rest) <= _NONCE_BYTES:
            raise CannotOpen("the key it was sealed with is not on the ring")
        try:
            opened = _cipher(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], head + belongs_to.encode())
        except importlib.import_module("cryptography.exceptions").InvalidTag:
            raise CannotOpen("it was altered, or belongs to another row") from None
        text: str = opened.decode()
        return text

    def sealed_now(self, sealed: bytes) -> bool:
        """It is sealed with the key that seals now."""
        spelt = self.keys[0][0].encode()
        return bytes(sealed).startswith(bytes([len(spelt)]) + spelt)

    def digest(self, text: str, purpose: str) -> bytes:
        """The same for the same text and purpose; it says nothing to who lacks the key."""
        return hmac.digest(_digest_key(self.keys[-1][1]), f"{purpose}\0{text}".encode(), sha256)[:DIGEST_BYTES]


def new_key_ring() -> str:
    """A ring with one key of its own, as the setting spells it."""
    return f"k1:{b64encode(os.urandom(KEY_BYTES)).decode()}"


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> Any:
    """The library is loaded when something is sealed or opened for the first time."""
    return importlib.import_module("cryptography.hazmat.primitives.ciphers.aead").AESGCM(key)


def _digest_key(key: bytes) -> bytes:
    return hmac.digest(key, b"tributary digest key", sha256)
