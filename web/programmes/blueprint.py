"""The blueprint of the programme screens."""

from flask import Blueprint

from ssoc.core.errors import Conflict, IllegalMove
from web.change_managers.blueprint import explain_conflict

programmes = Blueprint(
    "programmes", __name__, template_folder="templates", url_prefix="/programmes"
)
programmes.register_error_handler(IllegalMove, explain_conflict)
programmes.register_error_handler(Conflict, explain_conflict)
