"""The limits of inspection: what a document may claim or cost before it "could not be inspected".

Pure constants; octets, seconds and counts as their names say. Each is tested at n and n+1 where a document
can reach it.
"""

from typing import Final

MIB: Final = 1024 * 1024

PAGES_MAX: Final = 200_000
"""More pages than this are a defect or an attack, whatever the document claims."""
PAGE_RUNS_MAX: Final = 200_000
WARNINGS_MAX: Final = 20
INFLATED_OCTETS_MAX: Final = 4096 * MIB
"""What a gzip-compressed document may unpack to."""
INFLATE_RATIO_MAX: Final = 1_100
"""Deflate cannot do better than 1,032:1; more is a broken counter."""
BUFFERED_OCTETS_MAX: Final = 1024 * MIB
"""A document that has to be seekable but arrives as a stream is kept in a file up to this size."""
PJL_LINE_OCTETS_MAX: Final = 16 * 1024
PCL_VALUE_OCTETS_MAX: Final = 32
RASTER_LINE_OCTETS_MAX: Final = MIB
IMAGE_PIXELS_MAX: Final = 200_000_000
TIFF_FRAMES_MAX: Final = 10_000
STREAM_OCTETS_MAX: Final = 64 * MIB
"""One content stream or image of a PDF, unpacked."""
DOCUMENT_UNPACKED_OCTETS_MAX: Final = 1024 * MIB
"""All content streams and images of a PDF, unpacked."""
FORM_DEPTH_MAX: Final = 20
FORMS_PER_PAGE_MAX: Final = 20_000
OPERATORS_PER_PAGE_MAX: Final = 400_000
ZIP_ENTRIES_MAX: Final = 100_000
ZIP_ENTRY_OCTETS_MAX: Final = 64 * MIB

WORKER_MEMORY_OCTETS: Final = 2048 * MIB
WORKER_CPU_SECONDS: Final = 120
WORKER_WALL_SECONDS: Final = 180
CONVERSION_CPU_SECONDS: Final = 900
"""A conversion draws every page at the device's resolution; it may take longer than a look at the colours."""
CONVERSION_WALL_SECONDS: Final = 1_800
WORKER_FILE_OCTETS: Final = 2048 * MIB
WORKER_FILES: Final = 64
ANSWER_OCTETS_MAX: Final = 64 * MIB
REQUESTS_PER_WORKER: Final = 500
"""A worker is replaced after this many documents, so that a leak in a library stays small."""
