"""Several episodes of one lead on their way in: from a file of deals, or from events that reopen."""

import pytest
from pydantic import ValidationError

from leadscore.domain.mapping import SourceMapping
from tests.exports import EVENTS, column, plain_mapping, read, refused


def status(export):
    return column(export.outcomes, "status")


def episodes(folder, *rows, **changes):
    """Read a file of deals with a role `opened_at`; a was created on 1 January at 8, b on the 2nd."""
    files = plain_mapping()["files"]
    files["deals"]["columns"]["Opened"] = {"role": "opened_at"}
    deals = "Lead,Opened,Status,Closed\n" + "".join(f"{row}\n" for row in rows)
    return read(folder, deals=deals, files=files, zone="UTC", **changes)


def told(export):
    """Return (lead, day opened, status, day closed) of every episode."""
    table = export.outcomes
    days = [
        table[name].dt.strftime("%m-%d %H:%M:%S").fillna("") for name in ("opened_at", "closed_at")
    ]
    return list(zip(table["lead_id"], days[0], table["status"], days[1], strict=True))


def warned(export, text):
    return [w for w in export.warnings if text in w]


def test_a_lead_with_one_outcome_is_opened_when_it_is_created(tmp_path):
    export = read(tmp_path)
    assert column(export.outcomes, "opened_at") == column(export.leads, "created_at")


def test_rows_with_an_opening_are_episodes_of_a_lead(tmp_path):
    """Without role `opened_at` two rows of a lead are a conflict; see above."""
    export = episodes(
        tmp_path,
        "a,2024-02-10T08:00:00Z,Won,2024-03-01T08:00:00Z",
        "a,2024-01-01T08:00:00Z,Lost,2024-02-01T08:00:00Z",
        "b,2024-01-02T08:00:00Z,Open,",
    )
    assert told(export) == [
        ("a", "01-01 08:00:00", "lost", "02-01 08:00:00"),
        ("a", "02-10 08:00:00", "won", "03-01 08:00:00"),
        ("b", "01-02 08:00:00", "open", ""),
    ]
    assert refused(export) == []


def test_an_episode_told_twice_in_the_same_words_is_one(tmp_path):
    row = "a,2024-01-01T08:00:00Z,Won,2024-02-01T08:00:00Z"
    export = episodes(tmp_path, row, row, "b,2024-01-02T08:00:00Z,Open,")
    assert len(export.outcomes) == 2
    assert warned(export, "repeat an earlier one identically")


def test_two_episodes_opened_at_the_same_moment_leave_the_lead_unknown(tmp_path):
    """All its episodes go: nobody knows whether it is open."""
    export = episodes(
        tmp_path,
        "a,2024-01-01T08:00:00Z,Won,2024-02-01T08:00:00Z",
        "a,2024-01-01T08:00:00Z,Lost,2024-02-02T08:00:00Z",
        "a,2024-03-01T08:00:00Z,Open,",
        "b,2024-01-02T08:00:00Z,Open,",
    )
    assert refused(export) == [
        ("deals.csv", 2, "conflicting-episode"),
        ("deals.csv", 3, "conflicting-episode"),
        ("deals.csv", 4, "episode-refused"),
    ]
    assert status(export) == {"b": "open"}


def test_episodes_opened_on_the_same_day_without_a_time_are_told_apart_by_seconds(tmp_path):
    """In the order of their closing; the open one comes last."""
    export = episodes(
        tmp_path,
        "a,2024-01-05,Open,",
        "a,2024-01-05,Won,2024-02-01",
        "a,2024-01-05,Lost,2024-01-20",
        without_outcome="unknown",
    )
    assert told(export) == [
        ("a", "01-05 00:00:00", "lost", "01-20 00:00:00"),
        ("a", "01-05 00:00:01", "won", "02-01 00:00:00"),
        ("a", "01-05 00:00:02", "open", ""),
    ]


@pytest.mark.parametrize("second", ["Wno,2024-04-01T08:00:00Z", "Won,", "Won,soon"])
def test_an_episode_that_can_not_be_trusted_leaves_its_lead_unknown(tmp_path, second):
    export = episodes(
        tmp_path,
        "a,2024-01-01T08:00:00Z,Lost,2024-02-01T08:00:00Z",
        f"a,2024-03-01T08:00:00Z,{second}",
        "b,2024-01-02T08:00:00Z,Open,",
    )
    assert ("deals.csv", 2, "episode-refused") in refused(export)
    assert status(export) == {"b": "open"}


def test_an_episode_over_before_its_lead_was_created_is_refused_and_the_others_stay(tmp_path):
    """It can't change whether the lead is open; alone it would leave the lead unknown."""
    export = episodes(
        tmp_path,
        "a,2023-01-01T08:00:00Z,Lost,2023-02-01T08:00:00Z",
        "a,2024-01-01T08:00:00Z,Open,",
        "b,2023-01-01T08:00:00Z,Lost,2023-02-01T08:00:00Z",
    )
    assert refused(export) == [
        ("deals.csv", 2, "closed-before-created"),
        ("deals.csv", 4, "closed-before-created"),
    ]
    assert status(export) == {"a": "open"}


