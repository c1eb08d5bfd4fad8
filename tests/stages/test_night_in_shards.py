"""A night in shards: the same bytes as in one, and what a killed one had finished is taken up again."""

from __future__ import annotations

import errno
import os
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from benchmarks.scored_worlds import small
from leadscore.adapters import disk_shelf, nights
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.lead_ranges import leads_of, ranges_of
from leadscore.domain.errors import GateError, InputError
from leadscore.stages import score
from tests.fakes import ROOT
from tests.nights import content_of, ready

DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return Workspace(ready(tmp_path_factory.mktemp("sharded")), ROOT)


@pytest.fixture(scope="module")
def expected(trained, tmp_path_factory):
    """The bytes of two nights, each scored in one shard."""
    return two_nights(copied(trained, tmp_path_factory.mktemp("whole")), small())


@pytest.fixture(scope="module")
def n_filled(trained, tmp_path_factory):
    """Shards of twenty leads that have open ones: four are needed to tell the beginning from the end."""
    place = copied(trained, tmp_path_factory.mktemp("filled"))
    with pytest.MonkeyPatch.context() as meanwhile:
        scored = counting(meanwhile)
        score.run(place, cut(20), as_of=place.observed_until() - DAY)
    assert len(scored) % 2 == 0  # champion and shadow
    assert len(scored) // 2 >= 5
    return len(scored) // 2


@pytest.fixture
def home(trained, tmp_path):
    return copied(trained, tmp_path)


def copied(workspace, place):
    shutil.copytree(workspace.root, place / "home")
    return Workspace(place / "home", ROOT)


def cut(leads_at_once, **night):
    plain = small().model_dump(by_alias=True)
    plain["night"] |= night
    plain["review"] |= {"min_leads": 5}
    return type(small()).model_validate(plain | {"leads_at_once": leads_at_once})


def two_nights(workspace, settings):
    until = workspace.observed_until()
    for moment in (until - DAY, until):
        score.run(workspace, settings, as_of=moment)
    return content_of(workspace.root)


def counting(monkeypatch):
    """Return a list that grows by every shard that is scored."""
    scored, shard = [], nights.WholeNight._shard

    def counted(self, sources, looks, told):
        scored.append(len(looks))
        return shard(self, sources, looks, told)

    monkeypatch.setattr(nights.WholeNight, "_shard", counted)
    return scored


def ended_after(monkeypatch, n_shards, error):
    """Let the process be asked to end, or the disk refuse, when so many shards lie on it: at a file's first byte."""
    write, written = disk_shelf._write, []

    def ending(path, table):
        if len(written) == 2 * n_shards:
            raise error
        write(path, table)
        written.append(path)

    monkeypatch.setattr(disk_shelf, "_write", ending)


def shelves(workspace):
    return sorted((workspace.root / "data").glob("*/as_of=*/.run=*.shards"))


@pytest.mark.parametrize("leads_at_once", [17, 150, 599])
def test_however_many_leads_are_taken_at_once_the_bytes_are_the_same(home, expected, leads_at_once):
    """Champion and shadow, and a second night that is held against the first."""
    assert two_nights(home, cut(leads_at_once)) == expected
    assert shelves(home) == []


@pytest.mark.parametrize("asked", [KeyboardInterrupt(), SystemExit(143)])
def test_a_night_that_was_ended_goes_on_where_it_was(home, expected, n_filled, monkeypatch, asked):
    until, settings = home.observed_until(), cut(20)
    score.run(home, settings, as_of=until - DAY)
    with monkeypatch.context() as meanwhile:
        ended_after(meanwhile, 4, asked)
        with pytest.raises(type(asked)):
            score.run(home, settings, as_of=until)
    (left,) = shelves(home)
    notes = list(left.glob("*.json"))
    assert len(notes) == 4
    scored = counting(monkeypatch)
    score.run(home, settings, as_of=until)
    assert len(scored) in range(
        2 * n_filled - 6, 2 * n_filled - 1
    )  # a day apart, a shard more or less
    assert content_of(home.root) == expected


