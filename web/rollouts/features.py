"""Features: the list, one with its curves, and the pages that make, force off, let go on, end."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.features.actions import keeping
from changes.features.queries import features as queries
from changes.features.rules import drafting
from changes.features.values import FeatureDraft, FeatureView, FlagKind
from changes.rollouts.lifecycle import RolloutState
from changes.rollouts.queries import rollouts as rollout_queries
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc import live
from web.noc.questions import Field, Question, ask, settle
from web.rollouts import feature_view
from web.rollouts.blueprint import rollouts


@rollouts.get("/features", endpoint="features")
def listed() -> ResponseReturnValue:
    """List the features and how far each is."""
    with request_view() as work:
        _require_see(work)
        found = queries.listed(work)
        rows = [(each, feature_view.markets(each)) for each in found]
        may_make = bool(work.actor.markets(Permission.CHANGE_PLAN))
    is_there = "rollouts.listed" in current_app.view_functions
    listed_at = url_for("rollouts.listed") if is_there else ""
    return render_template(
        "rollouts/features.html", rows=rows, may_make=may_make, listed_at=listed_at
    )


def _require_see(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


@rollouts.get("/features/<key>", endpoint="feature")
def one(key: str) -> ResponseReturnValue:
    """Show one feature: who has it where, its steps, its curves, who asked."""
    with request_view() as work:
        _require_see(work)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        shown = feature_view.page(work, queries.feature(work, key))
        body = render_template("rollouts/feature.html", shown=shown, tag=tag, now=work.now)
    return live.page(tag, body)


# ---- make one


@rollouts.route("/features/new", methods=["GET", "POST"], endpoint="feature_new")
def make() -> ResponseReturnValue:
    """Ask what is introduced, then tie it to its roll-out."""
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_PLAN):
            work.require(Permission.CHANGE_PLAN, EVERYWHERE)
        question = _new(work)
    if request.method == "GET":
        return ask(question)
    key = request.form.get("key", "").strip()
    then = url_for("rollouts.feature", key=key) if drafting.KEY.fullmatch(key) else ""
    return settle(
        question,
        lambda work: keeping.make(work, _draft()),
        "Its flag can be read from now on.",
        then,
    )


def _new(work: Work) -> Question:
    form = request.form if request.method == "POST" else request.args
    open_states = (RolloutState.PLANNED, RolloutState.RUNNING, RolloutState.WATCHING)
    offered = rollout_queries.listed(work, open_states)
    hint = "Of a JSON kind as JSON, such as true, 5 or {}; text as it is."
    return Question(
        title="New feature",
        action=url_for("rollouts.feature_new"),
        button="Make it",
        back=url_for("rollouts.features"),
        back_label="Features",
        what="What its flag says follows from the waves of the roll-out: nobody switches it on "
        "by hand.",
        fields=[
            Field(
                "rollout_id",
                "Roll-out",
                "choice",
                form.get("rollout_id", ""),
                options=[(str(each.id), f"{each.reference} {each.title}") for each in offered],
            ),
            Field("key", "Key, as the platforms ask for it", value=form.get("key", ""), most=64,
                  required=True, hint="Such as savings-pocket; it cannot be used again."),
            Field("title", "Title", value=form.get("title", ""), required=True),
            Field("kind", "Kind of its values", "choice", form.get("kind", "boolean"),
                  options=[(each.value, each.value) for each in FlagKind]),
            Field("on", "Value for those who have it", value=form.get("on", "true"), hint=hint),
            Field("off", "Value for all others", value=form.get("off", "false")),
            Field("owner", "Owner; may be left out", value=form.get("owner", ""), most=128),
            Field("adoption", "Sample of its adoption; may be left out",
                  value=form.get("adoption", ""),
                  hint="check/sample; {cc} and {CC} stand for the market, in small or capitals."),
            Field("errors", "Sample of its errors; may be left out", value=form.get("errors", "")),
        ],
    )  # fmt: skip


def _draft() -> FeatureDraft:
    form = request.form
    number = form.get("rollout_id", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):  # noqa: PLR2004
        raise BadInput("choose the roll-out that brings it; plan one first if there is none")
    kind = form.get("kind", "")
    if kind not in set(FlagKind):
        raise BadInput(f"the kind is one of {', '.join(FlagKind)}")
    return FeatureDraft(
        key=form.get("key", "").strip(),
        title=form.get("title", ""),
        rollout_id=int(number),
        kind=FlagKind(kind),
        on=drafting.read(FlagKind(kind), form.get("on", "")),
        off=drafting.read(FlagKind(kind), form.get("off", "")),
        owner=form.get("owner", ""),
        adoption=form.get("adoption", "").strip(),
        errors=form.get("errors", "").strip(),
    )


# ---- force off, let go on, end

Act = Callable[[Work, str, Iterable[str], str], Any]


@rollouts.route("/features/<key>/kill", methods=["GET", "POST"], endpoint="feature_kill")
def kill(key: str) -> ResponseReturnValue:
    """Ask where and why it is forced off, then do it at once."""
    view, codes = _asked(key, feature_view.killable, Permission.CHANGE_RUN)
    question = _where(
        view,
        codes,
        "Force off",
        "feature_kill",
        "Nobody has it there any more with the next request, whatever the waves say. Letting it "
        "go on is an approval by somebody else than who requested or implements the change.",
        ticked=True,
    )
    return _settled(question, key, keeping.kill, "It is forced off.")


@rollouts.route("/features/<key>/lift", methods=["GET", "POST"], endpoint="feature_lift")
def lift(key: str) -> ResponseReturnValue:
    """Ask where and why it may go on."""
    view, codes = _asked(key, feature_view.liftable, Permission.CHANGE_APPROVE)
    what = "Whoever the waves reach there has it again with the next request."
    question = _where(view, codes, "Let it go on", "feature_lift", what)
    return _settled(question, key, keeping.lift, "It goes on.")


@rollouts.route("/features/<key>/end", methods=["GET", "POST"], endpoint="feature_end")
def end(key: str) -> ResponseReturnValue:
    """Ask why it ends."""
    with request_view() as work:
        view = queries.feature(work, key)
        for market in view.markets:
            work.require(Permission.CHANGE_PLAN, market)
    question = _question(
        view,
        "End",
        "feature_end",
        "Its flag is not found any more: the platforms go by what their code says. Its key is "
        "never used again.",
        [_why()],
    )
    if request.method == "GET":
        return ask(question)
    reason = request.form.get("reason", "")
    return settle(question, lambda work: keeping.end(work, key, reason), "It has ended.")


Able = Callable[[Work, FeatureView], Sequence[str]]


def _asked(key: str, able: Able, needs: Permission) -> tuple[FeatureView, Sequence[str]]:
    """Return the feature and where the actor may do it, or refuse who may nowhere."""
    with request_view() as work:
        view = queries.feature(work, key)
        if not any(work.actor.may(needs, each) for each in view.markets):
            work.require(needs, view.markets[0])
        return view, able(work, view)


def _where(
    view: FeatureView,
    codes: Sequence[str],
    word: str,
    endpoint: str,
    what: str,
    ticked: bool = False,
) -> Question:
    chosen = request.form.getlist("market") if request.method == "POST" else codes if ticked else ()
    fields = [Field("market", each, "check", each, is_ticked=each in chosen) for each in codes]
    return _question(view, word, endpoint, what, [*fields, _why()])


def _why() -> Field:
    return Field("reason", "Why", value=request.form.get("reason", ""), required=True, most=500)


def _question(
    view: FeatureView, word: str, endpoint: str, what: str, fields: Sequence[Field]
) -> Question:
    return Question(
        title=f"{word}: {view.key}",
        action=url_for(f"rollouts.{endpoint}", key=view.key),
        button=word,
        back=url_for("rollouts.feature", key=view.key),
        back_label=view.key,
        about=view.title,
        what=what,
        fields=fields,
    )


def _settled(question: Question, key: str, act: Act, said: str) -> ResponseReturnValue:
    if request.method == "GET":
        return ask(question)
    form = request.form
    return settle(
        question,
        lambda work: act(work, key, form.getlist("market"), form.get("reason", "")),
        said,
    )
