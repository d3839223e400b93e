"""Tariffs, policies and groups: added, replaced, removed. Each change leaves an event (``tariff-…``,
``policy-…``, ``group-…``) in its transaction, by which the running processes notice it."""

from collections.abc import Sequence
from datetime import tzinfo

from plantin.core.errors import NotFound, Refusal
from plantin.core.limits import USER_NAME_OCTETS_MAX
from plantin.core.names import check_name
from plantin.ledger.limits import ID_CHARS_MAX
from plantin.store import sql
from plantin.store.commands.config import now_ms
from plantin.store.commands.events import EventRow, record
from plantin.store.models import Device, DeviceGroupMember, GroupMember, Policy, Tariff
from plantin.store.rule_text import read_rules, read_tariff, require_named_once, require_together
from plantin.store.zone import LOCAL


def _changed(kind: str, text: str, actor: str) -> None:
    record([EventRow(now_ms(), kind, actor=actor, text=text)])


# Tariffs


def add_tariff(
    source: str, *, currency: str = "", actor: str = "", replace: bool = False, zone: tzinfo = LOCAL
) -> str:
    """Adds the tariff of a text; returns its name, of at most 255 octets.

    Args:
        currency: what this installation counts in; empty: whatever the other tariffs do.
        replace: put it in the place of the one of the same name, if there is one.
        zone: where a date without a time begins.

    Raises:
        Refusal: it makes no sense, alone or beside the others, or its name is taken.
    """
    tariff = read_tariff(source, zone)
    name = _check_text("tariff", tariff.name)
    if currency and tariff.unit.code != currency:
        raise Refusal(
            "tariff-error", f"tariff {name} is in {tariff.unit.code}, this installation counts in {currency}"
        )
    there = Tariff.objects.filter(name=name).exists()
    if there and not replace:
        raise Refusal("exists", f"there is a tariff {name!r} already; --replace puts this one in its place")
    others = Tariff.objects.exclude(name=name).order_by("pk").values_list("source", flat=True)
    require_together(tariff, [read_tariff(other, zone) for other in others])
    values = {"source": source, "actor": actor, "changed_at": now_ms()}
    Tariff.objects.update_or_create(name=name, defaults=values)
    _changed("tariff-changed" if there else "tariff-added", f"{name} for {tariff.scope}", actor)
    return name


def remove_tariff(name: str, *, actor: str = "") -> None:
    """Removes a tariff; what was charged by it stays charged."""
    if not Tariff.objects.filter(name=sql.clean(name)).delete()[0]:
        raise NotFound(f"there is no tariff {name!r}")
    _changed("tariff-removed", name, actor)


# Policies


def add_policy(name: str, source: str, *, actor: str = "", replace: bool = False) -> int:
    """Adds a document of rules under a name; returns how many rules it has.

    Args:
        replace: put it in the place of the one of the same name, if there is one.

    Raises:
        Refusal: it makes no sense, alone or beside the others, or the name is taken or none.
    """
    check_name("policy", name)
    rules = read_rules(source)
    there = Policy.objects.filter(name=name).exists()
    if there and not replace:
        raise Refusal("exists", f"there is a policy {name!r} already; --replace puts this one in its place")
    others = Policy.objects.exclude(name=name).order_by("pk").values_list("name", "source")
    require_named_once({other: read_rules(text) for other, text in others} | {name: rules})
    values = {"source": source, "actor": actor, "changed_at": now_ms()}
    Policy.objects.update_or_create(name=name, defaults=values)
    _changed("policy-changed" if there else "policy-added", f"{name}: {len(rules)} rules", actor)
    return len(rules)


def remove_policy(name: str, *, actor: str = "") -> None:
    """Removes a document of rules."""
    if not Policy.objects.filter(name=sql.clean(name)).delete()[0]:
        raise NotFound(f"there is no policy {name!r}")
    _changed("policy-removed", name, actor)


# Groups


def _check_text(what: str, text: str) -> str:
    if not text or not text.isprintable() or text != text.strip():
        raise Refusal("bad-name", f"{text!r:.60} is no name of a {what}")
    octets = len(text.encode())
    if octets > USER_NAME_OCTETS_MAX:
        raise Refusal(
            "bad-name", f"the name of the {what} has {octets} octets; {USER_NAME_OCTETS_MAX} is the most"
        )
    return text


def add_members(group: str, users: Sequence[str], *, actor: str = "") -> list[str]:
    """Puts people into a group, which is made with its first member; returns those who were not in it."""
    _check_text("group", group)
    wanted = dict.fromkeys(_check_text("person", user) for user in users)
    there = set(GroupMember.objects.filter(group_name=group).values_list("member", flat=True))
    new = [user for user in wanted if user not in there]
    GroupMember.objects.bulk_create(GroupMember(group_name=group, member=user) for user in new)
    if new:
        _changed("group-added", _told(group, new), actor)
    return new


def remove_members(group: str, users: Sequence[str], *, actor: str = "") -> None:
    """Takes people out of a group; a group without anybody is none.

    Raises:
        NotFound: somebody is not in it.
    """
    wanted = list(dict.fromkeys(users))
    in_group = GroupMember.objects.filter(group_name=sql.clean(group))
    there = set(in_group.values_list("member", flat=True))
    missing = [user for user in wanted if user not in there]
    if missing:
        raise NotFound(f"{missing[0]!r} is not in group {group!r}")
    for start in range(0, len(wanted), 1000):
        in_group.filter(member__in=wanted[start : start + 1000]).delete()
    _changed("group-removed", _told(group, wanted), actor)


def add_devices(group: str, devices: Sequence[str], *, actor: str = "") -> list[str]:
    """Puts devices into a group of devices; returns those that were not in it.

    Raises:
        NotFound: there is no such device.
    """
    _check_text("group", group)
    if len(group) > ID_CHARS_MAX:
        raise Refusal("bad-name", f"the name of a group of devices has at most {ID_CHARS_MAX} characters")
    there = set(DeviceGroupMember.objects.filter(group_name=group).values_list("device__name", flat=True))
    new = [name for name in dict.fromkeys(devices) if name not in there]
    DeviceGroupMember.objects.bulk_create(
        DeviceGroupMember(group_name=group, device=_device(name)) for name in new
    )
    if new:
        _changed("group-added", _told(group, new), actor)
    return new


def remove_devices(group: str, devices: Sequence[str], *, actor: str = "") -> None:
    """Takes devices out of a group of devices.

    Raises:
        NotFound: one is not in it.
    """
    for name in dict.fromkeys(devices):
        row = DeviceGroupMember.objects.filter(group_name=sql.clean(group), device__name=sql.clean(name))
        if not row.delete()[0]:
            raise NotFound(f"device {name!r} is not in group {group!r}")
    _changed("group-removed", _told(group, devices), actor)


def _device(name: str) -> Device:
    try:
        return Device.objects.get(name=sql.clean(name))
    except Device.DoesNotExist:
        raise NotFound(f"there is no device {name!r}") from None


def _told(group: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"{group}: {', '.join(names[:10])}{more}"
