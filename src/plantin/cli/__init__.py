"""The commands, one file per noun. Each works on the data directory whether the server runs or not.

``COMMANDS`` is the one table; :mod:`plantin.service.main` gives each command its installation as
``click.get_current_context().obj``. Lists and shows take ``--json``.
"""

from plantin.cli.device import device
from plantin.cli.job import job
from plantin.cli.printing import print_files
from plantin.cli.queue import queue
from plantin.cli.status import status

COMMANDS = (device, queue, print_files, job, status)

__all__ = ["COMMANDS"]
