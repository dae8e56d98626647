"""Front door of the web ring."""

from ssoc.core.module import Module
from web.cli import web

MODULE = Module("web", commands=(web,))
