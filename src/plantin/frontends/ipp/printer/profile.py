"""What a queue can do: the attributes of its device side, encoded once and shared by all queues that have the
same.

A profile is made from the capabilities of the queue's devices (a pool offers what all of them can do), from
what the administrator chose as defaults, and from the generic offer where a device says nothing. It never
changes; another set of capabilities or defaults is another profile.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plantin.core.formats import declared_formats
from plantin.core.model import DeviceRecord, QueueRecord
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.printer.offer import device_offer, pool_offer
from plantin.frontends.ipp.requested import Wanted
from plantin.ipp import Attribute, encode_attribute
from plantin.ipp import Range as IppRange

if TYPE_CHECKING:
    from plantin.frontends.ipp.job_template import Template

_BLOBS_MAX: Final = 16
_BW, _COLOR, _DUPLEX, _STAPLE, _COPIES, _COLLATE = 0x4, 0x8, 0x10, 0x20, 0x40, 0x80
_PUNCH, _BIND, _SMALL, _MEDIUM, _LARGE = 0x100, 0x400, 0x1000, 0x2000, 0x4000


class Table:
    """Attributes by name with their encoding, and the joined bytes of what was asked for lately."""

    __slots__ = ("_blobs", "attributes", "encoded")

    def __init__(self, attributes: Iterable[Attribute]) -> None:
        self.attributes: Mapping[str, Attribute] = {attribute.name: attribute for attribute in attributes}
        self.encoded: Mapping[str, bytes] = {
            name: encode_attribute(attribute) for name, attribute in self.attributes.items()
        }
        self._blobs: OrderedDict[Wanted, bytes] = OrderedDict()

    def blob(self, wanted: Wanted) -> bytes:
        """The attributes that are wanted, encoded one after the other."""
        known = self._blobs.get(wanted)
        if known is not None:
            return known
        blob = b"".join(octets for name, octets in self.encoded.items() if name in wanted)
        if len(self._blobs) >= _BLOBS_MAX:
            self._blobs.popitem(last=False)
        self._blobs[wanted] = blob
        return blob


class Profile(Table):
    """The device side of a queue, as attributes and as what validation asks for."""

    __slots__ = ("defaults", "formats", "printer_type", "templates")

    def __init__(self, attributes: Iterable[Attribute], defaults: bytes = b"") -> None:
        super().__init__(attributes)
        self.defaults = defaults
        """``*-default`` attributes that the administrator set, encoded."""
        self.formats: Mapping[str, str] = {
            value.lower(): value for value in self.strings("document-format-supported")
        }
        """document-format-supported, by its lower-case form (clients vary the case)."""
        self.printer_type = _printer_type(self)
        self.templates: dict[tuple[Attribute, ...], Template] = {}
        """What job groups were found to ask for, for those who send the same one again."""

    def strings(self, name: str) -> tuple[str, ...]:
        """The string values of an attribute; none when it is missing."""
        attribute = self.attributes.get(name)
        return () if attribute is None else attribute.strings()

    def integers(self, name: str) -> tuple[int, ...]:
        """The integer values of an attribute; none when it is missing."""
        attribute = self.attributes.get(name)
        return () if attribute is None else attribute.integers()


def _printer_type(profile: Profile) -> int:
    color = profile.attributes.get("color-supported")
    sides = profile.strings("sides-supported")
    finishings = set(profile.integers("finishings-supported"))
    copies = profile.attributes.get("copies-supported")
    bits = _BW | _SMALL | _MEDIUM
    bits |= _COLOR if color is not None and color.first is True else 0
    bits |= _DUPLEX if any(side != "one-sided" for side in sides) else 0
    bits |= _STAPLE if finishings & ({4} | set(range(20, 36))) else 0
    bits |= _PUNCH if finishings & ({5} | set(range(70, 90))) else 0
    bits |= _BIND if finishings & ({7} | set(range(50, 54))) else 0
    if copies is not None and isinstance(copies.first, IppRange) and copies.first.upper > 1:
        bits |= _COPIES | _COLLATE
    if any("a3" in name or "ledger" in name for name in profile.strings("media-supported")):
        bits |= _LARGE
    return bits


@dataclass(frozen=True, slots=True)
class _Key:
    """What a profile depends on. Capabilities are kept once by the directory, so comparing them is cheap."""

    devices: tuple[tuple[bytes, str, tuple[str, ...]], ...]
    defaults: bytes


def _offering(device: DeviceRecord) -> tuple[bytes, str, tuple[str, ...]]:
    """What the offer of a device is made of."""
    declared = declared_formats(device.uri, device.options)
    return device.capabilities, device.uri.partition(":")[0], declared


class Profiles:
    """The profiles in use, made when first wanted."""

    def __init__(self, hidden: Collection[str] = (), maximum: int = 4096) -> None:
        """
        Args:
            hidden: names that are the server's or the queue's to say, whatever a device says.
        """
        self._hidden = frozenset(hidden)
        self._known: OrderedDict[_Key, Profile] = OrderedDict()
        self._maximum = maximum

    def of(self, entry: QueueEntry) -> Profile:
        """The profile of a queue."""
        derived = entry.derived
        if derived is None:
            derived = entry.derived = {}
        profile = derived.get("profile")
        if isinstance(profile, Profile):
            return profile
        made = self._find(entry.queue, entry.devices)
        derived["profile"] = made
        return made

    def _find(self, queue: QueueRecord, devices: tuple[DeviceRecord, ...]) -> Profile:
        key = _Key(
            tuple(sorted({_offering(device) for device in devices})),
            queue.defaults,
        )
        known = self._known.get(key)
        if known is None:
            offers = [device_offer(*one) for one in key.devices]
            shown = (
                attribute
                for attribute in pool_offer(offers, queue.defaults)
                if attribute.name not in self._hidden
            )
            known = Profile(shown, queue.defaults)
            if len(self._known) >= self._maximum:
                self._known.popitem(last=False)
            self._known[key] = known
        return known
