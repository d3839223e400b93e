"""What a device does itself of what a job asks, by its own capabilities: see `plantin.accounting.reach`."""

import functools

from plantin.accounting.reach import WORK, Reach
from plantin.core.formats import declared_formats
from plantin.core.model import DeviceRecord
from plantin.delivery.ipp.blob import capabilities
from plantin.delivery.ipp.fit import fit
from plantin.inspect import ghostscript, sniff
from plantin.inspect.convert.devices import raster_kinds, targets
from plantin.inspect.convert.plan import canonical
from plantin.ipp import Attribute, Group
from plantin.ipp.attributes import keyword
from plantin.ipp.blobs import unpack

_DEAF = frozenset({"socket", "raw"})
"""Schemes of device URIs to which nothing but documents is sent."""
_RULES = (keyword("print-color-mode", "monochrome"), keyword("sides", "two-sided-long-edge"))
"""What a rule may ask for beside the job."""


def reach_of(device: DeviceRecord, attributes: bytes) -> Reach | None:
    """The reach of a job's attributes on a device; None: nothing is known of the device."""
    return _reach(device.uri, device.options, device.capabilities, attributes)


@functools.lru_cache(maxsize=4096)
def _reach(uri: str, options: str, blob: bytes, attributes: bytes) -> Reach | None:
    scheme = uri.partition(":")[0].lower()
    declared = frozenset(map(canonical, declared_formats(uri, options)))
    if scheme in _DEAF or (scheme == "file" and declared):
        formats = declared - {sniff.OCTET_STREAM}
        return Reach(formats, targets(declared, {}), ghostscript=_has_ghostscript())
    if not blob or scheme == "file":
        return None
    said = capabilities(blob)
    listed = frozenset(map(canonical, said.strings("document-format-supported")))
    formats = listed & declared if declared else listed
    return Reach(
        formats - {sniff.OCTET_STREAM},
        targets(formats, raster_kinds(said)),
        hears=True,
        does=_does(unpack(attributes), said),
        ghostscript=_has_ghostscript(),
    )


def _does(asked: tuple[Attribute, ...], said: Group) -> frozenset[str]:
    found = {one.name: one for one in (*_RULES, *asked) if one.name in WORK}
    if found["sides"].values == ("one-sided",):  # a rule may turn the paper
        found["sides"] = _RULES[1]
    if said.boolean("color-supported") is False:  # whatever is asked for
        found.pop("print-color-mode")
    does = {name for name, one in found.items() if _hears(one, said)}
    return frozenset(does | ({"print-color-mode"} - found.keys()))


def _hears(wish: Attribute, said: Group) -> bool:
    fitted = fit((wish,), said)
    if wish.name == "copies":  # of too many it makes as many as it can
        return any(number > 1 for one in fitted.sent for number in one.integers())
    return bool(fitted.sent) and not fitted.dropped


@functools.cache
def _has_ghostscript() -> bool:
    return ghostscript.available() is not None
