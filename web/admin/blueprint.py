"""The blueprint of the administration's screens; each file of views adds its own."""

from flask import Blueprint

admin = Blueprint("admin", __name__, template_folder="templates")
