"""Run every benchmark once with modest sizes and print their JSON, one object each."""

import json
import subprocess
import sys
from collections.abc import Sequence

RUNS: Sequence[Sequence[str]] = (
    ("benchmarks.ingest_store", "--database", "sqlite"),
    ("benchmarks.ingest_store", "--database", "postgresql"),
    ("benchmarks.ingest_http", "--database", "sqlite"),
    ("benchmarks.ingest_http", "--database", "postgresql"),
    ("benchmarks.storm", "--database", "sqlite"),
    ("benchmarks.storm", "--database", "postgresql"),
    ("benchmarks.polling", "--seconds", "30"),
    ("benchmarks.wall", "--database", "sqlite"),
    ("benchmarks.wall", "--database", "postgresql"),
    ("benchmarks.slots", "--database", "sqlite"),
    ("benchmarks.slots", "--database", "postgresql"),
    ("benchmarks.change_pages", "--database", "sqlite"),
    ("benchmarks.change_pages", "--database", "postgresql"),
    ("benchmarks.site_board", "--database", "sqlite"),
    ("benchmarks.site_board", "--database", "postgresql"),
    ("benchmarks.suspects", "--stories", "40"),
    ("benchmarks.reconciliation", "--lines", "1000000"),
    ("benchmarks.gates", "--database", "sqlite"),
    ("benchmarks.gates", "--database", "postgresql"),
    ("benchmarks.flags", "--database", "sqlite"),
    ("benchmarks.flags", "--database", "postgresql"),
)


def main() -> int:
    """Run them one after the other, since they share the machine."""
    failed = 0
    for module, *arguments in RUNS:
        command = [sys.executable, "-m", module, *arguments, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        failed += bool(done.returncode)
        found = json.loads(done.stdout) if not done.returncode else done.stderr[-2000:]
        print(json.dumps({"benchmark": module, "arguments": arguments, "result": found}))
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
