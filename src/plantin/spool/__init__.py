"""Documents at rest: accept, read, retire, recover, quarantine (law 1; see ``docs/durability.md``).

Never knows a job: who lives is for the store's rows to say.
"""

from plantin.spool.cipher import MasterKey, SpoolCipher, add_key, read_keys
from plantin.spool.local import Spool
from plantin.spool.memory import MemorySpool
from plantin.spool.records import Alive, DocumentSpool, Intake, Retired, SpoolLimits, Stored, Swept, Usage

__all__ = [
    "Alive",
    "DocumentSpool",
    "Intake",
    "MasterKey",
    "MemorySpool",
    "Retired",
    "Spool",
    "SpoolCipher",
    "SpoolLimits",
    "Stored",
    "Swept",
    "Usage",
    "add_key",
    "read_keys",
]
