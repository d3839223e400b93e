"""Every bound of the ledger, in one place; each is tested at n and at n + 1."""

AMOUNT_MAX = 10**15
"""Largest amount of one posting, in minor units: sums of thousands of them still fit 64 bits."""

KEY_CHARS_MAX = 200
"""Length of an idempotency key."""

TEXT_CHARS_MAX = 500
"""Length of a memo, a name or a reason."""

ID_CHARS_MAX = 120
"""Length of an account id or a unit code."""

SHARES_MAX = 100
"""Payers that one charge may be split over."""

PURSES_MAX = 8
"""Purses that one payer draws on, in order."""

CHARGES_MAX = 16
"""Charges (money and page quotas) of one request."""

TREE_DEPTH_MAX = 12
"""Depth of a tree of cost centres."""

RATES_MAX = 500
"""Rates in one tariff."""

TARIFFS_IN_CHAIN_MAX = 64
"""Tariffs that apply to one place at one moment."""

RATE_DIGITS_MAX = 16
"""Digits of a price, factor or percentage, on either side of the decimal point."""

PAGES_MAX = 1_000_000
"""Pages of one document that are laid out."""

PAGE_RANGES_MAX = 1_000
"""Page ranges of one job."""

PAPERS_MAX = 2_000
"""Different paper sizes in one document: each is a line of its price."""

COPIES_MAX = 9_999
"""Copies of one job."""

NUMBER_UP_MAX = 16
"""Pages on one side of a sheet."""

SIDE_LENGTH_MAX = 10_000_000
"""Longest edge of a page in hundredths of a millimetre: a hundred metres, a long roll."""

VOUCHERS_PER_BATCH_MAX = 100_000
"""Vouchers made at once."""

PERIODS_PER_RUN_MAX = 1_000
"""Periods that one catch-up of a scheduled allocation grants."""

CSV_ROWS_MAX = 1_000_000
"""Rows of an imported file of balances."""

ENCODING_DEPTH_MAX = 8
"""Nesting of the canonical encoding."""
