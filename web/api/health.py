"""What load balancers and Prometheus ask."""

from flask import Blueprint

health = Blueprint("health", __name__)
