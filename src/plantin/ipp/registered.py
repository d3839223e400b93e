"""The syntaxes of registered operation, subscription and document attributes, as the registry writes them.

Promises what ``registry`` reads, one line an attribute: ``name: [1setOf] syntax | syntax …`` with ranges and
lengths in parentheses and the members of a collection by the name of their table. Holds no code.
IANA "IPP Registrations", attributes; RFC 8011 section 4; RFC 3995; PWG 5100.5, .7, .11, .18, .22; CUPS.
"""

from typing import Final

OPERATION: Final = """
attributes-charset: charset
attributes-natural-language: naturalLanguage
charge-info-message: text
client-info: 1setOf collection client-info
compression: keyword
compression-accepted: 1setOf keyword
detailed-status-message: text
device-class: keyword
document-access: collection | no-value
document-access-error: text
document-charset: charset
document-data-get-interval: integer(0:MAX)
document-data-wait: boolean
document-format: mimeMediaType
document-format-accepted: 1setOf mimeMediaType
document-metadata: 1setOf octetString(MAX)
document-message: text
document-name: name
document-natural-language: naturalLanguage
document-number: integer(1:MAX)
document-password: octetString(1023)
document-preprocessed: boolean
document-uri: uri
encrypted-job-request-format: mimeMediaType
encrypted-job-request-id: integer(1:MAX)
fetch-status-code: enum
fetch-status-message: text
first-index: integer(1:MAX)
identify-actions: 1setOf keyword
input-attributes: collection
ipp-attribute-fidelity: boolean
job-authorization-uri: uri
job-cancel-before-printing: boolean
job-hold-until: keyword | name(MAX)
job-hold-until-time: dateTime
job-id: integer
job-ids: 1setOf integer(1:MAX)
job-impressions: integer(0:MAX)
job-impressions-estimated: integer(0:MAX)
job-k-octets: integer(0:MAX)
job-mandatory-attributes: 1setOf keyword
job-media-sheets: integer(0:MAX)
job-message-from-operator: text(127)
job-name: name
job-originating-host-name: name
job-password: octetString(255)
job-password-encryption: keyword
job-release-action: keyword
job-state: enum
job-state-message: text
job-state-reasons: 1setOf keyword
job-storage: collection job-storage
job-uri: uri
last-document: boolean
limit: integer(1:MAX)
message: text(127)
my-jobs: boolean
notify-get-interval: integer(0:MAX)
notify-job-id: integer(1:MAX)
notify-printer-uri: uri
notify-resource-id: integer(1:MAX)
notify-sequence-numbers: 1setOf integer(1:MAX)
notify-subscription-id: integer(1:MAX)
notify-subscription-ids: 1setOf integer(1:MAX)
notify-system-uri: uri
notify-wait: boolean
original-requesting-user-name: name
output-device-document-states: 1setOf enum
output-device-job-ids: 1setOf integer(1:MAX)
output-device-job-states: 1setOf enum
output-device-uuid: uri
preferred-attributes: collection
previous-document-number: integer(0:MAX)
printer-geo-location: uri
printer-id: integer(1:65535)
printer-ids: 1setOf integer(1:65535)
printer-location: text(127)
printer-message-from-operator: text(127)
printer-service-type: 1setOf keyword
printer-up-time: integer(1:MAX)
printer-uri: uri
printer-uris: 1setOf uri
printer-xri-requested: 1setOf collection
profile-uri-actual: 1setOf uri
requested-attributes: 1setOf keyword
requesting-user-name: name
requesting-user-pkcs7-public-key: 1setOf text
requesting-user-uri: uri
requesting-user-vcard: 1setOf text(MAX)
resource-format: mimeMediaType
resource-format-accepted: 1setOf mimeMediaType
resource-formats: 1setOf mimeMediaType
resource-id: integer(1:MAX)
resource-ids: 1setOf integer(1:MAX)
resource-k-octets: integer(0:MAX)
resource-natural-language: naturalLanguage
resource-patches: text(MAX) | no-value
resource-signature: 1setOf octetString(MAX)
resource-states: 1setOf enum
resource-string-version: text(MAX) | no-value
resource-type: keyword
resource-types: 1setOf keyword
resource-version: octetString(64) | no-value
restart-get-interval: integer(0:MAX)
status-message: text(255)
system-uri: uri
which-jobs: keyword
which-printers: keyword

# CUPS
auth-info: 1setOf text
exclude-schemes: 1setOf name
first-printer-name: name
include-schemes: 1setOf name
ppd-device-id: text
ppd-make: text
ppd-make-and-model: text
ppd-model-number: integer
ppd-name: name
ppd-natural-language: naturalLanguage
ppd-product: text
ppd-psversion: text
ppd-type: keyword
printer-is-shared: boolean
printer-state-message: text
printer-type: enum | integer
printer-type-mask: enum | integer
purge-jobs: boolean
purge-job: boolean
timeout: integer(1:MAX)
"""

SUBSCRIPTION: Final = """
notify-attributes: 1setOf keyword
notify-charset: charset
notify-events: 1setOf keyword
notify-job-id: integer(1:MAX)
notify-lease-duration: integer(0:67108863)
notify-lease-expiration-time: integer(0:MAX)
notify-max-events-supported: integer(2:MAX)
notify-natural-language: naturalLanguage
notify-printer-up-time: integer(1:MAX)
notify-printer-uri: uri
notify-pull-method: keyword
notify-recipient-uri: uri
notify-resource-id: integer(1:MAX)
notify-sequence-number: integer(0:MAX)
notify-status-code: enum
notify-subscriber-user-name: name
notify-subscriber-user-uri: uri
notify-subscription-id: integer(1:MAX)
notify-subscription-uuid: uri
notify-system-uri: uri
notify-time-interval: integer(0:MAX)
notify-user-data: octetString(63)
requesting-user-name: name
"""

DOCUMENT: Final = """
attributes-charset: charset
attributes-natural-language: naturalLanguage
compression: keyword
copies-actual: 1setOf integer(1:MAX)
date-time-at-completed: dateTime | no-value
date-time-at-creation: dateTime
date-time-at-processing: dateTime | no-value
detailed-status-messages: 1setOf text
document-access-errors: 1setOf text
document-charset: charset
document-format: mimeMediaType
document-format-detected: mimeMediaType
document-job-id: integer(1:MAX)
document-job-uri: uri
document-message: text
document-metadata: 1setOf octetString(MAX)
document-name: name
document-natural-language: naturalLanguage
document-number: integer(1:MAX)
document-printer-uri: uri
document-resource-ids: 1setOf integer(1:MAX)
document-state: enum
document-state-message: text
document-state-reasons: 1setOf keyword
document-uri: uri
document-uuid: uri
errors-count: integer(0:MAX)
impressions: integer(0:MAX)
impressions-col: collection
impressions-completed: integer(0:MAX)
impressions-completed-col: collection
impressions-completed-current-copy: integer(0:MAX)
k-octets: integer(0:MAX)
k-octets-processed: integer(0:MAX)
last-document: boolean
media-sheets: integer(0:MAX)
media-sheets-col: collection
media-sheets-completed: integer(0:MAX)
media-sheets-completed-col: collection
more-info: uri
output-device-assigned: name(127)
pages: integer(0:MAX)
pages-col: collection
pages-completed: integer(0:MAX)
pages-completed-col: collection
printer-up-time: integer(1:MAX)
time-at-completed: integer | no-value
time-at-creation: integer
time-at-processing: integer | no-value
warnings-count: integer(0:MAX)
"""
