"""Templates compiled once for the whole run: each test builds the console anew."""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Kept(BytecodeCache):
    """Keeps compiled templates in memory; a changed source is compiled anew."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was compiled before."""
        if found := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def keep() -> None:
    """Let every application of this process share what is compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Kept()}
