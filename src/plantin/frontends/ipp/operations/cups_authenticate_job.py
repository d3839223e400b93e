"""CUPS-Authenticate-Job (CUPS "Implementation of IPP"): releases a job that waits for its owner to log in.

No job here waits for that; the operation is there for the tools that try it.
"""

from plantin.core.errors import Refusal
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Says that the job does not wait for authentication."""
    job = await call.job()
    call.require_owner(job, "authenticating")
    raise Refusal("not-possible", f"job {job.id} does not wait for authentication")
