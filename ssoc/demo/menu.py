"""What a trainer may break, in the words of the room: ``ssoc demo fault KE core-db``."""

from collections.abc import Mapping

from ssoc.core.errors import NotFound
from ssoc.estate.values import Component

MENU: Mapping[str, str] = {
    "core-db": "the ledger database below the market's core (shared with its neighbours)",
    "core": "the core ledger of the market (shared with its neighbours)",
    "api": "the payment API",
    "ussd": "the USSD gateway",
    "app": "the customer app",
    "agents": "agents' cash-in and cash-out",
    "banks": "the bank switch",
    "sms": "the SMS gateway",
    "link": "the WAN link from headquarters: the country is not seen",
    "hsm": "the security module (KE, TZ, MZ)",
    "storage": "one of two storage arrays (KE, TZ, MZ): redundancy is lost, nothing fails",
}
_OWN = {
    "api": "payment-api-{cc}",
    "ussd": "ussd-{cc}",
    "app": "app-{cc}",
    "agents": "agents-{cc}",
    "banks": "banks-{cc}",
    "sms": "smsc-{cc}",
    "link": "wan-{cc}",
}
_SHARED = {
    "core-db": ("ledger-db-", "core-ledger-"),  # a core without a database of its own is both
    "core": ("core-ledger-",),
    "hsm": ("hsm-",),
    "storage": ("storage-",),
}


def component_for(market: str, word: str, components: Mapping[str, Component]) -> str:
    """Return the component that ``word`` means in ``market``; keys of the estate serve too."""
    own = _OWN.get(word, word).replace("{cc}", market.lower())
    if own in components and market in components[own].markets:
        return own
    for start in _SHARED.get(word, ()):
        for key, component in components.items():
            if key.startswith(start) and market in component.markets:
                return key
    raise NotFound(
        f"nothing called {word} in {market}; one of {', '.join(MENU)}, or a component's key"
    )