def test_an_episode_closed_before_it_was_opened_is_refused(tmp_path):
    export = episodes(
        tmp_path, "a,2024-02-01T08:00:00Z,Won,2024-01-20T08:00:00Z", "b,2024-01-03,Lost,2024-01-03"
    )
    assert refused(export) == [("deals.csv", 2, "closed-before-opened")]
    assert status(export) == {"b": "lost"}


def test_a_lead_is_open_before_its_first_episode_where_leads_without_one_are(tmp_path):
    """Else only leads that never get a deal would be looked at before it: that tells the future."""
    rows = (
        "a,2024-01-10T08:00:00Z,Won,2024-02-01T08:00:00Z",
        "a,2024-02-10T08:00:00Z,Open,",
        "b,2024-01-02T08:00:00Z,Open,",
    )
    export = episodes(tmp_path, *rows)
    assert [opened for lead, opened, *_ in told(export) if lead == "a"] == [
        "01-01 08:00:00",
        "02-10 08:00:00",
    ]
    assert warned(export, "1 leads were created before their first episode")
    as_told = episodes(tmp_path, *rows, without_outcome="unknown")
    assert told(as_told)[0] == ("a", "01-10 08:00:00", "won", "02-01 08:00:00")


def test_episodes_before_the_creation_and_overlapping_ones_are_kept_and_counted(tmp_path):
    """A day without a time that is the day of creation is not before it."""
    export = episodes(
        tmp_path,
        "a,2023-12-01T08:00:00Z,Lost,2024-03-01T08:00:00Z",
        "a,2024-02-01T08:00:00Z,Open,",
        "b,2024-01-02,Open,",
    )
    assert len(export.outcomes) == 3
    assert warned(export, "1 episodes begin before their lead was created; they count from then")
    assert warned(export, "1 episodes begin while another one of their lead is open")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"without_outcome": "lost"}, "`without_outcome: lost` has no date"),
        ({"shape": "wide", "order": "none", "events": {}}, "role `opened_at` needs `dated`"),
    ],
)
def test_a_mapping_that_can_not_say_when_is_refused(changes, said):
    plain = plain_mapping(**changes)
    plain["files"]["deals"]["columns"]["Opened"] = {"role": "opened_at"}
    if plain["shape"] == "wide":
        del plain["files"]["events"]
    with pytest.raises(ValidationError, match=said):
        SourceMapping.model_validate(plain)


def test_episodes_need_a_file_of_their_own():
    plain = plain_mapping()
    del plain["files"]["deals"]
    plain["files"]["leads"]["columns"] |= {
        "Status": {"role": "status"},
        "Closed": {"role": "closed_at"},
        "Opened": {"role": "opened_at"},
    }
    with pytest.raises(ValidationError, match="put it into a file of its own"):
        SourceMapping.model_validate(plain)


def from_events():
    files = plain_mapping()["files"]
    del files["deals"]
    words = plain_mapping()["events"] | {
        "Signed": {"type": "signed", "is_engagement": False},
        "Gave up": {"type": "gave_up", "is_engagement": False},
    }
    ends = {"won": ["signed"], "lost": ["gave_up"]}
    return {
        "files": files,
        "words": words,
        "statuses": {},
        "outcomes_from_events": ends,
        "deals": None,
    }


def reopening():
    asked = from_events()
    asked["words"] |= {"Back": {"type": "back", "is_engagement": False}}
    asked["outcomes_from_events"] |= {"reopened": ["back"]}
    return asked


def test_an_event_can_reopen_a_lead_and_the_next_one_closes_it_again(tmp_path):
    """A reopening of an open lead and a second closing of a closed one change nothing."""
    events = EVENTS + "".join(
        f"a,2024-{day}T08:00:00Z,{word}\n"
        for day, word in [
            ("01-20", "Back"), ("02-01", "Gave up"), ("02-05", "Signed"),
            ("02-10", "Back"), ("02-12", "Back"), ("03-01", "Signed"),
        ]
    )  # fmt: skip
    export = read(tmp_path, events=events, **reopening())
    assert told(export) == [
        ("a", "01-01 08:00:00", "lost", "02-01 08:00:00"),
        ("a", "02-10 08:00:00", "won", "03-01 08:00:00"),
        ("b", "01-02 08:00:00", "open", ""),
    ]


def test_a_lead_closed_and_reopened_in_one_moment_is_open(tmp_path):
    events = EVENTS + "a,2024-02-01T08:00:00Z,Back\na,2024-02-01T08:00:00Z,Gave up\n"
    export = read(tmp_path, events=events, **reopening())
    assert [row for row in told(export) if row[0] == "a"] == [
        ("a", "01-01 08:00:00", "lost", "02-01 08:00:00"),
        ("a", "02-01 08:00:00", "open", ""),
    ]


def test_a_lead_whose_reopening_was_refused_is_unknown(tmp_path):
    events = EVENTS + "a,2024-02-01T08:00:00Z,Gave up\na,soon,Back\n"
    assert status(read(tmp_path, events=events, **reopening())) == {"b": "open"}


def test_a_word_can_not_both_close_and_reopen():
    plain = plain_mapping()
    del plain["files"]["deals"]
    ends = {"won": ["demo_request"], "lost": ["email_sent"], "reopened": ["demo_request"]}
    with pytest.raises(ValidationError, match="'demo_request' has two meanings"):
        SourceMapping.model_validate(plain | {"outcomes_from_events": ends})
