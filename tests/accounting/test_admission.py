"""May this job print? Payers, prices, rules and limits, in their order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plantin.accounting.admission import Asking, assess
from plantin.accounting.counts import count
from plantin.accounting.facts import Submission
from plantin.accounting.lines import lines_of
from plantin.accounting.ticket import JobTicket
from plantin.core.states import Reason
from plantin.inspect.report import Inspection, Settings, could_not_inspect
from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.book import Book
from plantin.ledger.payer import Payer
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Share, Transfer
from plantin.ledger.tariffs import Place, PriceList, Tariff
from plantin.ledger.verdict import Answer, Counts, Person, Verdict
from plantin.policy.decide import Changes
from plantin.policy.parse import parse_rules
from plantin.policy.rules import Rule
from plantin.store.rule_text import read_tariff
from tests.accounting.test_counts import document, page

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
LETTER = document(page(True), page(), page())
"""32 cents on both sides, one of them in colour."""
RIDDLE = could_not_inspect("application/pdf", "it is encrypted")
HELD, DENIED, ADMITTED, ROUTED = Answer.HELD, Answer.DENIED, Answer.ADMITTED, Answer.ROUTED


def house(extra: str = "") -> Tariff:
    side = 'side = [{ price = "0.04", colour = false }, { price = "0.20", colour = true }]'
    return read_tariff(f'name = "House"\ncurrency = "EUR"\n{extra or side}\nsheet = [{{ price = "0.02" }}]\n')


def rules(*then: dict[str, Any]) -> tuple[Rule, ...]:
    made = [{"name": f"rule {number}", **one} for number, one in enumerate(then, 1)]
    return parse_rules(made)


@dataclass
class Desk:
    """alice's accounts, and a job of hers."""

    restricted: bool = True
    balance: int = 1000
    tariffs: list[Tariff] = field(default_factory=lambda: [house()])
    quotas: tuple[tuple[PageKind, str], ...] = ()
    purses: tuple[str, ...] = ("alice",)
    default: str | None = None

    def __post_init__(self) -> None:
        self.book = Book()
        self.rewritten: list[Changes] = []
        self._keys = 0
        self.open("cash", AccountKind.CASH)
        self.open("alice", AccountKind.PERSONAL, owner="alice", restricted=self.restricted)
        self.fill("alice", self.balance)

    def open(self, name: str, kind: AccountKind, **more: Any) -> None:
        self.book.open_account(Account(name, kind, "EUR", **more))

    def fill(self, name: str, amount: int) -> None:
        self._keys += 1
        if amount:
            key = str(self._keys)
            top_up = Transfer(key=key, source="cash", target=name, unit="EUR", amount=amount)
            self.book.apply(top_up, NOON)

    def change(self, name: str, **more: Any) -> None:
        self.book.change_account(replace(self.book.account(name), **more))

    def ask(
        self,
        *reports: Inspection,
        rules: tuple[Rule, ...] = (),
        settings: Settings | None = None,
        **more: Any,
    ) -> Verdict:
        payer = Payer("alice", frozenset({"students"}), self.purses, self.default)
        accounts = [self.book.account(purse) for purse in self.purses]
        person = Person(
            payer,
            self.quotas,
            any(account.restricted for account in accounts if account.id == "alice"),
            sum(self.book.balance(account.id).available for account in accounts),
        )
        asking = Asking(
            submission=Submission(reports or (LETTER,), name="letter.pdf"),
            ticket=JobTicket(settings or Settings(sides="two-sided-long-edge")),
            place=Place(queue="office"),
            moment=NOON,
            currency="EUR",
            **more,
        )
        return assess(asking, person, rules, PriceList(self.tariffs), self.book, self.rewrite)

    def rewrite(self, changes: Changes, ticket: JobTicket) -> bytes:
        self.rewritten.append(changes)
        return b"rewritten"


def told(verdict: Verdict) -> tuple[Answer, str]:
    return verdict.answer, verdict.reason


# -- price and payers -------------------------------------------------------------------------------------


def test_a_job_that_may_print_has_its_price_and_who_pays() -> None:
    verdict = Desk().ask()
    assert told(verdict) == (ADMITTED, "")
    assert verdict.message == "3 impressions, 1 in colour, on 2 sheets: 0.32 EUR"
    assert (verdict.unit, verdict.quote_minor) == ("EUR", 32)
    assert sum(line.amount for line in lines_of(verdict.quote_lines)) * 100 == 32
    (charge,) = verdict.charges
    assert (charge.amount, charge.to, charge.loss) == (32, "revenue:EUR", "grant:EUR")
    assert charge.shares == verdict.payers == (Share(("alice",)),)
    assert verdict.counts == Counts(3, 3, 1, 1, 2, 2, 1)
    assert verdict.attributes is None and verdict.copies is None


