"""Sites, devices, queues: added, changed, removed, each with its event."""

from typing import Any

import pytest

from plantin.core.errors import NotFound, Refusal
from plantin.core.ids import JobId
from plantin.core.limits import DEVICES_PER_QUEUE_MAX
from plantin.core.model import QueueMode, UnknownPolicy
from plantin.store.commands import config, jobs
from plantin.store.models import Attempt, Document, Event, Job
from plantin.store.queries import config as queries
from plantin.store.queries import directory
from plantin.store.queries import jobs as job_queries
from plantin.store.queries.why import story
from tests.store.support import ALICE, T0, Database, kinds, record_of, state_of


def events() -> list[tuple[str, int | None, int | None]]:
    rows = Event.objects.filter(job=None).order_by("pk")
    return list(rows.values_list("kind", "queue_id", "device_id"))


def test_a_device_as_it_was_added(database: Database) -> None:
    database.write(
        config.add_device,
        "Köln-3",
        "ipps://printer.test/ipp/print",
        site_name="cologne",
        info="by the window",
        location="third floor",
        make_model="Maker 1000",
        tls_pin="ab" * 32,
        options={"connect_s": 3},
        actor="root",
    )
    device = queries.device("Köln-3")
    assert (device.name, device.uri, device.site) == ("Köln-3", "ipps://printer.test/ipp/print", "cologne")
    assert (device.info, device.location, device.make_model) == ("by the window", "third floor", "Maker 1000")
    assert (device.tls_pin, device.options, device.paused) == ("ab" * 32, '{"connect_s": 3}', False)
    assert (device.state, device.state_reasons, device.capabilities) == (3, ("none",), b"")
    assert queries.devices([device.id]) == [device] == queries.devices()
    assert events() == [("device-added", None, device.id)]


def test_a_queue_as_it_was_added(database: Database) -> None:
    database.device("d1")
    database.device("d2")
    queue = database.queue(
        "secure",
        ["d2", "d1", "d2"],
        QueueMode.HOLD,
        info="hold",
        defaults=b"\x01\x02",
        allowed_users=["alice", "@staff"],
        denied_users=("mallory",),
        unknown_policy=UnknownPolicy.ABORT,
        error_policy="retry-job",
        expire_after_s=60,
        accepting=False,
        is_class=True,
    )
    assert (queue.name, queue.mode, queue.site) == ("secure", QueueMode.HOLD, "main")
    assert queue.devices == (queries.device("d2").id, queries.device("d1").id)
    assert (queue.defaults, queue.allowed_users, queue.denied_users) == (
        b"\x01\x02",
        ("alice", "@staff"),
        ("mallory",),
    )
    assert (queue.unknown_policy, queue.error_policy) == (UnknownPolicy.ABORT, "retry-job")
    assert (queue.expire_after_s, queue.accepting, queue.is_class, queue.enabled) == (60, False, True, True)
    assert queries.queues([queue.id]) == [queue] == queries.queues()
    assert events()[-1] == ("queue-added", queue.id, None)


def test_nothing_asked_nothing_read(database: Database) -> None:
    database.site()
    assert queries.queues([]) == [] and queries.devices([]) == []
    assert queries.queues([99]) == [] and queries.devices([99]) == []
    for question in (queries.queue, queries.device):
        with pytest.raises(NotFound, match="'q9'"):
            question("q9")


def test_changes_and_their_events(database: Database) -> None:
    database.device("d1")
    database.device("d2")
    queue, device = database.queue("q1", ["d1"]), queries.device("d1")
    database.write(config.set_queue, "q1", enabled=False, state_message="toner", actor="root")
    stopped = queries.queue("q1")
    assert (stopped.enabled, stopped.state_message) == (False, "toner")
    assert stopped.version > queue.version and stopped.state_at >= queue.state_at
    assert stopped.config_at == queue.config_at
    database.write(config.set_queue, "q1", devices=["d2"], info="new")
    changed = queries.queue("q1")
    assert (changed.devices, changed.info) == ((queries.device("d2").id,), "new")
    assert changed.version > stopped.version
    database.write(config.set_device, "d1", paused=True)
    assert queries.device("d1").paused and queries.device("d1").version > device.version
    assert [kind for kind, *_ in events()[3:]] == ["queue-state", "queue-changed", "device-changed"]


def test_a_new_uri_forgets_what_was_known_of_the_old_one(database: Database) -> None:
    device = database.device("d1", tls_pin="aa" * 32)
    database.write(config.device_reported, device.id, event=False, capabilities=b"\1", capabilities_at=T0)
    assert queries.device("d1").capabilities == b"\1"
    database.write(config.set_device, "d1", uri=device.uri, info="same uri")
    assert (queries.device("d1").capabilities, queries.device("d1").tls_pin) == (b"\1", "aa" * 32)
    database.write(config.set_device, "d1", uri="socket://other.test")
    changed = queries.device("d1")
    assert (changed.capabilities, changed.capabilities_at, changed.tls_pin) == (b"", 0, "")


