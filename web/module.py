"""Front door of the web ring."""

from ssoc.core.module import Module

MODULE = Module("web")
