"""The terms of a programme, under the name that programmes use. Pure."""

from changes.rules.programme_terms import AcceptanceTerms as AcceptanceTerms
from changes.rules.programme_terms import Cover as Cover
from changes.rules.programme_terms import ExitTerms as ExitTerms
from changes.rules.programme_terms import ProgrammeTerms as ProgrammeTerms
from changes.rules.programme_terms import ReadinessItem as ReadinessItem
