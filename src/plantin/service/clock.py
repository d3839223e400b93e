"""The clock of the running product."""

import time


class SystemClock:
    """:class:`plantin.core.clock.Clock` by the machine's clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()
