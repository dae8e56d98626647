"""Hash and check passwords; every check costs the same, whether the name is known or not."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_SEATS = BoundedSemaphore(4)  # 19 MiB each: a flood of sign-ins queues instead of eating memory
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def hash_of(password: str) -> str:
    """Return the Argon2id hash that is kept."""
    with _SEATS:
        return _HASHER.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Tell whether ``password`` belongs to the kept hash; None for a name nobody has."""
    with _SEATS:
        try:
            return _HASHER.verify(kept or _NOBODY, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False
