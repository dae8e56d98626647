"""What people and machines do in monitoring; each begins with a permission."""

from ssoc.monitoring.actions.alerts import ingest, take_transitions

__all__ = ["ingest", "take_transitions"]
