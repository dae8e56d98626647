"""Front door of accounts."""

from ssoc.accounts import models as models  # registers the tables
from ssoc.accounts.cli import kiosk, token, user
from ssoc.core.module import Module

MODULE = Module("ssoc.accounts", commands=(user, token, kiosk))