def test_without_a_tariff_it_costs_nothing() -> None:
    verdict = Desk(tariffs=[]).ask()
    assert told(verdict) == (ADMITTED, "") and verdict.charges == ()
    assert (verdict.quote_minor, verdict.quote_lines) == (-1, "[]")
    assert verdict.payers == (Share(("alice",)),)


def test_the_reservation_decides_about_money_not_the_price() -> None:
    verdict = Desk(balance=31).ask()
    assert told(verdict) == (ADMITTED, "") and verdict.charges[0].amount == 32


def test_pages_are_charged_beside_money_and_where_printing_is_free() -> None:
    quotas = (PageKind.SHEETS, "quota:alice:sheets"), (PageKind.COLOUR, "quota:alice:colour-impressions")
    verdict = Desk(quotas=quotas).ask()
    assert [(charge.unit, charge.amount) for charge in verdict.charges] == [
        ("EUR", 32),
        ("sheets", 2),
        ("colour-impressions", 1),
    ]
    assert verdict.charges[1].shares == (Share(("quota:alice:sheets",)),)
    free = Desk(quotas=quotas, tariffs=[]).ask(document(page()))
    assert [(charge.unit, charge.amount) for charge in free.charges] == [("sheets", 1)]


def test_the_account_that_the_job_names() -> None:
    desk = Desk(default="physics")
    desk.open("physics", AccountKind.SHARED, users=frozenset({"alice"}))
    desk.open("library", AccountKind.SHARED, groups=frozenset({"students"}))
    assert desk.ask().payers == (Share(("physics",), 100),)
    assert desk.ask(account="library").payers == (Share(("library",), 100),)
    split = desk.ask(account="physics:60,library:40")
    assert split.payers == split.charges[0].shares == (Share(("physics",), 60), Share(("library",), 40))
    assert desk.ask(accounting_user="alice").payers == (Share(("alice",)),)


@pytest.mark.parametrize(
    ("more", "reason", "words"),
    [
        ({"account": "physics"}, Reason.ACCOUNT_REFUSED, "alice may not charge"),
        ({"account": "closed"}, Reason.ACCOUNT_CLOSED, "closed"),
        ({"account": "nowhere"}, Reason.ACCOUNT_INFO, "no account 'nowhere'"),
        ({"account": "library:60,physics:60"}, Reason.ACCOUNT_INFO, "add up to 100"),
        ({"accounting_user": "bob"}, Reason.ACCOUNT_REFUSED, "at the expense of bob"),
    ],
)
def test_a_payer_who_does_not_pay_holds_the_job(more: dict[str, Any], reason: str, words: str) -> None:
    desk = Desk()
    desk.open("physics", AccountKind.SHARED, users=frozenset({"bob"}))
    desk.open("closed", AccountKind.SHARED, users=frozenset({"alice"}), closed=True)
    verdict = desk.ask(**more)
    assert told(verdict) == (HELD, reason)
    assert words in verdict.message and verdict.charges == ()


def test_a_closed_account_of_ones_own() -> None:
    desk = Desk()
    desk.change("alice", closed=True)
    verdict = desk.ask()
    assert told(verdict) == (HELD, Reason.ACCOUNT_CLOSED) and "alice has no open account" in verdict.message


# -- what nobody can count or price -----------------------------------------------------------------------


def test_what_nobody_can_count_waits_for_a_person_where_the_payer_is_limited() -> None:
    verdict = Desk().ask(RIDDLE)
    assert told(verdict) == (HELD, Reason.ACCOUNT_INFO)
    assert verdict.message == "nobody can say what it costs: could not inspect: it is encrypted"
    assert verdict.counts == Counts(error="could not inspect: it is encrypted")


def test_a_person_may_let_it_go_and_who_pays_is_known() -> None:
    verdict = Desk().ask(RIDDLE, answered=frozenset({Reason.ACCOUNT_INFO}))
    assert told(verdict) == (ADMITTED, "")
    assert verdict.charges == () and verdict.payers == (Share(("alice",)),)


