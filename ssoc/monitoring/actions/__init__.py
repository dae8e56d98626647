"""What people and machines do in monitoring; each begins with a permission."""

from ssoc.monitoring.actions.acknowledging import (
    Acknowledgement,
    acknowledge_alert,
    acknowledgements,
    drop_acknowledgements,
)
from ssoc.monitoring.actions.alerts import ingest, take_transitions
from ssoc.monitoring.actions.changes import Change, count_fault, record_change
from ssoc.monitoring.actions.closing import close_stale
from ssoc.monitoring.actions.flapping import note_flapping
from ssoc.monitoring.actions.heartbeats import (
    HeartbeatDraft,
    create_heartbeat,
    ping,
    remove_heartbeat,
)
from ssoc.monitoring.actions.silences import SilenceDraft, expire_silence, set_silence
from ssoc.monitoring.actions.windows import WindowDraft, end_window, set_window

__all__ = [
    "Acknowledgement",
    "Change",
    "HeartbeatDraft",
    "SilenceDraft",
    "WindowDraft",
    "acknowledge_alert",
    "acknowledgements",
    "close_stale",
    "count_fault",
    "create_heartbeat",
    "drop_acknowledgements",
    "end_window",
    "expire_silence",
    "ingest",
    "note_flapping",
    "ping",
    "record_change",
    "remove_heartbeat",
    "set_silence",
    "set_window",
    "take_transitions",
]
