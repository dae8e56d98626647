"""A process that writes alerts through a Writer and notes what was acknowledged; to be killed.

Usage: python -m tests.monitoring.alerts.storming URL FILE NAME; the name keeps its keys apart.
"""

import os
import sys
from datetime import timedelta
from threading import Thread

from ssoc import modules
from ssoc.core.database import make_engine
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, identity, key_of
from ssoc.monitoring.writer import Writer

THREADS, BATCH = 6, 16


def main(url: str, path: str, own: str) -> None:
    """Write for ever: each key fires and, in a later batch, resolves."""
    runtime = modules.wire(make_engine(url))
    writer = Writer(runtime)
    file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def storm(name: int) -> None:
        number = 0
        while True:
            for state in (AlertState.FIRING, AlertState.RESOLVED):
                now = runtime.clock.now()
                keys = [key_of(identity(own, str(name), str(number + n))) for n in range(BATCH)]
                writer.write(
                    [
                        Report(
                            key=key,
                            state=state,
                            severity=Severity.ERROR,
                            started_at=now - timedelta(hours=1),
                            said_at=now,
                            market="KE",
                            name="Storm",
                            source="storm",
                            way="push",
                            labels={"alertname": "Storm"},
                        )
                        for key in keys
                    ]
                )
                lines = "".join(f"{key} {state.value}\n" for key in keys)
                os.write(file, lines.encode())  # one write: whole lines or none
            number += BATCH

    for name in range(THREADS):
        Thread(target=storm, args=(name,)).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
