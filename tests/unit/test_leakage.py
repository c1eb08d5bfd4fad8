"""The leakage gate on 600 invented leads: every planted leak is named, honest columns are not."""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import GateError
from leadscore.domain.mapping import Property
from leadscore.history.leakage.gate import Finding, examine, single_auc, stop_on
from tests.fakes import category, number, settings

N = 600
LIMITS = settings().leakage


@pytest.fixture
def people():
    """Return leads in order of arrival and their outcomes: 40 % won, 40 % lost, 20 % open."""
    draw = np.random.default_rng(4)
    status = draw.choice(["won", "lost", "open"], N, p=[0.4, 0.4, 0.2])
    name = pd.Series([f"L{i:03d}" for i in range(N)], dtype="str")
    leads = pd.DataFrame({"lead_id": name, "order": np.arange(N)})
    return leads, pd.DataFrame({"lead_id": name, "status": status}), draw


def examined(people, column, prop, limits=LIMITS):
    leads, outcomes, _ = people
    leads = leads.assign(**{prop.name: column})
    # Rows in another order than the leads came: the gate goes by `order`.
    found = examine([prop], leads.iloc[::-1], outcomes, limits)
    return {f.check: f for f in found}


def text(values):
    return pd.Series(values, dtype="str")


def test_a_column_that_answers_alone_is_named(people):
    """Won leads have an amount above 1,000, the others below."""
    won = (people[1]["status"] == "won").to_numpy()
    amount = np.where(won, 1_500.0, 500.0) + people[2].uniform(0, 100, N)
    found = examined(people, amount, number("amount"))
    assert "alone AUC 1.000 [1.000, 1.000], n = 4" in found["answers alone"].evidence
    assert found["answers alone"].state == "stops"


def test_low_numbers_answer_as_well_as_high_ones(people):
    won = (people[1]["status"] == "won").to_numpy()
    assert "answers alone" in examined(people, np.where(won, 1.0, 2.0), number("steps"))


def test_values_that_are_all_won_or_all_lost_are_named(people):
    """A third of the leads carry a status; the others any word."""
    status = people[1]["status"].to_numpy()
    told = people[2].random(N) < 0.4
    words = np.where(
        told & (status != "open"), np.where(status == "won", "buys", "no budget"), "new"
    )
    found = examined(people, text(words), category("note"))
    assert "2 values that are all won or all lost" in found["values all won or all lost"].evidence


def test_a_column_filled_in_for_winners_is_named(people):
    """What is written in it says nothing; that something is written says it all."""
    filled = (people[1]["status"] == "won").to_numpy() | (people[2].random(N) < 0.2)
    words = np.where(filled, people[2].choice(["x", "y"], N), None)
    found = examined(people, text(words), category("contract_type"))
    assert (
        "presence alone, among leads of one time, AUC 0.895"
        in found["being filled in ranks leads"].evidence
    )


def test_a_column_filled_in_when_leads_close_is_named(people):
    filled = (people[1]["status"] != "open").to_numpy()
    words = np.where(filled, people[2].choice(["x", "y"], N), None)
    found = examined(people, text(words), category("campaign"))
    assert "100% of 464 closed and 0% of 136 open" in found["filled in when closed"].evidence


def test_a_column_that_came_and_went_was_filled_in_by_batches(people):
    """Without dates: the first and the last third of the leads have it."""
    place = np.arange(N)
    words = np.where((place < 200) | (place >= 400), people[2].choice(["x", "y"], N), None)
    found = examined(people, text(words), category("segment", known="as_exported"))
    assert "100%, 100%, 100%, 33%, 0%, 0%, 33%, 100%, 100%, 100% of the tenths" in (
        found["filled in by batch"].evidence
    )
    assert examined(people, text(words), category("segment")) == {}


def test_a_field_that_was_introduced_one_day_is_let_be(people):
    words = np.where(np.arange(N) >= 0.7 * N, people[2].choice(["x", "y"], N), None)
    assert examined(people, text(words), category("segment", known="as_exported")) == {}


