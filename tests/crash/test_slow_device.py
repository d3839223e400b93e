"""The queue process dies while a slow device is in the middle of a job: that job is held, as nobody knows
what came out, and those behind it print in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

from plantin.core.states import JobEvent, JobState
from tests.crash import audit, processes, work
from tests.crash.clients import Connection
from tests.crash.devices import Device
from tests.crash.poll import until
from tests.peers.plantin import Plantin


async def _print(server: Plantin, numbers: list[int]) -> list[int]:
    connection = Connection(server.port)
    ids = []
    for number in numbers:
        answer = await connection.ask(work.print_job("slow", number), work.document(number))
        assert answer.ok, answer.message
        ids.append(answer.job_id)
    connection.close()
    return ids


async def _story(folder: Path, what: str) -> tuple[list[audit.Row], Device, list[int]]:
    big = next(number for number in range(1, 1000) if len(work.document(number)) > 500_000)
    numbers = [big, 1001, 1002, 1003]
    device = Device(pace_s=0.2, receive_octets=4096)
    await device.start()
    server = Plantin(folder / "data")
    try:
        await asyncio.to_thread(server.add_queue, "slow", device.uri)
        await asyncio.to_thread(server.start)
        ids = await _print(server, numbers)
        await until("the device has begun", lambda: device.arrivals and device.arrivals[0].octets > 8192)
        pid = await asyncio.to_thread(processes.kill, server, what)
        device.pace_s = 0.0
        if what == processes.QUEUE:
            await asyncio.to_thread(processes.wait_restarted, server, what, pid)
        else:
            await asyncio.to_thread(server.start)
        await until("the others print", lambda: device.whole()[-3:] == numbers[1:])
        await until("all is settled", lambda: not audit.waiting(server.data))
        assert await asyncio.to_thread(server.stop) == 0
    finally:
        if server.daemon is not None:
            server.kill()
        await device.close()
    jobs = await asyncio.to_thread(audit.rows, server.data)
    return [jobs[job] for job in ids], device, numbers


def _judge(rows: list[audit.Row], device: Device, numbers: list[int]) -> None:
    first, *others = rows
    assert first.state is JobState.HELD
    assert first.reasons == "job-held-for-review"
    assert first.trail[-2:] == [JobEvent.OUTCOME_UNKNOWN, JobEvent.UNKNOWN_HELD]
    assert [row.state for row in others] == [JobState.COMPLETED] * 3
    assert [arrival.number for arrival in device.arrivals] == numbers, "each came once, in order"


def test_the_queue_process_dies_in_the_middle_of_a_job(tmp_path: Path) -> None:
    _judge(*asyncio.run(_story(tmp_path, processes.QUEUE)))


def test_the_whole_server_dies_in_the_middle_of_a_job(tmp_path: Path) -> None:
    _judge(*asyncio.run(_story(tmp_path, processes.SUPERVISOR)))