def test_what_nobody_can_count_prints_where_the_payer_is_not_limited() -> None:
    assert told(Desk(restricted=False).ask(RIDDLE)) == (ADMITTED, "")
    assert told(Desk(tariffs=[]).ask(RIDDLE)) == (ADMITTED, "")


def test_it_waits_where_pages_are_limited_and_money_is_not() -> None:
    desk = Desk(restricted=False, tariffs=[], quotas=((PageKind.SHEETS, "quota:alice:sheets"),))
    assert told(desk.ask(RIDDLE)) == (HELD, Reason.ACCOUNT_INFO)
    assert told(desk.ask(RIDDLE, answered=frozenset({Reason.ACCOUNT_INFO}))) == (ADMITTED, "")


def test_the_limit_may_be_that_of_a_cost_centre_above() -> None:
    desk = Desk(restricted=False, default="chair")
    desk.open("faculty", AccountKind.SHARED, restricted=True)
    may = frozenset({"alice"})
    desk.open("chair", AccountKind.SHARED, restricted=False, parent="faculty", users=may)
    assert told(desk.ask(RIDDLE)) == (HELD, Reason.ACCOUNT_INFO)
    desk.change("faculty", restricted=False)
    assert told(desk.ask(RIDDLE)) == (ADMITTED, "")


def test_one_limited_payer_of_several_is_enough() -> None:
    desk = Desk(restricted=False)
    may = frozenset({"alice"})
    desk.open("physics", AccountKind.SHARED, restricted=False, users=may)
    desk.open("library", AccountKind.SHARED, restricted=True, users=may)
    assert told(desk.ask(RIDDLE, account="physics")) == (ADMITTED, "")
    assert told(desk.ask(RIDDLE, account="physics:60,library:40")) == (HELD, Reason.ACCOUNT_INFO)


def test_an_allowance_beside_money_without_a_limit_is_no_limit() -> None:
    desk = Desk(restricted=False, purses=("allowance:alice", "alice"))
    desk.open("allowance:alice", AccountKind.ALLOWANCE, owner="alice")
    assert told(desk.ask(RIDDLE)) == (ADMITTED, "")
    desk.change("alice", closed=True)  # then the allowance is all there is
    assert told(desk.ask(RIDDLE)) == (HELD, Reason.ACCOUNT_INFO)


def test_what_the_tariffs_do_not_price_waits_where_the_payer_is_limited() -> None:
    only_black = [house('side = [{ price = "0.04", colour = false }]')]
    verdict = Desk(tariffs=only_black).ask()
    assert told(verdict) == (HELD, Reason.ACCOUNT_INFO) and "colour" in verdict.message
    assert verdict.counts == Counts(3, 3, 1, 1, 2, 2, 1)
    let_go = Desk(tariffs=only_black).ask(answered=frozenset({Reason.ACCOUNT_INFO}))
    assert told(let_go) == (ADMITTED, "") and let_go.charges == ()
    assert told(Desk(tariffs=only_black, restricted=False).ask()) == (ADMITTED, "")
    assert told(Desk(tariffs=only_black).ask(document(page()))) == (ADMITTED, "")


# -- rules ------------------------------------------------------------------------------------------------

DENY = {"then": {"outcome": "deny", "message": "no, {user}"}}
HOLD = {"then": {"outcome": "hold", "message": "{pages} pages wait"}}
CONFIRM = {"then": {"confirm": "{cost}: sure?"}}
ROUTE = {"then": {"route": "basement"}}
CHEAP = {"when": {"cost": {"over": "0.30"}}, "then": {"monochrome": True}}


def test_a_denial_is_final_whatever_was_answered() -> None:
    every = frozenset({Reason.POLICY_HOLD, Reason.TO_BE_CONFIRMED, Reason.ACCOUNT_INFO})
    for answered in (frozenset(), every):
        verdict = Desk().ask(rules=rules(DENY), answered=answered)
        assert told(verdict) == (DENIED, "") and verdict.message == "no, alice"
        assert verdict.charges == () and "[fired] everywhere / rule 1" in verdict.explain
    assert verdict.counts == Counts(3, 3, 1, 1, 2, 2, 1)


def test_a_hold_is_answered_by_a_release() -> None:
    verdict = Desk().ask(rules=rules(HOLD))
    assert told(verdict) == (HELD, Reason.POLICY_HOLD) and verdict.message == "3 pages wait"
    assert verdict.quote_minor == 32 and verdict.charges == ()
    after = Desk().ask(rules=rules(HOLD), answered=frozenset({Reason.POLICY_HOLD}))
    assert told(after) == (ADMITTED, "") and after.charges[0].amount == 32


