"""Every row of the curriculum that the book covers is tested by a claim that a control could fail."""

import pytest
from jielong.teaching.claims import ROWS, gather
from lessons import lessons

CLAIMS = gather(lessons())


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_a_claim_beside_its_control(row):
    claims = [claim for claim in CLAIMS if claim["row"] == row]
    assert claims, f"no lesson tests row {row}: {ROWS[row]['en']}"
    assert any(claim["control"] is not None for claim in claims), f"no claim of row {row} has a control"
