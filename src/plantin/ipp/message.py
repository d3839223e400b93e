"""An IPP message: version, operation or status code, request-id and groups in order.

Promises to keep repeated groups (Get-Jobs, event notifications) apart and in order. Never holds documents.
RFC 8010 section 3.1; RFC 8011 section 4.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from plantin.ipp.attributes import Attribute, Group
from plantin.ipp.tags import Tag

Version: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class Message:
    """A request (``code`` is an operation-id) or a response (``code`` is a status-code)."""

    version: Version
    code: int
    request_id: int
    groups: list[Group] = field(default_factory=list)

    def group(self, tag: int) -> Group | None:
        """The first group with ``tag``, or None."""
        for group in self.groups:
            if group.tag == tag:
                return group
        return None

    def groups_of(self, tag: int) -> list[Group]:
        """All groups with ``tag``, in order."""
        return [group for group in self.groups if group.tag == tag]

    def add_group(self, tag: int, attributes: Iterable[Attribute] = ()) -> Group:
        """Append a group and return it."""
        group = Group(tag, attributes)
        self.groups.append(group)
        return group

    @property
    def operation_attributes(self) -> Group:
        """The operation attributes; an empty group when the message has none."""
        return self.group(Tag.OPERATION_ATTRIBUTES) or Group(Tag.OPERATION_ATTRIBUTES)

    @property
    def job_attributes(self) -> Group:
        """The first job group; an empty group when the message has none."""
        return self.group(Tag.JOB_ATTRIBUTES) or Group(Tag.JOB_ATTRIBUTES)

    @property
    def printer_attributes(self) -> Group:
        """The first printer group; an empty group when the message has none."""
        return self.group(Tag.PRINTER_ATTRIBUTES) or Group(Tag.PRINTER_ATTRIBUTES)
