"""IPP messages, sans-IO: tags, values, attributes, decoder and encoder (RFC 8010, RFC 8011).

The one open door of the room: everything others use is here, or in the modules that are named here:
``attributes`` makes attributes, one function for each syntax (``attributes.keyword("sides", "one-sided")``);
``media`` knows names of sizes; ``registry`` checks syntaxes; ``text`` makes strings fit.
Never does input or output, never reads a clock.
"""

from plantin.ipp import attributes, media, registry, text
from plantin.ipp.attributes import Attribute, Group, require_uniform
from plantin.ipp.check import Fault, check_request, check_response
from plantin.ipp.decoder import Decoder, decode
from plantin.ipp.encoder import (
    END,
    GROUP_TAGS,
    encode,
    encode_attribute,
    encode_attributes,
    encode_group,
    encode_head,
)
from plantin.ipp.enums import (
    DocumentState,
    Finishing,
    JobCollationType,
    JobState,
    Orientation,
    PrinterState,
    PrinterType,
    PrintQuality,
    ResourceState,
    TransmissionStatus,
)
from plantin.ipp.errors import EncodeError, ProtocolError
from plantin.ipp.limits import DEFAULT_LIMITS, REQUEST_LIMITS, RESPONSE_LIMITS, Limits
from plantin.ipp.message import Message, Version
from plantin.ipp.operations import Operation, operation_name
from plantin.ipp.quirks import STRICT, TOLERANT, Quirks, quirks_for_model, quirks_named
from plantin.ipp.status import Status, is_client_error, is_server_error, is_successful, status_name
from plantin.ipp.tags import Tag, is_delimiter, is_out_of_band, tag_name
from plantin.ipp.values import Collection, DateTime, LangStr, Range, Resolution, Value

__all__ = [
    "DEFAULT_LIMITS",
    "END",
    "GROUP_TAGS",
    "REQUEST_LIMITS",
    "RESPONSE_LIMITS",
    "STRICT",
    "TOLERANT",
    "Attribute",
    "Collection",
    "DateTime",
    "Decoder",
    "DocumentState",
    "EncodeError",
    "Fault",
    "Finishing",
    "Group",
    "JobCollationType",
    "JobState",
    "LangStr",
    "Limits",
    "Message",
    "Operation",
    "Orientation",
    "PrintQuality",
    "PrinterState",
    "PrinterType",
    "ProtocolError",
    "Quirks",
    "Range",
    "Resolution",
    "ResourceState",
    "Status",
    "Tag",
    "TransmissionStatus",
    "Value",
    "Version",
    "attributes",
    "check_request",
    "check_response",
    "decode",
    "encode",
    "encode_attribute",
    "encode_attributes",
    "encode_group",
    "encode_head",
    "is_client_error",
    "is_delimiter",
    "is_out_of_band",
    "is_server_error",
    "is_successful",
    "media",
    "operation_name",
    "quirks_for_model",
    "quirks_named",
    "registry",
    "require_uniform",
    "status_name",
    "tag_name",
    "text",
]
