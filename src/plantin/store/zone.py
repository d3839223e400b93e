"""The machine's own time zone, with its summer time: where midnight of a tariff's first day is."""

from datetime import datetime, timedelta, tzinfo


class LocalZone(tzinfo):
    """What the machine's clock on the wall says, at any moment. Reads no file and no environment itself."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None, /) -> timedelta | None:
        return None

    def tzname(self, moment: datetime | None, /) -> str | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()


LOCAL = LocalZone()
