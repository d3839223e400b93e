"""``plantin inspect``: what documents are, and what paper they make. Needs neither data directory nor
server."""

import json
from typing import Any, Final

import click

from plantin.cli.documents import (
    Seen,
    look_at_all,
    page_facts,
    paper_facts,
    size_facts,
    sizes_text,
    ticket_from,
)
from plantin.cli.output import JSON, plain, plural, progress, show_table
from plantin.core.errors import Refusal

COLUMNS: Final = {
    "format": "FORMAT",
    "pages": "PAGES",
    "colour": "COLOUR",
    "mono": "MONO",
    "size": "SIZE",
    "impressions": "IMPRESSIONS",
    "sheets": "SHEETS",
    "file": "FILE",
}
_LABEL: Final = "inspecting"


@click.command("inspect")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="A job attribute that the count depends on: copies=2, sides=two-sided-long-edge, number-up=2 …",
)
@JSON
def inspect_files(files: tuple[str, ...], options: tuple[str, ...], as_json: bool) -> None:
    """Tell what each FILE is: format, pages, colour, sizes, and the paper it makes; - is standard input."""
    ticket = ticket_from(options)
    rows: list[dict[str, Any]] = []
    wrong: list[Seen] = []

    with progress(_LABEL, len(files)) as bar:

        def show(seen: Seen) -> None:
            if seen.error:
                wrong.append(seen)
            if as_json:
                click.echo(json.dumps(facts_of(seen), ensure_ascii=False))
            else:
                rows.append(_row(seen))
            bar.update(1)

        look_at_all(files, ticket, show)
    if rows:
        show_table(rows, COLUMNS, "")
    for seen in wrong:
        click.echo(f"plantin inspect: {plain(seen.file)}: {plain(seen.error)}", err=True)
    if wrong:
        raise Refusal("not-inspected", f"{plural(len(wrong), 'file')} of {len(files)} could not be inspected")


def facts_of(seen: Seen) -> dict[str, Any]:
    """A document for programs. What is not known is null, and lists are empty then; ``error`` is only there
    when there is one."""
    report = seen.inspection
    facts: dict[str, Any] = {
        "file": seen.file,
        "format": report.format,
        "octets": seen.octets,
        "pages": report.pages,
        "colour_pages": report.colour_pages,
        "mono_pages": report.mono_pages,
        "sizes": [size_facts(*size) | {"pages": count} for size, count in report.sizes.items()],
        **paper_facts(seen.counted),
        "user": report.user,
        "job_name": report.job_name,
        "warnings": list(report.warnings),
        "page_list": [page_facts(page) for page in report.each_page()],
    }
    return facts | ({"error": seen.error} if seen.error else {})


def _row(seen: Seen) -> dict[str, Any]:
    report, counted = seen.inspection, seen.counted
    row: dict[str, Any] = {
        "format": report.format,
        "pages": report.pages,
        "colour": report.colour_pages,
        "mono": report.mono_pages,
        "size": sizes_text(report) or None,
        "impressions": counted.impressions if counted else None,
        "sheets": counted.sheets if counted else None,
    }
    return {key: "?" if value is None else value for key, value in row.items()} | {"file": seen.file}
