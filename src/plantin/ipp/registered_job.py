"""The syntaxes of registered job attributes and of the members of their collections, in its notation.

Promises what ``registry`` reads, as ``registered`` does. Holds no code.
RFC 8011 sections 5.2 and 5.3; PWG 5100.1, .2, .3, .5, .6, .7, .8, .11, .13, .16, .18; CUPS.
"""

from typing import Final

JOB_TEMPLATE: Final = """
accuracy-units: keyword
chamber-humidity: integer(0:100) | no-value
chamber-temperature: integer(-273:MAX) | no-value
confirmation-sheet-print: boolean
copies: integer(1:MAX)
cover-back: collection cover
cover-front: collection cover
cover-sheet-info: collection
destination-uris: 1setOf collection
feed-orientation: keyword
finishings: 1setOf enum
finishings-col: 1setOf collection finishings-col
font-name-requested: name
font-size-requested: integer(1:MAX)
force-front-side: 1setOf integer(1:MAX)
imposition-template: keyword | name
insert-sheet: 1setOf collection insert-sheet
job-account-id: name
job-account-type: keyword | name
job-accounting-sheets: collection job-accounting-sheets
job-accounting-user-id: name
job-cancel-after: integer(1:MAX)
job-collation-type: enum
job-complete-before: keyword | name
job-complete-before-time: dateTime
job-copies: integer(1:MAX)
job-delay-output-until: keyword | name(MAX)
job-delay-output-until-time: dateTime
job-error-action: keyword
job-error-sheet: collection job-error-sheet
job-hold-until: keyword | name(MAX)
job-hold-until-time: dateTime
job-message-to-operator: text
job-pages-per-set: integer(1:MAX)
job-phone-number: uri
job-priority: integer(1:100)
job-recipient-name: name
job-retain-until: keyword | name
job-retain-until-interval: integer(0:MAX)
job-retain-until-time: dateTime
job-save-disposition: collection
job-sheet-message: text
job-sheets: 1setOf keyword | name(MAX)
job-sheets-col: collection job-sheets-col
logo-uri: uri
material-amount-units: keyword
materials-col: 1setOf collection
max-save-info: integer(1:MAX)
media: keyword | name(MAX)
media-col: collection media-col
media-input-tray-check: keyword | name(MAX)
media-overprint: collection
multiple-document-handling: keyword
multiple-object-handling: keyword
number-of-retries: integer(0:MAX)
number-up: integer(1:MAX)
orientation-requested: enum | no-value
output-bin: keyword | name(MAX)
output-device: name(127)
overrides: 1setOf collection overrides
page-delivery: keyword
page-order-received: keyword
page-ranges: 1setOf rangeOfInteger(1:MAX)
pages-per-subset: 1setOf integer(1:MAX)
pdl-init-file: collection
platform-temperature: integer(-273:MAX) | no-value
presentation-direction-number-up: keyword
print-accuracy: collection
print-base: keyword
print-color-mode: keyword
print-content-optimize: keyword
print-objects: 1setOf collection
print-quality: enum
print-rendering-intent: keyword
print-scaling: keyword
print-supports: keyword
printer-resolution: resolution
proof-copies: integer(0:MAX)
proof-print: collection
retry-interval: integer(1:MAX)
retry-time-out: integer(1:MAX)
separator-sheets: collection separator-sheets
sides: keyword
x-image-position: keyword
x-image-shift: integer
x-side1-image-shift: integer
x-side2-image-shift: integer
y-image-position: keyword
y-image-shift: integer
y-side1-image-shift: integer
y-side2-image-shift: integer

# CUPS
blackplot: boolean
brightness: integer
columns: integer
fit-to-page: boolean
fitplot: boolean
gamma: integer
hue: integer
mirror: boolean
natural-scaling: integer
page-bottom: integer
page-border: keyword
page-left: integer
page-right: integer
page-set: keyword
page-top: integer
penwidth: integer
position: keyword
ppi: integer
prettyprint: boolean
saturation: integer
scaling: integer
wrap: boolean
"""

