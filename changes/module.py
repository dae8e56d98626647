"""Front door of changes."""

from changes import models as models  # registers the tables
from ssoc.core.module import Module

MODULE = Module("changes")