def test_a_question_is_answered_by_a_release() -> None:
    verdict = Desk().ask(rules=rules(CONFIRM))
    assert told(verdict) == (HELD, Reason.TO_BE_CONFIRMED) and verdict.message == "0.32: sure?"
    for reason in (Reason.TO_BE_CONFIRMED, Reason.POLICY_HOLD):
        assert told(Desk().ask(rules=rules(CONFIRM), answered=frozenset({reason}))) == (ADMITTED, "")
    assert told(Desk().ask(rules=rules(HOLD, CONFIRM))) == (HELD, Reason.POLICY_HOLD)
    answered = frozenset({Reason.TO_BE_CONFIRMED})
    assert told(Desk().ask(rules=rules(HOLD), answered=answered)) == (HELD, Reason.POLICY_HOLD)


def test_several_holds_are_answered_one_after_the_other() -> None:
    """A job that the rules hold and that nobody can count prints after two releases, not never."""
    answered: frozenset[str] = frozenset()
    reasons = []
    for _ in range(3):
        verdict = Desk().ask(RIDDLE, rules=rules(HOLD), answered=answered)
        reasons.append(verdict.reason)
        answered |= {verdict.reason}
    assert reasons == [Reason.POLICY_HOLD, Reason.ACCOUNT_INFO, ""]


def test_a_route_goes_before_a_hold_and_not_in_circles() -> None:
    verdict = Desk().ask(rules=rules(ROUTE, HOLD))
    assert told(verdict) == (ROUTED, "") and verdict.route_to == "basement"
    assert verdict.message == "3 pages wait" and verdict.charges == ()
    assert Desk().ask(rules=rules(ROUTE)).message == "the rules send it to queue basement"
    assert told(Desk().ask(rules=rules(ROUTE), routed=True)) == (ADMITTED, "")
    there = {"then": {"route": "office"}}
    assert told(Desk().ask(rules=rules(there))) == (ADMITTED, "")
    assert told(Desk().ask(rules=rules(ROUTE, DENY))) == (DENIED, "")


def test_changes_are_priced_and_written_into_the_job() -> None:
    desk = Desk()
    verdict = desk.ask(rules=rules(CHEAP, {"then": {"max_copies": 2}}), settings=Settings(copies=5))
    assert told(verdict) == (ADMITTED, "")
    assert desk.rewritten == [Changes(monochrome=True, copies=2)]
    assert (verdict.attributes, verdict.copies) == (b"rewritten", 2)
    assert verdict.quote_minor == verdict.charges[0].amount == 2 * 3 * (4 + 2)
    assert verdict.counts == Counts(3, 3, 2, 0, 6, 6, 0)


def test_a_cap_on_what_nobody_can_count_asks_for_no_more_copies() -> None:
    desk = Desk(restricted=False)
    verdict = desk.ask(RIDDLE, rules=rules({"then": {"max_copies": 3}}))
    assert told(verdict) == (ADMITTED, "") and verdict.copies == 3
    assert desk.rewritten == [Changes(copies=3)]  # a cap; see rewriting


def test_a_job_that_is_held_or_denied_is_left_as_it_is() -> None:
    for then in (DENY, HOLD, CONFIRM):
        verdict = Desk().ask(rules=rules(CHEAP, then))
        assert (verdict.attributes, verdict.copies, verdict.charges) == (None, None, ())


def test_what_the_rules_save_may_be_what_is_missing() -> None:
    enough = {
        "when": {"missing_money": {"over": "0"}},
        "then": {"outcome": "deny", "message": "{missing_money}"},
    }
    assert Desk(balance=20).ask(rules=rules(enough)).message == "0.12"
    assert told(Desk(balance=20).ask(rules=rules(CHEAP, enough))) == (ADMITTED, "")


def test_a_message_goes_before_the_price() -> None:
    verdict = Desk().ask(rules=rules({"then": {"message": "think of the trees"}}))
    assert verdict.message == "think of the trees 3 impressions, 1 in colour, on 2 sheets: 0.32 EUR"


def test_a_job_that_was_counted_already_is_taken_as_it_is() -> None:
    settings = Settings(sides="two-sided-long-edge")
    counted = count(LETTER, JobTicket(settings))
    assert Desk().ask(counted=counted) == Desk().ask()
    both = Desk().ask(rules=rules(CHEAP), counted=counted), Desk().ask(rules=rules(CHEAP))
    assert both[0] == both[1]
