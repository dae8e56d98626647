"""Front door of accounts."""

from ssoc.accounts import models as models  # registers the tables
from ssoc.core.module import Module

MODULE = Module("ssoc.accounts")
