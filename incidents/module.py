"""Front door of incidents."""

from incidents import models as models  # registers the tables
from ssoc.core.module import Module

MODULE = Module("incidents")