JOB_DESCRIPTION: Final = """
client-info: 1setOf collection client-info
compression-supplied: keyword
date-time-at-completed: dateTime | unknown | no-value
date-time-at-completed-estimated: dateTime | unknown | no-value
date-time-at-creation: dateTime | unknown
date-time-at-processing: dateTime | unknown | no-value
date-time-at-processing-estimated: dateTime | unknown | no-value
document-charset-supplied: charset
document-format-supplied: mimeMediaType
document-name-supplied: name
errors-count: integer(0:MAX)
impressions-completed-current-copy: integer(0:MAX)
job-attribute-fidelity: boolean
job-charge-info: text
job-collation-type: enum
job-detailed-status-messages: 1setOf text
job-document-access-errors: 1setOf text
job-id: integer(1:MAX)
job-impressions: integer(0:MAX)
job-impressions-col: collection
job-impressions-completed: integer(0:MAX)
job-impressions-completed-col: collection
job-k-octets: integer(0:MAX)
job-k-octets-processed: integer(0:MAX)
job-mandatory-attributes: 1setOf keyword
job-media-sheets: integer(0:MAX)
job-media-sheets-col: collection
job-media-sheets-completed: integer(0:MAX)
job-media-sheets-completed-col: collection
job-message-from-operator: text(127)
job-more-info: uri
job-name: name
job-originating-user-name: name
job-originating-user-uri: uri
job-pages: integer(0:MAX)
job-pages-col: collection
job-pages-completed: integer(0:MAX)
job-pages-completed-col: collection
job-printer-up-time: integer(1:MAX)
job-printer-uri: uri
job-processing-time: integer(0:MAX)
job-release-action: keyword
job-resource-ids: 1setOf integer(1:MAX)
job-state: enum | unknown
job-state-message: text
job-state-reasons: 1setOf keyword
job-storage: collection job-storage
job-uri: uri
job-uuid: uri
number-of-documents: integer(0:MAX)
number-of-intervening-jobs: integer(0:MAX)
original-requesting-user-name: name
output-device-assigned: name(127)
output-device-job-state: enum
output-device-job-state-message: text
output-device-job-state-reasons: 1setOf keyword
output-device-uuid-assigned: uri
parent-job-id: integer(1:MAX)
parent-job-uuid: uri
sheet-completed-copy-number: integer(0:MAX)
sheet-completed-document-number: integer(0:MAX)
time-at-completed: integer | no-value
time-at-completed-estimated: integer | no-value | unknown
time-at-creation: integer
time-at-processing: integer | no-value
time-at-processing-estimated: integer | no-value | unknown
warnings-count: integer(0:MAX)

# CUPS
auth-info: 1setOf text
job-media-progress: integer(0:100)
job-originating-host-name: name
job-printer-state-message: text
job-printer-state-reasons: 1setOf keyword
"""

MEMBERS: Final = {
    "client-info": """
client-name: name(127)
client-patches: text | no-value
client-string-version: text(127)
client-type: enum
client-version: octetString(64) | no-value
""",
    "media-size": """
x-dimension: integer(1:MAX) | rangeOfInteger(1:MAX)
y-dimension: integer(0:MAX) | rangeOfInteger(1:MAX)
""",
    "media-source-properties": """
media-source-feed-direction: keyword
media-source-feed-orientation: enum
""",
    "media-col": """
media-back-coating: keyword | name(MAX)
media-bottom-margin: integer(0:MAX)
media-color: keyword | name(MAX)
media-front-coating: keyword | name(MAX)
media-grain: keyword | name(MAX)
media-hole-count: integer(0:MAX)
media-info: text(255)
media-key: keyword | name(MAX)
media-left-margin: integer(0:MAX)
media-order-count: integer(1:MAX)
media-overprint: collection
media-pre-printed: keyword | name(MAX)
media-recycled: keyword | name(MAX)
media-right-margin: integer(0:MAX)
media-size: collection media-size
media-size-name: keyword | name(MAX)
media-source: keyword | name(MAX)
media-source-properties: collection media-source-properties
media-thickness: integer(1:MAX)
media-tooth: keyword | name(MAX)
media-top-margin: integer(0:MAX)
media-tracking: keyword
media-type: keyword | name(MAX)
media-weight-metric: integer(0:MAX)
""",
    "cover": """
cover-type: keyword
media: keyword | name(MAX)
media-col: collection media-col
""",
    "insert-sheet": """
insert-after-page-number: integer(0:MAX)
insert-count: integer(0:MAX)
media: keyword | name(MAX)
media-col: collection media-col
""",
    "separator-sheets": """
media: keyword | name(MAX)
media-col: collection media-col
separator-sheets-type: 1setOf keyword
""",
    "job-sheets-col": """
job-sheets: keyword | name(MAX)
media: keyword | name(MAX)
media-col: collection media-col
""",
    "job-error-sheet": """
job-error-sheet-type: keyword | name(MAX)
job-error-sheet-when: keyword
media: keyword | name(MAX)
media-col: collection media-col
""",
    "job-accounting-sheets": """
job-accounting-output-bin: keyword | name(MAX)
job-accounting-sheets-type: keyword | name(MAX)
media: keyword | name(MAX)
media-col: collection media-col
""",
    "job-storage": """
job-storage-access: keyword
job-storage-disposition: keyword
job-storage-group: name
""",
    "finishings-col": """
baling: collection
binding: collection
coating: collection
covering: collection
finishing-template: keyword | name(MAX)
folding: 1setOf collection
imposition-template: keyword | name
laminating: collection
media-sheets-supported: rangeOfInteger(1:MAX)
media-size: collection media-size
media-size-name: keyword
punching: collection
stitching: collection
trimming: 1setOf collection
""",
    "overrides": """
document-copies: 1setOf rangeOfInteger(1:MAX)
document-numbers: 1setOf rangeOfInteger(1:MAX)
pages: 1setOf rangeOfInteger(1:MAX)
*: job-template
""",
}
