"""Events in the order of time, played under the travelling clock."""

import heapq
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import count

from core import clock

YEAR = 365  # days
AHEAD = 14  # bookings already made for the coming days


class Timeline:
    """A queue of moments; what happens at one may plan later ones.

    Nothing happens once the anchor day begins, so that no row is of the future; bookings of the coming days
    are made before it.
    """

    def __init__(self, anchor: date, days: int) -> None:
        self.first, self.days = anchor - timedelta(days=days), days
        self.end = self.moment(anchor, 0)
        self._queue: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()

    def play(self, until: datetime) -> None:
        """Let everything planned before a moment happen."""
        while self._queue and self._queue[0][0] < until:
            moment, _order, happen = heapq.heappop(self._queue)
            if moment < self.end:
                with clock.at(moment):
                    happen()
                self.passed(moment)

    def passed(self, moment: datetime) -> None:
        """Do something after each event; a hook for those who report how far they are."""

    def when(self, moment: datetime, happen: Callable[[], object]) -> None:
        """Plan an event."""
        heapq.heappush(self._queue, (moment, next(self._order), happen))

    def at(self, day: date, hour: int, happen: Callable[[], object]) -> None:
        """Plan an event for a full hour of a local day."""
        self.when(self.moment(day, hour), happen)

    def moment(self, day: date, hour: int) -> datetime:
        """Return a full hour of a local day."""
        return datetime.combine(day, time(hour), tzinfo=clock.zone())
