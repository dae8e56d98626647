"""Collisions C1 to C10: what gets in whose way, in a sentence with its path. Pure."""

from changes.rules.collisions.engine import Index as Index
from changes.rules.collisions.engine import findings as findings
from changes.rules.collisions.engine import in_order as in_order
from changes.rules.collisions.engine import index_of as index_of
from changes.rules.collisions.engine import pair as pair
from changes.rules.collisions.ground import Ground as Ground
from changes.rules.collisions.items import LEVELS as LEVELS
from changes.rules.collisions.items import Finding as Finding
from changes.rules.collisions.items import Item as Item
from changes.rules.collisions.items import Kind as Kind
from changes.rules.collisions.items import Level as Level
from changes.rules.collisions.items import change_key as change_key
from changes.rules.collisions.items import item_of as item_of
from changes.rules.collisions.items import number_of as number_of
from changes.rules.collisions.items import overlap as overlap
from changes.rules.collisions.items import when as when
