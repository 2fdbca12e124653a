"""Passwords: argon2id, hashed in a few threads at a time so that a burst of log-ins leaves room for the orders."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.kernel.refusal import BadRequest
from app.kernel.wording import Said

SHORTEST, LONGEST = 8, 200

# OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")

# Nobody has this password; checking it takes as long. Made once with `_hasher`, not at every start.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$qmkKlXGjgbt4mgMvgMLaEA$7MId+rEe+nkDCOdWd+Yh1ROkrmA8jRkIfnVtaaF0El4"


def check_password(field: str, password: str) -> str:
    """BadRequest for a password that is too short or too long to be hashed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest(
            field,
            Said("something shorter or longer", "长度不符的内容"),
            Said(f"a password of {SHORTEST} to {LONGEST} characters", f" {SHORTEST} 到 {LONGEST} 个字符的密码"),
        )
    return password


async def hash_password(password: str) -> str:
    """The encoded argon2id hash; takes about 20 ms of a thread."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash the same work is done, so that timing tells nothing."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _fits, stored, password[: LONGEST + 1])


def _fits(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