def test_a_report_of_a_device(database: Database) -> None:
    device = database.device("d1")
    database.write(
        config.device_reported,
        device.id,
        event=True,
        state=5,
        state_reasons="media-jam-error door-open",
        state_message="paper jam",
        state_at=T0,
    )
    told = queries.device("d1")
    assert (told.state, told.state_reasons) == (5, ("media-jam-error", "door-open"))
    last = Event.objects.latest("pk")
    assert (last.kind, last.state, last.reasons) == ("device-state", 5, "media-jam-error door-open")
    assert (last.text, last.device_id) == ("paper jam", device.id)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: config.add_device("d1", "x:"), "'d1' already"),
        (lambda: config.add_queue("q1", []), "'q1' already"),
        (lambda: config.add_queue("q2", ["d9"]), "'d9'"),
        (lambda: config.add_queue("a b", []), "' '"),
        (lambda: config.add_device("a/b", "x:"), "'/'"),
        (lambda: config.add_device("d2", "x:", site_name="a b"), "' '"),
        (lambda: config.add_device("d2", "x:", colour="red"), "colour"),
        (lambda: config.add_queue("q2", [], colour="red"), "colour"),
        (lambda: config.set_queue("q9", info=""), "'q9'"),
        (lambda: config.set_device("d9", info=""), "'d9'"),
        (lambda: config.set_queue("q1", mode="sometimes"), "sometimes"),
        (lambda: config.set_queue("q1", unknown_policy="guess"), "guess"),
        (lambda: config.set_queue("q1", error_policy="explode"), "explode"),
        (lambda: config.remove_queue("q9"), "'q9'"),
        (lambda: config.remove_device("d9"), "'d9'"),
        (lambda: config.remove_device("d1"), "q1"),
        (lambda: config.set_default_queue("q9"), "'q9'"),
    ],
)
def test_refusals_say_what_is_wrong_and_leave_nothing(database: Database, call: Any, says: str) -> None:
    database.site()
    before = events(), queries.queues(), queries.devices()
    with pytest.raises(Refusal) as caught:
        database.write(call)
    assert says in caught.value.text
    assert (events(), queries.queues(), queries.devices()) == before


def test_devices_of_a_queue_at_n_and_n_plus_1(database: Database) -> None:
    def add() -> None:
        for number in range(DEVICES_PER_QUEUE_MAX + 1):
            config.add_device(f"m{number}", "socket://m.test")

    database.write(add)
    names = [device.name for device in queries.devices()]
    assert len(database.queue("most", names[:-1]).devices) == DEVICES_PER_QUEUE_MAX
    with pytest.raises(Refusal, match="1000 is the most"):
        database.queue("more", names)


def test_a_queue_goes_with_its_jobs(database: Database) -> None:
    queue, other = database.site(), database.queue("q2", ["d1"])
    database.printed(database.job(queue))
    database.held(queue)
    database.job(queue)
    kept = database.job(other)
    database.write(config.set_default_queue, "q1")
    database.write(config.remove_queue, "q1", actor="root")
    assert [one.name for one in queries.queues()] == ["q2"]
    assert [Job.objects.count(), Document.objects.count(), Attempt.objects.count()] == [1, 1, 0]
    assert kinds(kept) == ["queued"]
    assert queries.default_queue() == "q2"
    assert events()[-1] == ("queue-removed", queue.id, None)
    assert database.queue("q1", ["d1"]).id != queue.id  # a removed queue's id never means another one


def test_a_queue_that_prints_stays(database: Database) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    with pytest.raises(Refusal, match="printing"):
        database.write(config.remove_queue, "q1")
    database.finish(ticket)
    database.write(config.remove_queue, "q1")


def test_a_device_can_go_although_the_history_knows_it(database: Database) -> None:
    device = database.device("d1")
    queue = database.queue("q1", ["d1"])
    job = database.job(queue, device=device.id)
    with pytest.raises(Refusal, match="q1"):
        database.write(config.remove_device, "d1")
    database.write(config.set_queue, "q1", devices=[])
    with pytest.raises(Refusal, match="still has jobs"):
        database.write(config.remove_device, "d1")
    database.printed(job)
    database.write(config.remove_device, "d1", actor="root")
    assert queries.devices() == []
    assert (record_of(job).device, record_of(job).assigned) == (None, device.id)
    assert [row.text for row in job_queries.trail(job) if row.kind == "started"] == ["attempt 1 on d1"]
    assert events()[-1] == ("device-removed", None, device.id)


def test_a_device_that_prints_a_pool_s_job_stays(database: Database) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    database.write(config.set_queue, "q1", devices=[])
    with pytest.raises(Refusal, match="printing"):
        database.write(config.remove_device, "d1")
    database.finish(ticket)
    database.write(config.remove_device, "d1")
    assert state_of(job).terminal


def test_the_default_queue(database: Database) -> None:
    assert queries.default_queue() == ""
    database.queue("q1")
    database.queue("q2")
    assert queries.default_queue() == "q1"
    database.write(config.set_default_queue, "q2", actor="root")
    assert queries.default_queue() == "q2"
    assert events()[-1][0] == "queue-default"


def test_a_directory_finds_what_is_newer(database: Database) -> None:
    device = database.device("d1")
    queue = database.queue("q1", ["d1"])
    stamp = directory.Stamp(device.version, device.state_at, device.capabilities_at)
    assert (directory.devices_newer(stamp), directory.queues_newer(queue.version)) == ([], [])
    database.write(config.device_reported, device.id, event=False, state=5, state_at=T0)
    assert directory.devices_newer(stamp) == [device.id]
    database.write(config.set_queue, "q1", info="x")
    assert directory.queues_newer(queue.version) == [queue.id]
    assert (directory.queue_ids(), directory.device_ids()) == ({queue.id}, {device.id})


def test_jobs_wait_where_there_is_no_device(database: Database) -> None:
    queue = database.queue("q1")
    job = database.job(queue)
    assert "no device" in _now(job)
    database.device("d1")
    database.write(config.set_queue, "q1", devices=["d1"])
    assert "d1" in _now(job)
    database.write(config.set_device, "d1", paused=True)
    assert "paused" in _now(job)
    database.write(jobs.cancel, job, ALICE)
    assert "canceled" in _now(job)


def _now(job: JobId) -> str:
    return story(job).now
