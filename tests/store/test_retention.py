"""What is no longer kept: documents by age and size, history by age; the row forgets before the file goes."""

from plantin.core.ids import JobId
from plantin.core.model import SpoolRef
from plantin.store.commands import jobs, retention
from plantin.store.commands.subscriptions import NewSubscription, subscribe
from plantin.store.models import Attempt, Document, Event, Job, Subscription
from plantin.store.queries import config
from plantin.store.queries import jobs as queries
from plantin.store.queries.spool import alive
from tests.store.support import ALICE, T0, Database, document, kinds, record_of, state_of


def paper(number: int, octets: int = 1000) -> SpoolRef:
    return SpoolRef(f"20231114/22h1/{number}.d", 0, octets)


def ended(database: Database, *moments: int, octets: int = 1000) -> list[JobId]:
    """Jobs that ended then, in a new site; the n-th one rests in the spool file n."""
    queue = database.site()
    found = []
    for number, at in enumerate(moments, 1):
        papers = (document(octets=octets, spool=paper(number, octets)),)
        found.append(database.job(queue, documents=papers))
        database.printed(found[-1], at=at)
    return found


def test_documents_by_age(database: Database) -> None:
    first, second, third = ended(database, T0 + 100, T0 + 200, T0 + 300)
    gone = database.write(retention.retire_documents, T0 + 300, 10, T0 + 999)
    assert gone == [paper(1), paper(2)]
    (forgotten,), (kept,) = queries.documents([first])[first], queries.documents([third])[third]
    assert (forgotten.spool, forgotten.octets) == (None, 1000)  # the history stays
    assert kept.spool == paper(3)
    retired = [record_of(job).documents_retired_at for job in (first, second, third)]
    assert retired == [T0 + 999, T0 + 999, 0]
    assert kinds(second)[-1] == "documents-retired"
    assert database.write(retention.retire_documents, T0 + 300, 10, T0 + 999) == []


def test_in_bounded_steps_oldest_first(database: Database) -> None:
    ended(database, T0 + 300, T0 + 100, T0 + 200)
    steps = [database.write(retention.retire_documents, T0 + 999, 1, T0) for _ in range(4)]
    assert steps == [[paper(2)], [paper(3)], [paper(1)], []]


def test_unfinished_jobs_keep_their_documents(database: Database) -> None:
    queue = database.site()
    database.job(queue)
    database.held(queue)
    database.started(database.job(queue))
    assert database.write(retention.retire_documents, T0 + 10**12, 10, T0) == []
    assert database.write(retention.retire_oldest, 0, 10, T0) == []


def test_documents_by_size_oldest_first(database: Database) -> None:
    jobs_ = ended(database, T0 + 100, T0 + 200, T0 + 300, octets=1000)
    assert database.write(retention.retire_oldest, 3000, 10, T0) == []
    assert database.write(retention.retire_oldest, 2999, 10, T0) == [paper(1)]
    assert database.write(retention.retire_oldest, 500, 10, T0) == [paper(2), paper(3)]
    assert all(record_of(job).documents_retired_at for job in jobs_)


def test_a_job_without_documents_is_retired_too(database: Database) -> None:
    job = database.job(database.site(), documents=(), incoming=True)
    database.write(jobs.cancel, job, ALICE)
    assert database.write(retention.retire_documents, T0 + 999, 10, T0 + 5) == []
    assert record_of(job).documents_retired_at == T0 + 5


def test_a_restarted_job_is_not_retired(database: Database) -> None:
    (job,) = ended(database, T0 + 100)
    database.write(jobs.restart, job, None, 0, ALICE)
    assert database.write(retention.retire_documents, T0 + 999, 10, T0) == []


def test_whose_documents_rest_in_a_file(database: Database) -> None:
    ended(database, T0 + 100, T0 + 200)
    names = [paper(number).name for number in (1, 2, 3)]
    assert alive(names) == {paper(1).name, paper(2).name}
    database.write(retention.retire_documents, T0 + 150, 10, T0)
    assert alive(names) == {paper(2).name}
    assert alive([]) == set()


def test_history_goes_with_all_that_belongs_to_it(database: Database) -> None:
    first, second, third = ended(database, T0 + 100, T0 + 200, T0 + 300)
    wish = NewSubscription(("job-completed",), "alice", b"", "utf-8", "en", 0, 0)
    database.write(subscribe, [wish], queue=None, job=first, now=T0)
    database.write(retention.retire_documents, T0 + 250, 10, T0)
    assert database.write(retention.forget_history, T0 + 999, 1) == 1
    assert database.write(retention.forget_history, T0 + 999, 10) == 1
    assert database.write(retention.forget_history, T0 + 999, 10) == 0  # the third has its documents yet
    assert list(Job.objects.values_list("pk", flat=True)) == [third]
    for model in (Document, Attempt):
        assert list(model.objects.values_list("job_id", flat=True)) == [third]
    assert set(Event.objects.exclude(job=None).values_list("job_id", flat=True)) == {third}
    assert Subscription.objects.count() == 0
    assert state_of(third) and second not in queries.jobs_by_id([second])


def test_history_by_age(database: Database) -> None:
    ended(database, T0 + 100, T0 + 200)
    database.write(retention.retire_documents, T0 + 999, 10, T0)
    assert database.write(retention.forget_history, T0 + 100, 10) == 0
    assert database.write(retention.forget_history, T0 + 101, 10) == 1
    assert Job.objects.count() == 1


def test_ids_are_not_used_again(database: Database) -> None:
    """A job-id that a client remembers must never mean another job."""
    (job,) = ended(database, T0 + 100)
    database.write(retention.retire_documents, T0 + 999, 10, T0)
    database.write(retention.forget_history, T0 + 999, 10)
    assert Job.objects.count() == 0
    assert database.job(config.queue("q1")) == job + 1
