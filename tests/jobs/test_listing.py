"""Lists: filters, sorts, and pages that hold still while jobs come in."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.jobs.store import SORTS, JobFilter

START = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = list(JobStatus)


@pytest.fixture
def eleven(store, new_job):
    """Jobs with many equal keys, so that only the id tells some of them apart."""
    return [
        store.create(
            new_job(
                name=["Beta", "alpha", "ALPHA", "Ünder", ""][number % 5],
                status=STATUSES[number % 4],
                created_at=START + timedelta(seconds=number // 3),
                updated_at=START + timedelta(seconds=number % 4),
            )
        )
        for number in range(11)
    ]


def turn(store, sort, limit, between=lambda: None):
    pages, cursor = [], None
    while True:
        page = store.list(sort=sort, limit=limit, cursor=cursor)
        pages.append(page.jobs)
        cursor = page.next_cursor
        if cursor is None:
            return pages
        between()


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_every_job_once_in_order(store, eleven, sort):
    whole = [job.job_id for job in store.list(sort=sort, limit=100).jobs]
    assert sorted(whole) == sorted(job.job_id for job in eleven)
    for limit in (1, 2, 3, 10, 11):
        pages = turn(store, sort, limit)
        assert [job.job_id for page in pages for job in page] == whole
        assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_still_while_jobs_come_in(store, eleven, new_job, sort):
    def insert():
        for name, status, moment in (
            ("", JobStatus.PENDING, START - timedelta(days=1)),
            ("zz", JobStatus.FAILED, START + timedelta(days=1)),
            ("alpha", JobStatus.RUNNING, START + timedelta(seconds=1)),
        ):
            store.create(new_job(name=name, status=status, created_at=moment, updated_at=moment))

    before = [job.job_id for job in store.list(sort=sort, limit=100).jobs]
    seen = [job.job_id for page in turn(store, sort, 4, insert) for job in page][: 11 * 4]
    assert len(seen) == len(set(seen))
    assert [job_id for job_id in seen if job_id in set(before)] == before


def test_sorts_mean_what_they_say(store, eleven):
    def listed(sort):
        return store.list(sort=sort, limit=100).jobs

    created = [job.created_at for job in listed("created_at")]
    assert created == sorted(created)
    assert [job.created_at for job in listed("-created_at")] == created[::-1]
    updated = [job.updated_at for job in listed("-updated_at")]
    assert updated == sorted(updated, reverse=True)
    names = [job.name.lower() for job in listed("name")]
    assert names == sorted(names, key=lambda name: (name.startswith("ü"), name))
    statuses = [job.status for job in listed("status")]
    assert statuses == sorted(statuses, key=STATUSES.index)


def test_filters_are_joined(store, new_job):
    for name, owner, pipeline_id, status in (
        ("one", "ann", "motion", JobStatus.PENDING),
        ("two", "ann", "quality", JobStatus.COMPLETED),
        ("three", "bob", "motion", JobStatus.FAILED),
    ):
        store.create(new_job(name=name, owner=owner, pipeline_id=pipeline_id, status=status))

    def names(**wanted):
        return {job.name for job in store.list(JobFilter(**wanted)).jobs}

    assert names() == {"one", "two", "three"}
    assert names(owner="ann") == {"one", "two"}
    assert names(pipeline_id="motion") == {"one", "three"}
    assert names(status={JobStatus.COMPLETED, JobStatus.FAILED}) == {"two", "three"}
    assert names(status=set()) == set()
    assert names(owner="ann", pipeline_id="motion") == {"one"}
    assert names(q="t", owner="ann") == {"two"}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("HOLIDAY", {"Holiday 100%"}),
        ("100%", {"Holiday 100%"}),
        ("%", {"Holiday 100%"}),
        ("_", {"snake_case"}),
        ("/", {"a/b"}),
        ("\\", {"back\\slash"}),
        ("über", {"ÜBER"}),
        ("'; DROP TABLE jobs; --", set()),
        ("a\0b", set()),
        ("\ud800", set()),
        ("CLIP_7", {"snake_case"}),
        ("", {"Holiday 100%", "snake_case", "a/b", "back\\slash", "ÜBER"}),
    ],
)
def test_q_is_a_part_of_a_name_and_nothing_else(store, new_job, q, found):
    for name in ("Holiday 100%", "a/b", "back\\slash", "ÜBER"):
        store.create(new_job(name=name))
    store.create(new_job(name="snake_case", input_name="clip_7.mp4"))
    assert {job.name for job in store.list(JobFilter(q=q)).jobs} == found


def test_a_cursor_is_made_of_characters_that_a_url_keeps(store, eleven):
    cursor = store.list(sort="name", limit=9).next_cursor
    assert cursor.replace("-", "").replace("_", "").isalnum()


def encoded(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


ID = "0" * 32


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "é",
        "A",
        encoded("created_at", START.isoformat(), ID),
        encoded("-created_at", "yesterday", ID),
        encoded("-created_at", "2026-01-01T00:00:00", ID),
        encoded("-created_at", 5, ID),
        encoded("-created_at", START.isoformat(), "no id"),
        encoded("-created_at", START.isoformat(), 7),
        encoded("-created_at"),
        encoded({"a": 1}),
    ],
)
def test_a_cursor_that_no_page_gave_out_is_refused(sqlite, cursor):
    with pytest.raises(ValueError, match="begin again without a cursor"):
        sqlite.list(cursor=cursor)


@pytest.mark.parametrize(("sort", "key"), [("status", True), ("status", "1"), ("name", 1)])
def test_a_cursor_with_a_key_of_another_type_is_refused(sqlite, sort, key):
    with pytest.raises(ValueError, match="begin again"):
        sqlite.list(sort=sort, cursor=encoded(sort, key, ID))


def test_a_bad_sort_or_limit_is_refused(sqlite):
    with pytest.raises(ValueError, match="only by created_at"):
        sqlite.list(sort="owner; --")
    with pytest.raises(ValueError, match="at least 1"):
        sqlite.list(limit=0)
