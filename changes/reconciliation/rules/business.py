"""Business days of a parallel run: its weekdays, less the holidays of its market. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
MOST_CLOSED = 60  # days in a row


@dataclass(frozen=True)
class BusinessDays:
    """ISO weekdays that are open, and days that are closed although."""

    weekdays: Collection[int] = (1, 2, 3, 4, 5, 6, 7)
    holidays: Collection[date] = ()

    def is_open(self, day: date) -> bool:
        """Tell whether ``day`` is a business day."""
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def after(self, day: date) -> date:
        """Return the next business day."""
        for _ in range(MOST_CLOSED):
            day += _DAY
            if self.is_open(day):
                break
        return day

    def age(self, since: date, until: date) -> int:
        """Return how many business days lie after ``since``, ``until`` among them."""
        return sum(self.is_open(each) for each in days(since + _DAY, until))

    def is_month_end(self, day: date) -> bool:
        """Tell whether ``day`` is the last business day of its month."""
        return self.is_open(day) and self.after(day).month != day.month


def days(first: date, last: date) -> Iterator[date]:
    """Yield the days from ``first`` to ``last``, both among them."""
    while first <= last:
        yield first
        first += _DAY
