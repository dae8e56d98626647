"""The blueprint of ``/api/v1``; each file of views adds its own."""

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")
