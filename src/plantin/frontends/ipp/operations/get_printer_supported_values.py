"""Get-Printer-Supported-Values (RFC 3380 section 4.3): what Set-Printer-Attributes would take."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.requested import PRINTER_GROUPS, Wanted
from plantin.frontends.ipp.settable import PRINTER_DEFAULTS_SETTABLE, PRINTER_TEXT_SETTABLE
from plantin.ipp import Attribute, Tag
from plantin.ipp.attributes import out_of_band


async def handle(call: Call) -> Reply:
    """Lists the values of the settable attributes: those a device can do, or "anything" for texts."""
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    attributes = _values(call, wanted)
    return Reply(groups=group(Tag.PRINTER_ATTRIBUTES, attributes))


def _values(call: Call, wanted: Wanted) -> list[Attribute]:
    profile = call.describer.profile(call.entry())
    found = [out_of_band(name, Tag.ADMIN_DEFINE) for name in sorted(PRINTER_TEXT_SETTABLE) if name in wanted]
    for name in sorted(PRINTER_DEFAULTS_SETTABLE):
        supported = profile.attributes.get(f"{name.removesuffix('-default')}-supported")
        if name in wanted and supported is not None:
            found.append(supported.renamed(name))
    return found
