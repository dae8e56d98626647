"""Front door of notification."""

from ssoc.core.module import Module
from ssoc.notify import models as models  # registers the tables

MODULE = Module("ssoc.notify")
