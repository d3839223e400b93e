"""Which document formats a device takes, as its administrator says it: the device option ``formats``.

A list of media types, joined by commas or as a JSON list, in the query of the device URI or in the device's
options (which win), for devices that cannot be asked (port 9100, files) or that say more than they can. Pure;
never judges whether anything makes such a format. RFC 6838 section 4.2 (names of media types).
"""

import json
import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

from plantin.core.limits import DEVICE_FORMATS_MAX

OPTION: Final = "formats"
_TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


def plain(media_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def read_formats(value: object) -> tuple[str, ...]:
    """The media types in the value of a ``formats`` option, each once, in lower case.

    Raises:
        ValueError: says what is wrong with it.
    """
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"the device option {OPTION} wants media types, not {value!r}")
    names = tuple(dict.fromkeys(word.strip().lower() for word in words if word.strip()))
    if len(names) > DEVICE_FORMATS_MAX:
        raise ValueError(
            f"the device option {OPTION} has {len(names)} media types; {DEVICE_FORMATS_MAX} is the most"
        )
    for name in names:
        if not _TYPE.fullmatch(name):
            raise ValueError(
                f"the device option {OPTION} wants media types such as application/pdf, not {name!r}"
            )
    return names


@lru_cache(maxsize=16_384)
def declared_formats(uri: str, options: str) -> tuple[str, ...]:
    """The media types that a device is said to take; none when nothing is said.

    Args:
        uri: the device URI.
        options: ``DeviceRecord.options``, a JSON object.

    An option that makes no sense says nothing; who delivers to the device refuses it by name.
    """
    if OPTION not in uri and OPTION not in options:
        return ()
    try:
        stored = json.loads(options) if options else {}
        if isinstance(stored, dict) and OPTION in stored:
            return read_formats(stored[OPTION])
        given = parse_qs(urlsplit(uri).query).get(OPTION)
        return read_formats(given[-1]) if given else ()
    except ValueError:
        return ()
