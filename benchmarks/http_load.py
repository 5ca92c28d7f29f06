"""Searches over HTTP from some clients at once, each on one kept-alive connection.

    python -m benchmarks.http_load < job.json

A job has the port, the key, the bodies, the number of clients and the seconds. The answer on stdout has the seconds of
every search, and the failures.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.client import HTTPConnection
from typing import TypedDict

PATH = "/v3/memories/search/"


class Job(TypedDict):
    port: int
    key: str
    bodies: list[str]
    clients: int
    seconds: float


class Outcome(TypedDict):
    """The outcome of a job: `seconds` of each search, and `lasted` from the first request to the last answer."""

    seconds: list[float]
    lasted: float
    failures: int
    fewest_results: int


def drive(job: Job) -> Outcome:
    taken: list[float] = []
    failures: list[int] = []
    results: list[int] = []
    headers = {"Authorization": f"Token {job['key']}", "Content-Type": "application/json"}
    until = time.perf_counter() + job["seconds"]

    def client(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", job["port"], timeout=30)
        turn = number * 7
        while time.perf_counter() < until:
            body = job["bodies"][turn % len(job["bodies"])]
            turn += 1
            start = time.perf_counter()
            connection.request("POST", PATH, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            taken.append(time.perf_counter() - start)
            if answer.status == 200:
                results.append(content.count(b'"memory"'))
            else:
                failures.append(answer.status)
        connection.close()

    start = time.perf_counter()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(job["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Outcome(
        seconds=taken,
        lasted=time.perf_counter() - start,
        failures=len(failures),
        fewest_results=min(results, default=0),
    )


if __name__ == "__main__":
    json.dump(drive(json.load(sys.stdin)), sys.stdout)
