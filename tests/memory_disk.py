"""Files of tests lie in memory where there is room: SQLite waits for the disk at every commit.

The pages it writes and the locks it takes are the same; only the wait for the platter is gone.
"""

import os
import shutil
from pathlib import Path

DISK = Path("/dev/shm")  # noqa: S108 (pytest makes a folder of the user's own in it)
ROOM = 2 * 1024**3
ASKED = "PYTEST_DEBUG_TEMPROOT"  # pytest's own setting; what a person chose stays


def use() -> None:
    """Let pytest make its temporary folders there."""
    usable = DISK.is_dir() and os.access(DISK, os.W_OK)
    if ASKED not in os.environ and usable and shutil.disk_usage(DISK).free >= ROOM:
        os.environ[ASKED] = str(DISK)