@pytest.mark.parametrize("name", ["last_activity", "Lead Quality", "dernière_étape", "motif"])
def test_a_late_name_with_some_signal_is_named_if_known_only_as_exported(people, name):
    won = (people[1]["status"] == "won").to_numpy()
    words = text(np.where(won ^ (people[2].random(N) < 0.3), "high", "low"))
    late = Property(name, "category", "as_exported", name)
    assert "known only as exported" in examined(people, words, late)["rewritten late"].evidence
    assert examined(people, words, Property(name, "category", "at_creation", name)) == {}


def test_a_late_name_without_any_signal_is_let_be(people):
    words = text(people[2].choice(["high", "low"], N))
    assert examined(people, words, category("quality", known="as_exported")) == {}


@pytest.mark.parametrize("seed", range(5))
def test_honest_columns_raise_no_finding(people, seed):
    """A strong but honest criterion (2:1 odds), a number, a rare category, gaps at random."""
    leads, outcomes, _ = people
    draw = np.random.default_rng(100 + seed)
    won = (outcomes["status"] == "won").to_numpy()
    columns = {
        "industry": text(np.where(draw.random(N) < 0.35 + 0.3 * won, "software", "retail")),
        "employees": pd.Series(np.round(draw.lognormal(4 + 0.5 * won, 1))),
        "city": text(draw.choice([f"city {i}" for i in range(200)], N)),
        "title": text(np.where(draw.random(N) < 0.3, None, draw.choice(["a", "b"], N))),
        "nothing": text([None] * N),
    }
    known = [
        category("industry"), number("employees"), category("city"), category("title"),
        category("nothing"),
    ]  # fmt: skip
    assert examine(known, leads.assign(**columns), outcomes, LIMITS) == []


def test_few_rows_are_no_evidence(people):
    """12 of 600 leads carry a word that only winners have: below min_rows, chance can do that."""
    won = np.flatnonzero((people[1]["status"] == "won").to_numpy())
    words = np.full(N, "new", dtype=object)
    words[won[:12]] = "vip"
    assert examined(people, text(words), category("note")) == {}


@pytest.mark.parametrize("outcome", ["won", "lost", "open"])
def test_one_outcome_can_convict_no_column(people, outcome):
    leads, outcomes, _ = people
    found = examine(
        [number("x")], leads.assign(x=np.arange(N, dtype=float)),
        outcomes.assign(status=outcome), LIMITS,
    )  # fmt: skip
    assert found == []


def test_a_finding_stops_unless_the_column_is_excluded_or_allowed(people):
    won = (people[1]["status"] == "won").to_numpy().astype(float)
    allowing = LIMITS.model_copy(update={"allow": ["amount"]})

    def state(prop, limits):
        return examined(people, won, prop, limits)["answers alone"].state

    assert state(number("amount"), LIMITS) == "stops"
    assert state(number("amount"), allowing) == "allowed"
    assert state(number("amount", excluded="written at closing"), LIMITS) == "excluded"


def test_limits_are_lower_where_only_the_exported_value_is_known(people):
    """Nine of ten won and half of the other leads have it: AUC 0.7, above 0.5 + 0.5 x 0.25."""
    won = (people[1]["status"] == "won").to_numpy()
    filled = np.arange(N) % 10 < np.where(won, 9, 5)
    words = text(np.where(filled, "x", None))
    limits = LIMITS.model_copy(update={"as_exported_limit": 0.5, "presence_auc": 0.75})
    (found,) = examined(people, words, category("link", known="as_exported"), limits).values()
    assert found.check == "being filled in ranks leads"
    assert examined(people, words, category("link"), limits) == {}


def test_a_lead_with_several_outcomes_counts_by_its_last_one(people):
    """Every lead was lost once before; the column tells the last outcome."""
    leads, outcomes, _ = people
    opened = pd.Series([pd.Timestamp("2026-01-01", tz="UTC")] * N)
    first = outcomes.assign(status="lost", opened_at=opened)
    last = outcomes.assign(opened_at=opened + pd.Timedelta(days=90))
    amount = (outcomes["status"] == "won").astype(float)
    both = pd.concat([last, first], ignore_index=True)
    found = examine([number("amount")], leads.assign(amount=amount), both, LIMITS)
    assert [f.check for f in found] == ["answers alone"]


