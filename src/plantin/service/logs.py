"""The log: one line per message on standard error, with the process it comes from."""

import logging
import sys

_FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"


def set_up(level: str, process: str) -> None:
    """Sends the log of this process to standard error.

    Args:
        level: "debug", "info", "warning" or "error".
        process: the name that stands in each line.
    """
    logging.captureWarnings(True)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_FORMAT.replace("%(processName)s", process)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
