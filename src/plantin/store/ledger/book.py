"""The ledger over the database: `plantin.ledger.view.Ledger` on SQLite and PostgreSQL.

Promises what `docs/ledger.md` says of order and races. One batch of requests is: lock, read, plan and seal
each in memory, write all of it with a handful of statements. A request that is refused changes nothing and
takes nothing with it. Call it inside a transaction of the store; it never begins or ends one.

Concurrency: the row of the head is locked before anything is read, on PostgreSQL by FOR UPDATE; on SQLite the
transaction has the only write lock from its beginning. So whoever plans sees every booking before its own,
and no account needs a lock of its own: only holders of the head change balances. (`sql.take_turn` orders the
writers of a PostgreSQL store before that already; the ledger doesn't rely on it.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections

from plantin.core.errors import PlantinError
from plantin.ledger.accounts import Account, lineage
from plantin.ledger.encoding import genesis, seal
from plantin.ledger.errors import InvalidRequest, KeyConflict, LedgerError
from plantin.ledger.money import unit_of
from plantin.ledger.plan import plan
from plantin.ledger.requests import Request
from plantin.ledger.transactions import Balance, Kind, Transaction
from plantin.ledger.verify import Head
from plantin.store import sql
from plantin.store.commands.config import now_ms
from plantin.store.commands.events import EventRow, record
from plantin.store.ledger import accounts, journal
from plantin.store.ledger.view import ENDS, WorkingView

Answer = Transaction | LedgerError
Asked = tuple[Request, datetime]


class DatabaseBook:
    """The book of accounts of this database.

    `overdrafts` has the default overdraft, minor units, of each unit; None: what `settings` keeps.
    """

    def __init__(self, book_id: str = "plantin", overdrafts: Mapping[str, int] | None = None) -> None:
        self._book_id = book_id
        self._overdrafts = None if overdrafts is None else dict(overdrafts)
        self.command = self.apply_each
        """`apply_each` as one object, for `Store.batch(book.command, (request, at))`."""

    @property
    def book_id(self) -> str:
        return self._book_id

    # -- accounts -------------------------------------------------------------------------------------------

    def open_account(self, account: Account, *, actor: str = "", quiet: bool = False) -> None:
        """Adds an account. `quiet` leaves no event: for accounts made on demand, by the thousand.

        Raises:
            InvalidRequest: the id is taken, or the parent is of another kind or unit.
            UnknownAccount: no such parent.
        """
        self._lock()
        unit_of(account.unit)
        if accounts.by_ids([account.id]):
            raise InvalidRequest(f"account {account.id} exists")
        self._check_tree(account)
        accounts.insert([account])
        if not quiet:
            text = f"{account.id}: {account.kind.value} account in {account.unit}"
            record([EventRow(now_ms(), "account-added", actor=actor, text=text)])

    def change_account(self, account: Account, *, actor: str = "") -> None:
        """Writes an account's settings and says in an event which ones changed.

        Raises:
            InvalidRequest: kind or unit would change, or the tree is not one.
            UnknownAccount: no such account.
        """
        self._lock()
        old = self.account(account.id)
        if (old.kind, old.unit) != (account.kind, account.unit):
            raise InvalidRequest(f"account {account.id}: kind and unit cannot change")
        self._check_tree(account)
        accounts.update(account)
        changed = [
            one.name for one in fields(Account) if getattr(old, one.name) != getattr(account, one.name)
        ]
        if changed:
            text = f"{account.id}: {', '.join(_told(name, account) for name in changed)}"
            record([EventRow(now_ms(), "account-changed", actor=actor, text=text)])

    def _check_tree(self, account: Account) -> None:
        def find(account_id: str) -> Account:
            return account if account_id == account.id else self.account(account_id)

        for node in lineage(account, find):
            if (node.kind, node.unit) != (account.kind, account.unit):
                raise InvalidRequest(f"account {account.id}: {node.id} is of another kind or unit")

    # -- reading --------------------------------------------------------------------------------------------

    def view(self) -> WorkingView:
        """What the ledger is now, for questions that need several answers."""
        return WorkingView(self._overdrafts)

    def account(self, account_id: str) -> Account:
        return self.view().account(account_id)

    def accounts(self) -> Sequence[Account]:
        return [account for account, _ in accounts.everything()]

    def balance(self, account_id: str) -> Balance:
        return self.view().balance(account_id)

    def tree_balance(self, account_id: str) -> Balance:
        return self.view().tree_balance(account_id)

    def default_overdraft(self, unit: str) -> int:
        return self.view().default_overdraft(unit)

    def transaction(self, number: int) -> Transaction:
        return self.view().transaction(number)

    def referring(self, number: int) -> Sequence[Transaction]:
        return self.view().referring(number)

    def transactions(self, after: int = 0) -> Iterator[Transaction]:
        return journal.stream(after)

    def due(self, at: datetime, limit: int = 0) -> Sequence[int]:
        """Numbers of the open reservations whose time is over, oldest first; `limit` 0: all of them."""
        found = sql.select(
            "SELECT number FROM store_openreservation WHERE expires_at_us <= %s ORDER BY expires_at_us"
            + (f" LIMIT {limit}" if limit else ""),
            [journal.to_us(at)],
            lambda row: int(row[0]),
        )
        return sorted(found)

    # -- booking --------------------------------------------------------------------------------------------

    def apply(self, request: Request, at: datetime) -> Transaction:
        """Does the request once; see `plantin.ledger.view.Ledger.apply`."""
        (answer,) = self.apply_each([(request, at)])
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def apply_batch(self, requests: Sequence[Request], at: datetime) -> list[Answer]:
        """Does the requests in their order, all at the moment `at`; each has its own answer."""
        return self.apply_each([(request, at) for request in requests])

    def apply_each(self, asked: Sequence[Asked]) -> list[Answer]:
        """Does the requests in their order, each at its own moment; each has its own answer."""
        if not asked:
            return []
        head = self._lock()
        view = self.view()
        view.preload([request for request, _ in asked])
        number, digest = head.number, head.digest
        made: list[Transaction] = []
        answers: list[Answer] = []
        for request, at in asked:
            try:
                answer = _apply(request, at, view, number + 1, digest)
            except LedgerError as error:
                error.__traceback__ = None  # an answer, which may be kept for long: no frames with it
                answers.append(error)
                continue
            answers.append(answer)
            if answer.number == number + 1:
                view.add(answer)
                made.append(answer)
                number, digest = answer.number, answer.digest
        if made:
            journal.write(made)
            accounts.add_to_balances(view.changes)
            _keep_open_reservations(made)
            self._move_head(head, Head(number, digest))
        return answers

    def _lock(self) -> Head:
        """The end of the chain, nobody else's to move until this transaction ends."""
        own = connections[DEFAULT_DB_ALIAS]
        if not own.in_atomic_block:
            raise RuntimeError("the ledger is written inside a transaction of the store")
        locked = "" if own.vendor == "sqlite" else " FOR UPDATE"
        for book, number, digest in sql.select(
            f"SELECT book, number, digest FROM store_ledgerhead{locked}", [], lambda row: row
        ):
            if book != self._book_id:
                raise PlantinError("wrong-book", f"this database has book {book!r}, not {self._book_id!r}")
            return Head(number, bytes(digest))
        return Head(0, genesis(self._book_id))

    def _move_head(self, old: Head, new: Head) -> None:
        if old.number:
            sql.execute("UPDATE store_ledgerhead SET number = %s, digest = %s", [new.number, new.digest])
        else:
            sql.insert(
                "store_ledgerhead", ["book", "number", "digest"], [(self._book_id, new.number, new.digest)]
            )