def test_a_protected_column_stops_until_somebody_signs(people):
    ages = people[2].integers(18, 80, N).astype(float)
    signed = "age, data protection officer, 2026-03-01: term deposits are advised by age"

    def found(**changes):
        return examined(people, ages, number("age"), LIMITS.model_copy(update=changes))

    assert found()["protected ground"].state == "stops"
    assert found(allow=["age"])["protected ground"].state == "stops"
    said = found(signed=[signed])["protected ground"]
    assert said.state == "allowed"
    assert "signed by data protection officer, 2026-03-01" in said.evidence


@pytest.mark.parametrize(
    "line", ["age", "age, me: because", "age, me, soon: because", "age, me, 2026-03-01"]
)
def test_a_signature_names_who_when_and_why(line):
    with pytest.raises(ValueError, match="signed"):
        settings(leakage={"signed": [line]})


def test_only_stopping_findings_stop_and_all_of_them_are_named():
    findings = [
        Finding("tags", "values all won or all lost", "30% of 600 leads", "stops"),
        Finding("amount", "answers alone", "AUC 1.000 alone, n = 480", "stops"),
        Finding("owner", "rewritten late", "AUC 0.600", "allowed"),
    ]
    with pytest.raises(GateError) as stopped:
        stop_on(findings)
    line = str(stopped.value)
    assert stopped.value.code == "leakage"
    assert "tags: values all won or all lost (30% of 600 leads)" in line
    assert "amount: answers alone (AUC 1.000 alone, n = 480)" in line
    assert "owner" not in line
    assert "excluded:" in line
    assert "leakage.allow: [tags, amount] # reason" in line
    stop_on([f for f in findings if f.state != "stops"])


def test_a_warning_stops_nothing():
    stop_on([Finding("label", "win rate jumps", "10% of 400, 37% of 350", "warns")])


def test_the_lines_that_allow_and_that_sign_are_told_apart():
    sign = 'leakage.signed: ["age, WHO, YYYY-MM-DD: reason"]'
    findings = [
        Finding(
            "row", "row order ranks leads", "AUC 0.9", "stops", "leakage.allow: [row] # reason"
        ),
        Finding("age", "protected ground", "named 'age'", "stops", sign),
    ]
    with pytest.raises(GateError) as stopped:
        stop_on(findings)
    assert f"leakage.allow: [row] # reason, {sign}" in str(stopped.value)


@pytest.mark.parametrize(
    ("values", "won", "auc"),
    [
        ([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], 1.0),
        ([4.0, 3.0, 2.0, 1.0], [0, 0, 1, 1], 1.0),  # the wrong way round tells as much
        ([1.0, 1.0, 1.0, 1.0], [0, 0, 1, 1], 0.5),
        ([-5.0, 200.0, 3.0, 1e9], [0, 1, 0, 1], 1.0),  # only the order counts
        ([np.nan, np.nan, 3.0, 4.0], [0, 0, 1, 1], 1.0),  # missing ranks below every number
        ([np.nan, -9.0, -9.0, np.nan], [1, 0, 0, 1], 1.0),
        ([1.0, 2.0], [1, 1], 0.5),
        ([], [], 0.5),
    ],
)
def test_the_auc_of_one_number(values, won, auc):
    assert single_auc(pd.Series(values, dtype=float), np.array(won, dtype=bool)) == auc


def test_rare_words_cannot_learn_their_own_outcome():
    """400 words, each seen once, half won: on rows of their own they would rank perfectly."""
    won = np.arange(400) % 4 < 2
    assert single_auc(text([f"word {i}" for i in range(400)]), won) == 0.5


def test_words_that_repeat_are_learned_from_the_other_half():
    won = np.arange(400) % 4 < 2
    assert single_auc(text(np.where(won, "yes", "no")), won) == 1.0
