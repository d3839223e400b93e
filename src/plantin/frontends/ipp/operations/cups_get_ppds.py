"""CUPS-Get-PPDs (CUPS "Implementation of IPP"): lpinfo -m. There are no drivers.

lpinfo adds ``everywhere`` by itself, which is the other way to add a queue.
"""

from typing import Final, NamedTuple

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.requested import wanted
from plantin.ipp import Tag
from plantin.ipp.attributes import integer, keyword, language, name, text


class _Ppd(NamedTuple):
    name: str
    make: str
    model: str


_PPDS: Final = (_Ppd("raw", "Plantin", "Raw Queue"),)
_GROUPS: Final = frozenset({"all", "none"})


async def handle(call: Call) -> Reply:
    """Lists "raw"."""
    asked = wanted(call.keywords("requested-attributes"), _GROUPS, ("all",))
    make, product = call.name("ppd-make"), call.name("ppd-product")
    model = call.name("ppd-make-and-model")
    limit = call.integer("limit")
    groups = []
    for ppd in _PPDS[:limit] if limit else _PPDS:
        if (make and make != ppd.make) or (model and model not in ppd.model) or product:
            continue
        attributes = [
            name("ppd-name", ppd.name),
            language("ppd-natural-language", "en"),
            text("ppd-make", ppd.make),
            text("ppd-make-and-model", ppd.model),
            text("ppd-device-id", ""),
            text("ppd-product", ""),
            text("ppd-psversion", "(3010.000) 550"),
            integer("ppd-model-number", 0),
            keyword("ppd-type", "postscript"),
        ]
        groups.append(group(Tag.PRINTER_ATTRIBUTES, [one for one in attributes if one.name in asked]))
    return Reply(groups=b"".join(groups))
