"""Failures a user can act on; web and command line translate them in one place each."""


class SsocError(Exception):
    """Base of every expected failure; ``status`` is its HTTP translation."""

    status = 400


class BadInput(SsocError):
    """What was given cannot be used; the message says what, where and the cure."""


class NotSignedIn(SsocError):
    """Nobody is signed in, or the credentials were wrong."""

    status = 401


class NotAllowed(SsocError):
    """The actor lacks the permission, or holds it for other markets only."""

    status = 403

    def __init__(self, message: str, permission: str = "", market: str = "") -> None:
        super().__init__(message)
        self.permission, self.market = permission, market


class NotFound(SsocError):
    """No such row, or none the actor may see."""

    status = 404


class IllegalMove(SsocError):
    """The lifecycle has no such move from the current state."""

    status = 409


class Conflict(SsocError):
    """Somebody else changed the same thing meanwhile; nothing was written."""

    status = 409


class TooLarge(SsocError):
    """The input is over a limit that a setting names."""

    status = 413


class TooMany(SsocError):
    """Too many attempts; the message says when the next one counts."""

    status = 429


class Unavailable(SsocError):
    """The database is locked or away; the same request works again later."""

    status = 503


class BadSettings(SsocError):
    """The configuration is wrong; the message names every fault at once."""


class BadEstate(SsocError):
    """The estate files are wrong; the message names every fault with file and line."""


def reason_of(error: BaseException) -> str:
    """Return in the driver's own words why the database cannot be used; empty if unknown."""
    said = getattr(error.__cause__, "orig", None)
    return str(said or "").strip().partition("\n")[0]
