"""Days as plain rows for the table, and breaks as its columns. Amounts are minor units."""

from datetime import date
from typing import Any

from changes.reconciliation.rules.lines import Line, Side
from changes.reconciliation.rules.summary import FoundBreak, Summary

Json = dict[str, Any]


def summary_columns(found: Summary) -> Json:
    """Return what a run keeps of a summary."""
    return {
        "breaks": found.break_count,
        "unlisted": found.unlisted,
        "totals": [
            {
                "currency": each.currency,
                "old": each.old,
                "new": each.new,
                "old_lines": each.old_lines,
                "new_lines": each.new_lines,
                "old_matched": each.old_matched,
                "new_matched": each.new_matched,
                "old_late": each.old_late,
                "new_late": each.new_late,
            }
            for each in found.totals
        ],
        "classes": [
            {
                "kind": each.kind.break_class.value,
                "currency": each.currency,
                "breaks": each.breaks,
                "value": each.value,
            }
            for each in found.classes
        ],
        "matches": {kind.name.lower(): count for kind, count in found.matches.items()},
        "sample": [
            {"kind": kind.name.lower(), "old": line_of(old), "new": line_of(new)}
            for kind, old, new in found.sample
        ],
    }


def line_of(line: Line) -> Json:
    """Return a line as people read it."""
    return {
        "row": line.row,
        "reference": line.reference,
        "amount": str(line.amount),
        "currency": line.currency,
        "at": line.at.isoformat(),
        "account": line.account,
    }


def break_columns(found: FoundBreak, parallel_id: int, run_id: int, day: date) -> Json:
    """Return a break as columns."""
    lines = [(Side.OLD, each) for each in found.old] + [(Side.NEW, each) for each in found.new]
    first = lines[0][1]
    return {
        "run_id": run_id,
        "parallel_id": parallel_id,
        "day": day,
        "kind": found.kind.break_class.value,
        "currency": found.currency,
        "reference": found.reference,
        "account": first.account[:255],
        "old_amount": found.old_amount,
        "new_amount": found.new_amount,
        "line_at": first.at,
        "old_lines": found.old_lines,
        "new_lines": found.new_lines,
        "lines": [{"side": side.value, **line_of(each)} for side, each in lines],
        "note": found.note[:255],
        "fingerprint": found.fingerprint,
        "owner": "",
        "explanation": "",
        "explained_by": "",
        "version": 1,
    }