def test_damaged_shards_are_scored_again(home, expected, n_filled, monkeypatch):
    settings = cut(20)
    with monkeypatch.context() as meanwhile:
        ended_after(meanwhile, 5, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            score.run(home, settings, as_of=home.observed_until() - DAY)
    (left,) = shelves(home)
    numbers = sorted(path.stem for path in left.glob("*.json"))
    damages = {
        "issued.arrow": lambda content: content[:-1],
        "kept.arrow": lambda content: content.replace(b"\0", b"\1", 1),
        "json": lambda content: content.replace(b'"open": ', b'"open": 1'),
    }
    for number, (ending, damage) in zip(numbers, damages.items(), strict=False):
        path = left / f"{number}.{ending}"
        path.write_bytes(damage(path.read_bytes()))
    (left / f"{numbers[3]}.json").write_bytes(b"[]")
    (left / "stranger").mkdir()
    scored = counting(monkeypatch)
    score.run(home, settings, as_of=home.observed_until() - DAY)
    assert len(scored) == 2 * n_filled - 1
    assert two_nights(home, settings) == expected


@pytest.mark.parametrize("other", ["code", "cut"])
def test_shards_of_other_code_or_another_cut_are_not_taken_up(
    home, expected, n_filled, monkeypatch, other
):
    with monkeypatch.context() as meanwhile:
        ended_after(meanwhile, 5, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            score.run(home, cut(20), as_of=home.observed_until() - DAY)
    if other == "code":
        monkeypatch.setattr(disk_shelf, "made_by", lambda: "another")
    scored = counting(monkeypatch)
    settings = cut(20 if other == "code" else 21)
    score.run(home, settings, as_of=home.observed_until() - DAY)
    assert len(scored) >= 2 * n_filled - 2  # one more lead a shard may be a shard less
    assert two_nights(home, settings) == expected


def test_a_disk_that_refuses_in_the_middle_leaves_nothing(home, monkeypatch):
    ended_after(monkeypatch, 3, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    with pytest.raises(InputError, match="disk-refused: No space left on device"):
        score.run(home, cut(20))
    assert list((home.root / "data/issued").rglob("*")) == []


def test_what_a_gate_stopped_is_not_scored_again_when_it_is_accepted(home, monkeypatch):
    until = home.observed_until()
    score.run(home, cut(20), as_of=until - 7 * DAY)
    tight = cut(20, most_moved=0.0001, warned_moved=0.0001)
    with pytest.raises(GateError, match="tiers-moved"):
        score.run(home, tight, as_of=until)
    n_shards = sum(1 for _ in shelves(home)[0].glob("*.json"))
    scored = counting(monkeypatch)
    score.run(home, tight, as_of=until, accept="looked at")
    assert len(scored) == n_shards >= 5  # the shadow's alone
    assert shelves(home) == []


def test_what_another_night_left_is_swept(home, monkeypatch):
    until = home.observed_until()
    with monkeypatch.context() as meanwhile:
        ended_after(meanwhile, 1, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            score.run(home, cut(100), as_of=until - DAY)
    assert len(shelves(home)) == 1
    score.run(home, cut(100), as_of=until)
    assert shelves(home) == []
    assert [path.name for path in (home.root / "data/issued").iterdir()] == [
        f"as_of={until:%Y-%m-%d}"
    ]


def test_a_night_killed_when_it_was_published_leaves_nothing_for_long(home, expected, monkeypatch):
    """Its shards were being taken away."""
    until = home.observed_until()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(disk_shelf, "_take_away", lambda _: None)
        score.run(home, cut(20), as_of=until - DAY)
    assert len(shelves(home)) == 2
    score.run(home, cut(20), as_of=until - DAY)
    assert shelves(home) == []
    assert two_nights(home, cut(20)) == expected


def test_a_night_without_open_leads_in_most_shards(home):
    """All leads but three are lost long before: their shards are empty, and no lead is missing."""
    path = home.file("tables", "outcomes.parquet")
    outcomes = pd.read_parquet(path)
    open_ones = set(outcomes.loc[outcomes["status"] == "open", "lead_id"].iloc[[0, 1, -1]])
    closed = ~outcomes["lead_id"].isin(open_ones)
    opened = pd.Timestamp("2020-01-01", tz="UTC")
    outcomes.loc[closed, ["opened_at", "closed_at"]] = [opened, opened + DAY]
    outcomes.loc[closed & (outcomes["status"] == "open"), "status"] = "lost"
    outcomes.to_parquet(path)
    folder = score.run(home, cut(20))
    assert set(pd.read_parquet(folder / "scores.parquet")["lead_id"]) == open_ones
    outcomes["status"], outcomes["closed_at"] = "lost", opened + DAY
    outcomes.to_parquet(path)
    with pytest.raises(GateError, match="no-open-leads: none of 600 leads is open"):
        score.run(home, cut(20))


def test_ranges_hold_every_row_once_whatever_the_tables_order(home):
    """Leads, outcomes and events of each range are its leads' alone, and together they are all."""
    for name in ("leads", "outcomes"):
        path = home.file("tables", f"{name}.parquet")
        table = pd.read_parquet(path).sample(frac=1, random_state=5)
        table.to_parquet(path, row_group_size=50)
    ranges = ranges_of(home, 70)
    assert [some.n_leads for some in ranges] == [70] * 8 + [40]
    whole, seen = home.sources(), {"leads": 0, "outcomes": 0, "events": 0}
    for some, found in zip(ranges, leads_of(home, ranges), strict=True):
        if found.number == 3:  # as a shard that lies there already is passed over
            continue
        part = found.read()
        assert len(part.leads) == found.n_leads
        assert part.leads["lead_id"].between(some.low, some.high or "~").all()
        seen["leads"] += len(part.leads)
        seen["outcomes"] += len(part.outcomes)
        for log in part.events.batches():
            assert set(log.lead_ids) <= set(part.leads["lead_id"])
            seen["events"] += len(log)
    skipped = whole.leads["lead_id"].between(ranges[3].low, ranges[3].high, inclusive="left")
    ids = set(whole.leads.loc[~skipped, "lead_id"])
    events = pq.read_table(home.file("tables", "events.parquet"), columns=["lead_id"])
    assert seen == {
        "leads": 530,
        "outcomes": int(whole.outcomes["lead_id"].isin(ids).sum()),
        "events": sum(lead in ids for lead in events["lead_id"].to_pylist()),
    }


def test_a_damaged_table_is_told_in_shards_too(home):
    path = home.file("tables", "outcomes.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"outcomes\.parquet damaged-table: "):
        score.run(home, cut(100))


def test_progress_counts_every_lead_once_and_ends_at_the_whole(home):
    told = []
    score.run(home, cut(100), progress=lambda done, wanted: told.append((done, wanted)))
    champion = told[: told.index((600, 600)) + 1]
    assert [done for done, _ in champion] == sorted({done for done, _ in champion})
    assert told.count((600, 600)) == 2  # the champion's end, and the shadow's
    assert {wanted for _, wanted in told} == {600}
