"""The accounting process: counts every job, lets those print that may, and charges what came out.

It promises that a job behind the gate is answered, that what printed is charged once, and that it catches up
after a pause: the event log is only a hint, the open books are the truth. Never delivers, never accepts.
"""
