"""How a template stands follows from what becomes of its changes."""

from changes.actions.templates import judge_templates
from ssoc.core.vocabulary import CauseJudged, ChangeEnded
from ssoc.core.work import Work


def judge_ended(work: Work, event: ChangeEnded) -> None:  # noqa: ARG001 (any change counts)
    """Judge standard templates anew when a change has ended."""
    judge_templates(work)


def judge_caused(work: Work, event: CauseJudged) -> None:  # noqa: ARG001 (any cause counts)
    """Judge standard templates anew when a person said what caused an incident."""
    judge_templates(work)
