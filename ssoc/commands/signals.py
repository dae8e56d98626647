"""How long-running commands are ended."""

import signal
from threading import Event


def stop_on_signals() -> Event:
    """Return an event that SIGINT, SIGTERM and a closed terminal set."""
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: stop.set())
    return stop
