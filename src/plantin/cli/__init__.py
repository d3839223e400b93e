"""The commands, one file per noun. Each works on the data directory whether the server runs or not.

``COMMANDS`` is the one table, by the name that is typed: a command's module is imported only when that
command is wanted, so that ten thousand short calls don't each pay for what they don't use. Lists and shows
take ``--json``.
"""

from typing import Final

COMMANDS: Final = {
    "device": "plantin.cli.device:device",
    "queue": "plantin.cli.queue:queue",
    "print": "plantin.cli.printing:print_files",
    "inspect": "plantin.cli.inspecting:inspect_files",
    "job": "plantin.cli.job:job",
    "tariff": "plantin.cli.tariff:tariff",
    "policy": "plantin.cli.policy:policy",
    "group": "plantin.cli.groups:group",
    "account": "plantin.cli.account:account",
    "allocation": "plantin.cli.allocation:allocation",
    "voucher": "plantin.cli.voucher:voucher",
    "refund": "plantin.cli.refund:refund",
    "ledger": "plantin.cli.ledger:ledger",
    "status": "plantin.cli.status:status",
    "import": "plantin.cli.importing:import_file",
    "export": "plantin.cli.exporting:export_file",
}
"""Name -> ``module:attribute``."""

__all__ = ["COMMANDS"]
