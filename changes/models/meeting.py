"""Tables of the change advisory board: meetings, who was there, what was decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import MEETING, BoardWord, MeetingState
from ssoc.core.database import JSON_TYPE, Base, Id, Json


class BoardMeeting(Base):
    """One meeting; its agenda is computed from ``filter``, what was decided stands in items.

    ``quorum`` is recorded at holding: what the rule asked, who was there, whether it was met.
    """

    __tablename__ = "board_meeting"
    __table_args__ = (Index("ix_board_meeting_starts_at", "starts_at"),)

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(255))
    starts_at: Mapped[datetime]
    chair: Mapped[str] = mapped_column(String(128))
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)  # all when empty
    filter: Mapped[Json] = mapped_column(default=dict)
    state: Mapped[MeetingState] = mapped_column(default=MEETING.start)
    quorum: Mapped[Json] = mapped_column(default=dict)
    minutes: Mapped[str] = mapped_column(Text, default="")
    set_by: Mapped[str] = mapped_column(String(128))
    set_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class BoardAttendance(Base):
    """Somebody who was there, with the roles held at that moment."""

    __tablename__ = "board_attendance"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("board_meeting.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    roles: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)


class BoardItem(Base):
    """What the board said about one change, in which round; written once."""

    __tablename__ = "board_item"
    __table_args__ = (Index("ix_board_item_change", "change_id"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("board_meeting.id"), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    round: Mapped[int]
    decision: Mapped[BoardWord]
    minutes: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
