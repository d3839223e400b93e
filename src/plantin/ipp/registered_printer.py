"""The syntaxes of registered printer attributes, in the notation of the IANA registry.

Promises what ``registry`` reads, as ``registered`` does. Holds no code.
RFC 8011 section 5.4; PWG 5100.1, .2, .3, .5, .6, .7, .9, .11, .13, .16, .18, .22; RFC 3380, 3995, 3996; CUPS.
"""

from typing import Final

PRINTER: Final = """
accuracy-units-supported: 1setOf keyword
charset-configured: charset
charset-supported: 1setOf charset
client-info-supported: 1setOf keyword
color-supported: boolean
compression-default: keyword
compression-supported: 1setOf keyword
confirmation-sheet-print-default: boolean
copies-default: integer(1:MAX)
copies-supported: rangeOfInteger(1:MAX)
cover-back-default: collection | no-value
cover-back-supported: 1setOf keyword
cover-front-default: collection | no-value
cover-front-supported: 1setOf keyword
cover-type-supported: 1setOf keyword
device-service-count: integer(1:MAX)
device-uuid: uri
document-access-supported: 1setOf keyword
document-charset-default: charset
document-charset-supported: 1setOf charset
document-creation-attributes-supported: 1setOf keyword
document-format-default: mimeMediaType
document-format-details-supported: 1setOf keyword
document-format-preferred: mimeMediaType
document-format-supported: 1setOf mimeMediaType
document-format-varying-attributes: 1setOf keyword
document-format-version-default: text(127)
document-format-version-supported: 1setOf text(127)
document-natural-language-default: naturalLanguage
document-natural-language-supported: 1setOf naturalLanguage
document-password-supported: integer(0:1023)
document-privacy-attributes: 1setOf keyword
document-privacy-scope: keyword
feed-orientation-default: keyword
feed-orientation-supported: 1setOf keyword
fetch-document-attributes-supported: 1setOf keyword
finishing-template-supported: 1setOf keyword | name(MAX)
finishings-col-database: 1setOf collection finishings-col
finishings-col-default: 1setOf collection finishings-col
finishings-col-ready: 1setOf collection finishings-col
finishings-col-supported: 1setOf keyword
finishings-default: 1setOf enum
finishings-ready: 1setOf enum
finishings-supported: 1setOf enum
font-name-requested-default: name
font-name-requested-supported: 1setOf name
generated-natural-language-supported: 1setOf naturalLanguage
identify-actions-default: 1setOf keyword
identify-actions-supported: 1setOf keyword
imposition-template-default: keyword | name
imposition-template-supported: 1setOf keyword | name
insert-after-page-number-supported: rangeOfInteger(0:MAX)
insert-count-supported: rangeOfInteger(0:MAX)
insert-sheet-default: 1setOf collection | no-value
insert-sheet-supported: 1setOf keyword
ipp-features-supported: 1setOf keyword
ipp-versions-supported: 1setOf keyword
ippget-event-life: integer(15:MAX)
job-account-id-default: name | no-value
job-account-id-supported: boolean
job-account-type-default: keyword | name
job-account-type-supported: 1setOf keyword | name
job-accounting-user-id-default: name | no-value
job-accounting-user-id-supported: boolean
job-authorization-uri-supported: boolean
job-cancel-after-default: integer(1:MAX) | no-value
job-cancel-after-supported: rangeOfInteger(0:MAX)
job-complete-before-supported: 1setOf keyword | name
job-constraints-supported: 1setOf collection
job-copies-default: integer(1:MAX)
job-copies-supported: rangeOfInteger(1:MAX)
job-creation-attributes-supported: 1setOf keyword
job-delay-output-until-default: keyword | name(MAX)
job-delay-output-until-supported: 1setOf keyword | name(MAX)
job-delay-output-until-time-supported: rangeOfInteger(0:MAX)
job-error-action-default: keyword
job-error-action-supported: 1setOf keyword
job-error-sheet-default: collection | no-value
job-error-sheet-supported: 1setOf keyword
job-history-attributes-configured: 1setOf keyword
job-history-attributes-supported: 1setOf keyword
job-history-interval-configured: integer(0:MAX)
job-history-interval-supported: rangeOfInteger(0:MAX)
job-hold-until-default: keyword | name(MAX)
job-hold-until-supported: 1setOf keyword | name(MAX)
job-hold-until-time-supported: rangeOfInteger(0:MAX) | boolean
job-ids-supported: boolean
job-impressions-supported: rangeOfInteger(0:MAX)
job-k-octets-supported: rangeOfInteger(0:MAX)
job-mandatory-attributes-supported: boolean
job-media-sheets-supported: rangeOfInteger(0:MAX)
job-message-to-operator-default: text
job-message-to-operator-supported: boolean
job-pages-per-set-supported: boolean
job-password-encryption-supported: 1setOf keyword
job-password-length-supported: rangeOfInteger(0:255)
job-password-repertoire-configured: keyword
job-password-repertoire-supported: 1setOf keyword
job-password-supported: integer(0:255)
job-phone-number-default: uri | no-value
job-phone-number-supported: boolean
job-presets-supported: 1setOf collection
job-priority-default: integer(1:100)
job-priority-supported: integer(1:100)
job-privacy-attributes: 1setOf keyword
job-privacy-scope: keyword
job-recipient-name-default: name | no-value
job-recipient-name-supported: boolean
job-release-action-default: keyword
job-release-action-supported: 1setOf keyword
job-resolvers-supported: 1setOf collection
job-retain-until-default: keyword | name
job-retain-until-interval-default: integer(0:MAX)
job-retain-until-interval-supported: rangeOfInteger(0:MAX)
job-retain-until-supported: 1setOf keyword | name
job-retain-until-time-supported: rangeOfInteger(0:MAX)
job-settable-attributes-supported: 1setOf keyword
job-sheet-message-default: text
job-sheet-message-supported: boolean
job-sheets-col-default: collection
job-sheets-col-supported: 1setOf keyword
job-sheets-default: 1setOf keyword | name(MAX)
job-sheets-supported: 1setOf keyword | name(MAX)
job-spooling-supported: keyword
job-storage-access-supported: 1setOf keyword
job-storage-disposition-supported: 1setOf keyword
job-storage-group-supported: 1setOf name
job-storage-supported: 1setOf keyword
job-triggers-supported: 1setOf collection
jpeg-features-supported: 1setOf keyword
jpeg-k-octets-supported: rangeOfInteger(0:MAX)
jpeg-x-dimension-supported: rangeOfInteger(0:65535)
jpeg-y-dimension-supported: rangeOfInteger(1:65535)
landscape-orientation-requested-preferred: enum
max-client-info-supported: integer(1:MAX)
max-page-ranges-supported: integer(1:MAX)
media-back-coating-supported: 1setOf keyword | name(MAX)
media-bottom-margin-supported: 1setOf integer(0:MAX)
media-col-database: 1setOf collection media-col
media-col-default: collection media-col
media-col-ready: 1setOf collection media-col
media-col-supported: 1setOf keyword
media-color-supported: 1setOf keyword | name(MAX)
media-default: keyword | name(MAX) | no-value
media-front-coating-supported: 1setOf keyword | name(MAX)
media-grain-supported: 1setOf keyword | name(MAX)
media-hole-count-supported: 1setOf rangeOfInteger(0:MAX)
media-info-supported: boolean
media-key-supported: 1setOf keyword | name(MAX)
media-left-margin-supported: 1setOf integer(0:MAX)
media-order-count-supported: 1setOf rangeOfInteger(1:MAX)
media-overprint-default: collection
media-overprint-supported: 1setOf keyword
media-pre-printed-supported: 1setOf keyword | name(MAX)
media-ready: 1setOf keyword | name(MAX)
media-recycled-supported: 1setOf keyword | name(MAX)
media-right-margin-supported: 1setOf integer(0:MAX)
media-size-supported: 1setOf collection media-size
media-source-supported: 1setOf keyword | name(MAX)
media-supported: 1setOf keyword | name(MAX)
media-thickness-supported: rangeOfInteger(1:MAX)
media-tooth-supported: 1setOf keyword | name(MAX)
media-top-margin-supported: 1setOf integer(0:MAX)
media-tracking-supported: 1setOf keyword
media-type-supported: 1setOf keyword | name(MAX)
media-weight-metric-supported: 1setOf rangeOfInteger(0:MAX)
multiple-document-handling-default: keyword
multiple-document-handling-supported: 1setOf keyword
multiple-document-jobs-supported: boolean
multiple-operation-time-out: integer(1:MAX)
multiple-operation-time-out-action: keyword
natural-language-configured: naturalLanguage
notify-attributes-supported: 1setOf keyword
notify-events-default: 1setOf keyword
notify-events-supported: 1setOf keyword
notify-lease-duration-default: integer(0:67108863)
notify-lease-duration-supported: 1setOf integer(0:67108863) | rangeOfInteger(0:67108863)
notify-max-events-supported: integer(2:MAX)
notify-pull-method-supported: 1setOf keyword
notify-schemes-supported: 1setOf uriScheme
number-up-default: integer(1:MAX)
number-up-supported: 1setOf integer(1:MAX) | rangeOfInteger(1:MAX)
oauth-authorization-scope: 1setOf octetString | no-value
oauth-authorization-server-uri: uri | no-value
operations-supported: 1setOf enum
orientation-requested-default: enum | no-value
orientation-requested-supported: 1setOf enum
output-bin-default: keyword | name(MAX)
output-bin-supported: 1setOf keyword | name(MAX)
output-device-supported: 1setOf name(127)
output-device-uuid-supported: 1setOf uri
overrides-supported: 1setOf keyword
page-delivery-default: keyword
page-delivery-supported: 1setOf keyword
page-ranges-supported: boolean
parent-printers-supported: 1setOf uri
pages-per-minute: integer(0:MAX)
pages-per-minute-color: integer(0:MAX)
pclm-compression-method-preferred: 1setOf keyword
pclm-raster-back-side: keyword
pclm-source-resolution-supported: 1setOf resolution
pclm-strip-height-preferred: 1setOf integer
pclm-strip-height-supported: 1setOf integer
pdf-features-supported: 1setOf keyword
pdf-k-octets-supported: rangeOfInteger(0:MAX)
pdf-versions-supported: 1setOf keyword
pdl-override-guaranteed-supported: 1setOf keyword
pdl-override-supported: keyword
preferred-attributes-supported: boolean
presentation-direction-number-up-default: keyword
presentation-direction-number-up-supported: 1setOf keyword
print-color-mode-default: keyword
print-color-mode-supported: 1setOf keyword
print-content-optimize-default: keyword
print-content-optimize-supported: 1setOf keyword
print-processing-attributes-supported: 1setOf keyword
print-quality-default: enum
print-quality-supported: 1setOf enum
print-rendering-intent-default: keyword
print-rendering-intent-supported: 1setOf keyword
print-scaling-default: keyword
print-scaling-supported: 1setOf keyword
printer-alert: 1setOf octetString
printer-alert-description: 1setOf text
printer-asset-tag: text(127)
printer-camera-image-uri: 1setOf uri
printer-charge-info: text
printer-charge-info-uri: uri
printer-config-change-date-time: dateTime
printer-config-change-time: integer(1:MAX)
printer-config-changes: integer(0:MAX)
printer-contact-col: collection | unknown
printer-current-time: dateTime | unknown
printer-detailed-status-messages: 1setOf text
printer-device-id: text
printer-dns-sd-name: name(63)
printer-driver-installer: uri
printer-fax-log-uri: uri
printer-fax-modem-info: 1setOf text
printer-finisher: 1setOf octetString
printer-finisher-description: 1setOf text
printer-finisher-supplies: 1setOf octetString
printer-finisher-supplies-description: 1setOf text
printer-firmware-name: 1setOf name
printer-firmware-patches: 1setOf text
printer-firmware-string-version: 1setOf text
printer-firmware-version: 1setOf octetString(64)
printer-geo-location: uri | unknown
printer-get-attributes-supported: 1setOf keyword
printer-icc-profiles: 1setOf collection
printer-icons: 1setOf uri
printer-id: integer(1:65535)
printer-impressions-completed: integer(0:MAX)
printer-impressions-completed-col: collection
printer-info: text(127)
printer-input-tray: 1setOf octetString
printer-is-accepting-jobs: boolean
printer-kind: 1setOf keyword
printer-location: text(127)
printer-make-and-model: text(127)
printer-mandatory-job-attributes: 1setOf keyword
printer-media-sheets-completed: integer(0:MAX)
printer-media-sheets-completed-col: collection
printer-message-date-time: dateTime | unknown
printer-message-from-operator: text(127)
printer-message-time: integer
printer-mode-configured: keyword
printer-mode-supported: 1setOf keyword
printer-more-info: uri
printer-more-info-manufacturer: uri
printer-name: name(127)
printer-organization: 1setOf text
printer-organizational-unit: 1setOf text
printer-output-tray: 1setOf octetString
printer-pages-completed: integer(0:MAX)
printer-pages-completed-col: collection
printer-pkcs7-public-key: 1setOf text
printer-pkcs7-repertoire-configured: keyword
printer-pkcs7-repertoire-supported: 1setOf keyword
printer-requested-job-attributes: 1setOf keyword
printer-resolution-default: resolution
printer-resolution-supported: 1setOf resolution
printer-resource-ids: 1setOf integer(1:MAX)
printer-serial-number: text(255)
printer-service-contact-col: collection | unknown
printer-service-type: keyword
printer-settable-attributes-supported: 1setOf keyword
printer-state: enum
printer-state-change-date-time: dateTime
printer-state-change-time: integer(1:MAX)
printer-state-message: text
printer-state-reasons: 1setOf keyword
printer-static-resource-directory-uri: uri
printer-static-resource-k-octets-free: integer(0:MAX)
printer-static-resource-k-octets-supported: integer(0:MAX)
printer-storage: 1setOf octetString
printer-storage-description: 1setOf text
printer-strings-languages-supported: 1setOf naturalLanguage
printer-strings-uri: uri | no-value
printer-supply: 1setOf octetString
printer-supply-description: 1setOf text
printer-supply-info-uri: uri
printer-up-time: integer(1:MAX)
printer-uri-supported: 1setOf uri
printer-uuid: uri
printer-wifi-ssid: name
printer-wifi-state: enum
printer-xri-supported: 1setOf collection
proof-copies-supported: rangeOfInteger(0:MAX)
pwg-raster-document-resolution-supported: 1setOf resolution
pwg-raster-document-sheet-back: keyword
pwg-raster-document-type-supported: 1setOf keyword
queued-job-count: integer(0:MAX)
reference-uri-schemes-supported: 1setOf uriScheme
repertoire-supported: 1setOf keyword | name
requesting-user-uri-supported: boolean
requesting-user-uri-schemes-supported: 1setOf uriScheme
separator-sheets-default: collection | no-value
separator-sheets-supported: 1setOf keyword
sides-default: keyword
sides-supported: 1setOf keyword
smi2699-auth-print-group: 1setOf name
smi2699-device-command: name
smi55357-device-uri: uri
subordinate-printers-supported: 1setOf uri
urf-supported: 1setOf keyword
uri-authentication-supported: 1setOf keyword
uri-security-supported: 1setOf keyword
user-defined-values-supported: 1setOf keyword
which-jobs-supported: 1setOf keyword
x-image-position-default: keyword
x-image-position-supported: 1setOf keyword
x-image-shift-default: integer
x-image-shift-supported: rangeOfInteger
xri-authentication-supported: 1setOf keyword
xri-security-supported: 1setOf keyword
xri-uri-scheme-supported: 1setOf uriScheme
y-image-position-default: keyword
y-image-position-supported: 1setOf keyword
y-image-shift-default: integer
y-image-shift-supported: rangeOfInteger

# CUPS and Mopria
auth-info-required: 1setOf keyword
cups-version: text
device-class: keyword
device-id: text
device-info: text
device-location: text
device-make-and-model: text
device-uri: uri
job-k-limit: integer
job-page-limit: integer
job-quota-period: integer
marker-change-time: integer
marker-colors: 1setOf name
marker-high-levels: 1setOf integer(0:100)
marker-levels: 1setOf integer(-3:100)
marker-low-levels: 1setOf integer(0:100)
marker-message: text
marker-names: 1setOf name
marker-types: 1setOf keyword
member-names: 1setOf name
member-uris: 1setOf uri
mopria-certified: text
port-monitor: name
port-monitor-supported: 1setOf name
ppd-name: name
printer-commands: 1setOf keyword
printer-dns-sd-register: boolean
printer-error-policy: name
printer-error-policy-supported: 1setOf name
printer-is-shared: boolean
printer-is-temporary: boolean
printer-op-policy: name
printer-op-policy-supported: 1setOf name
printer-type: enum
printer-uri: uri
requesting-user-name-allowed: 1setOf name
requesting-user-name-denied: 1setOf name
server-is-sharing-printers: boolean
"""
