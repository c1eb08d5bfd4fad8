"""The mappings that ship read the real exports they are for; skipped where these are absent."""

import os
from pathlib import Path

import pandas as pd
import pytest

from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.ingest.reading import read_export

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LEADSCORE_REAL_DATA", ROOT / "../shared/data"))
pytestmark = pytest.mark.real


def export_of(name):
    if not (REAL / name).is_dir():
        pytest.skip(f"no {name} in {REAL} (set LEADSCORE_REAL_DATA)")
    file = ROOT / "config/sources" / f"{name}.yaml"
    return read_export(load_mapping(file), REAL / name, mapping_file=file)


def statuses(export):
    return export.outcomes["status"].value_counts().to_dict()


def test_x_education_reads_whole():
    export = export_of("x_education")
    assert len(export.leads) == 9240
    assert statuses(export) == {"lost": 5679, "won": 3561}
    assert len(export.rejected) == 0
    assert sum(p.excluded is not None for p in export.properties) == 9
    assert "Select" not in set(export.leads["specialization"].dropna())


def test_bank_marketing_reads_whole_in_the_order_of_its_rows():
    export = export_of("bank_marketing")
    assert statuses(export) == {"lost": 36548, "won": 4640}
    assert export.leads["order"].tolist() == list(range(1, 41189))
    assert (
        export.leads["days_since_last_campaign"].notna().sum() == 41188 - 39673
    )  # 999: never contacted


def test_bpic2012_keeps_undecided_cases_open():
    export = export_of("bpic2012")
    assert len(export.events) == 262200
    assert statuses(export) == {"lost": 10442, "won": 2246, "open": 399}
    assert export.observed_until == pd.Timestamp("2012-03-14T15:04:54.681Z")


def test_maven_refuses_opportunities_without_a_start_and_joins_the_rest():
    export = export_of("maven_crm")
    assert statuses(export) == {"won": 4238, "lost": 2473, "open": 1589}
    assert export.rejected["code"].value_counts().to_dict() == {"missing-time": 500}
    assert export.leads["product_series"].notna().all()
    assert set(export.leads["product"]) >= {"GTX Pro"}
