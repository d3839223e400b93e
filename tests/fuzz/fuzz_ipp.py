"""Fuzz target for the IPP codec, with atheris (libFuzzer).

Any octets give a message or a ProtocolError and nothing else; pieces of any size give the same; what was
decoded can be encoded and means the same. See README.md on how to run it.
"""

import sys

import atheris

with atheris.instrument_imports(include=["plantin.ipp"]):
    from tests.fuzz.ipp_invariants import check_octets


def main() -> None:
    atheris.Setup(sys.argv, check_octets)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
