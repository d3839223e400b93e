"""Documents made fit for a device on their way to it: ``Converting`` is a backend around the backends.

    backend = Converting(delivery, Workshop(folder), learn=delivery.learn)

A document that its device takes, and of which nothing is asked that the device cannot do, passes through
untouched, at the cost of a few look-ups. This package stands above ``delivery`` and ``inspect`` because it
brings the two together, and they do not know each other.

    abilities  what a device takes and hears                   pure
    asked      what a job asks of its pages                    pure
    decide     who does it: the device, the server, nobody     pure
    workshop   conversion in sandboxed workers, unnamed files
    prepared   what was made, as a source of documents
    converting the backend
"""

from plantin.queue.conversion.converting import Converting
from plantin.queue.conversion.workshop import Workshop

__all__ = ["Converting", "Workshop"]
