"""Front door of the estate."""

from ssoc.core.module import Module
from ssoc.estate import models as models  # registers the tables

MODULE = Module("ssoc.estate")
