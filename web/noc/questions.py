"""A page that asks before it acts: what would happen, the few fields it needs, one main button."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.work import Work
from web.app import request_work
from web.noc import presses


@dataclass(frozen=True)
class Field:
    """One field; ``kind`` is text, area, choice, check or an input type of HTML."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    is_ticked: bool = False
    most: int = 255


@dataclass(frozen=True)
class Question:
    """The page; with ``is_final`` the cursor stands on the way back."""

    title: str
    action: str
    button: str
    back: str
    back_label: str
    about: str = ""
    what: str = ""
    fields: Sequence[Field] = ()
    hidden: Sequence[tuple[str, str]] = ()
    fault: str = ""
    is_final: bool = False
    also: tuple[str, str] | None = None  # where else a refusal leads: a label and its address
    template: str = "noc/question.html"
    shown: object = None  # what a template of its own shows beside the form
    is_press: bool = False  # kept on the device until the server has answered


def ask(question: Question, status: int = 200) -> ResponseReturnValue:
    """Show the question."""
    return render_template(question.template, question=question), status


def settle(
    question: Question, act: Callable[[Work], object], said: str, then: str = ""
) -> ResponseReturnValue:
    """Act and go on to ``then``; what cannot be done is said above the same fields."""
    if presses.is_keyed():
        return presses.once(act, said)
    try:
        with request_work() as work:
            act(work)
    except (BadInput, Conflict, IllegalMove) as refusal:
        text = str(refusal)
        return ask(replace(question, fault=f"{text[:1].upper()}{text[1:]}."), refusal.status)
    flash(said)
    return redirect(then or question.back, code=303)
