"""The ledger's tests; `contract` and `machine` are for every implementation of the ledger."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.contract", f"{__name__}.machine")
