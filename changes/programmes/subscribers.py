"""Letters of programmes: steering hears that a wave is paused, and that it goes on."""

from datetime import timedelta

from changes import approval_links
from changes.programmes.models import Programme, ProgrammeWave
from ssoc.accounts.queries import active_holders
from ssoc.core.vocabulary import ProgrammeWaveBraked
from ssoc.core.work import Work
from ssoc.notify.actions import Post, post

LASTS = timedelta(days=2)
PAUSE, RESUME = "pause", "resume"


def tell_wave(work: Work, event: ProgrammeWaveBraked) -> None:
    """Write one letter each to steering and the authority about one pause, or its end.

    Nobody hears of a pause that has ended before its letter was written.
    """
    if not work.settings.notify.mail_server or event.move not in {PAUSE, RESUME}:
        return
    wave = work.session.get(ProgrammeWave, event.wave_id)
    programme = work.session.get(Programme, event.programme_id)
    if wave is None or programme is None or bool(wave.paused_at) is (event.move == RESUME):
        return
    named = [each for people in programme.steering.values() for each in people]
    people = active_holders(work)
    at = (wave.paused_at or work.now).strftime("%Y%m%d%H%M%S")
    for name in dict.fromkeys((*named, programme.authority)):
        if name in people and people[name].mail:
            key = f"programme-wave/{wave.id}/{event.move}/{at}/{name}"
            subject, text = _words(work, programme, wave, event)
            post(work, Post(key, name, people[name].mail, subject, text, LASTS))


def _words(
    work: Work, programme: Programme, wave: ProgrammeWave, event: ProgrammeWaveBraked
) -> tuple[str, str]:
    head = f"PRG-{programme.id}: {programme.name}"
    place = approval_links.address(work.settings.web, f"/programmes/{programme.id}/steering")
    if event.move == RESUME:
        told = (
            head,
            "",
            f"Goes on:   {wave.name}, {wave.market}",
            f"Why:       {event.reason}",
            "",
            "What was measured before cannot pause it again; what is measured from now on can:",
            place,
            "",
        )
        return f"PRG-{programme.id}: {wave.name} goes on", "\n".join(told)
    lines = (
        head,
        "",
        f"Paused:    {wave.name}, {wave.market}",
        f"Why:       {event.reason}",
        f"By:        {wave.paused_by}",
        "",
        "None of its sites migrates or is cut over; nothing was rolled back. Somebody of steering",
        "lets it go on, with a reason:",
        place,
        "",
    )
    return f"PRG-{programme.id}: {wave.name} is paused", "\n".join(lines)
