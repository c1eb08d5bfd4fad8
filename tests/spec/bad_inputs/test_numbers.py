"""Every number of the catalogue of bad inputs has a test named by it."""

import re
from pathlib import Path

# 140 to 160, answers of a CRM, have no test yet; from 161 on: reviews and signatures, from 196 on: files for CRMs,
# from 204 on: one lead explained.
NUMBERS = {*range(1, 140), *range(161, 212)}
_TEST = re.compile(r"^def test_(\d{3})_\w+", re.MULTILINE)


def test_every_number_has_a_test():
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    found = {int(n) for file in files for n in _TEST.findall(file.read_text("utf-8"))}
    assert sorted(NUMBERS - found) == []
    assert sorted(found - NUMBERS) == []