def _apply(request: Request, at: datetime, view: WorkingView, number: int, previous: bytes) -> Transaction:
    """The transaction that had this key before, or a new one that is going to be `number`."""
    try:
        digest = request.input_digest()
    except UnicodeError as error:
        raise InvalidRequest(f"a name in the request is no text: {error}") from None
    known = view.known(request.key)
    if known is not None:
        if known.input_digest != digest:
            raise KeyConflict(f"key {request.key} was used for another {known.kind.value}")
        return known
    if "\0" in request.key:
        raise InvalidRequest("an idempotency key has no NUL")
    draft = plan(request, view, at)
    # As the database is going to keep them: the digest is made of what can be read again.
    texts = {name: sql.clean(getattr(request, name)) for name in ("job", "actor", "memo")}
    return seal(draft, number, previous, at, request.key, digest, **texts)


def _keep_open_reservations(made: Sequence[Transaction]) -> None:
    ended = {one.refers_to for one in made if one.kind in ENDS}
    opened = [
        (one.number, journal.to_us(one.expires_at))
        for one in made
        if one.kind is Kind.RESERVE and one.expires_at is not None and one.number not in ended
    ]
    sql.insert("store_openreservation", ["number", "expires_at_us"], opened)
    gone = sorted(number for number in ended if number is not None and number < made[0].number)
    if gone:
        sql.execute(f"DELETE FROM store_openreservation WHERE number IN ({sql.marks(gone)})", gone)


def _told(name: str, account: Account) -> str:
    value = getattr(account, name)
    if name == "pin_digest":  # never the digest itself
        return "PIN set" if value else "PIN removed"
    if isinstance(value, frozenset):
        return f"{name}={','.join(sorted(value))}"
    return f"{name}={value}"
