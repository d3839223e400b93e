"""Plantin measured side by side with a private cupsd (`make bench`).

Load driver and devices are one lean process of their own, the same for both servers; the two are measured in
turns within one run, because only the ratio means anything on another machine.
"""
