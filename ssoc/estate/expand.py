"""``per_market``: one description, one component for each market."""

from collections.abc import Iterator, Mapping
from typing import Any

from ssoc.estate.tree import Place, Tree
from ssoc.estate.values import Market


def expand(
    key: str,
    body: Mapping[str, Any],
    markets: Mapping[str, Market],
    words_of: Mapping[str, Mapping[str, str]],
    tree: Tree,
    place: Place,
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Give key, market and body of each component that one description stands for.

    The market is empty for a component that is described once. ``{cc}`` (small), ``{CC}``,
    ``{country}``, ``{currency}`` and the market's own words are filled in wherever they stand.
    """
    chosen = body.get("per_market")
    if chosen is None:
        if "{" in key:
            tree.fault(place, f"{key}: a key with {{cc}} needs per_market")
            return
        yield key, "", body
        return
    if "{cc}" not in key:
        tree.fault(place, f"{key}: per_market needs {{cc}} in the key, or all get one name")
        return
    for code in markets if chosen == "all" else chosen:
        if code not in markets:
            tree.fault((*place, "per_market"), f"no market is called {code}; describe it first")
            continue
        words = {
            **{f"{{{name}}}": word for name, word in words_of.get(code, {}).items()},
            "{cc}": code.lower(),
            "{CC}": code,
            "{country}": markets[code].name,
            "{currency}": markets[code].currency,
        }
        yield _fill(key, words), code, _fill(dict(body), words)


def _fill(value: Any, words: Mapping[str, str]) -> Any:  # noqa: ANN401 (any YAML value)
    if isinstance(value, str):
        for mark, word in words.items():
            value = value.replace(mark, word)
        return value
    if isinstance(value, Mapping):
        return {_fill(name, words): _fill(each, words) for name, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, words) for each in value]
    return value
