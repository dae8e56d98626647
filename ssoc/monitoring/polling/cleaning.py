"""Takes the characters out of a reading that databases refuse; pure.

One target's odd answer must not spoil the batch of all.
"""

from dataclasses import replace

from ssoc.monitoring.reading import Reading, Sample


def cleaned(reading: Reading) -> Reading:
    """Return the reading with text that can be stored; nearly always the very same."""
    if _is_clean(reading.message) and all(map(_is_clean_sample, reading.samples)):
        return reading
    return replace(
        reading,
        message=clean(reading.message),
        samples=tuple(_clean_sample(sample) for sample in reading.samples),
    )


def clean(text: str) -> str:
    """Return text without NUL and lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "�")


def _is_clean(text: str) -> bool:
    return text.isprintable() or clean(text) == text


def _is_clean_sample(sample: Sample) -> bool:
    texts = (sample.name, sample.unit, *sample.labels, *sample.labels.values())
    return all(map(_is_clean, texts))


def _clean_sample(sample: Sample) -> Sample:
    return Sample(
        clean(sample.name),
        sample.value,
        clean(sample.unit),
        {clean(name): clean(value) for name, value in sample.labels.items()},
    )
