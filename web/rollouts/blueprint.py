"""The blueprint of the roll-out screens."""

from flask import Blueprint

from ssoc.core.errors import Conflict, IllegalMove
from web.change_managers.blueprint import explain_conflict

rollouts = Blueprint("rollouts", __name__, template_folder="templates", url_prefix="/roll-outs")
rollouts.register_error_handler(IllegalMove, explain_conflict)
rollouts.register_error_handler(Conflict, explain_conflict)
