"""The maker of scenes makes what was asked."""

from sqlalchemy import func, select

from changes.programmes.models.plan import SiteRollout
from ssoc.core.work import Work
from tests.programmes import scenes


def test_sites_are_dealt_over_waves_and_states(work: Work) -> None:
    made = scenes.programme(work, 24, 3, markets=("KE", "CD"), states=scenes.HALF_WAY, staff=2)
    other = scenes.programme(work, 2, name="Another", prefix="X", rollout={"crew": "A"})
    each = select(func.count()).where(SiteRollout.programme_id == made.programme)
    counts = work.session.scalars(each.group_by(SiteRollout.wave_id)).all()
    assert (list(counts), len(made.rollouts), len(other.rollouts)) == ([8, 8, 8], 24, 2)
    assert len(set(made.sites) | set(other.sites)) == 26
