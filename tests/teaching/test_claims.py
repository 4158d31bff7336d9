"""Claims: the bar fails a run, the record is complete, the card is bilingual and readable by a machine."""

import copy
import json

import numpy as np
import pytest
import torch
from IPython.testing.globalipapp import get_ipython as start_ipython
from IPython.utils.capture import capture_output
from jielong.teaching import claims
from jielong.teaching.claims import CLAIM_MIME, ROWS, ClaimFailed, claim, gather, row_of, shown
from lxml import html

start_ipython()

WORDS = {
    "bar": {"en": "more than {least:.0%}", "zh": "超過 {least:.0%}"},
    "what": {"en": "right at T = 0.7", "zh": "T = 0.7 時答對"},
    "control": {"en": "at T = 1.5", "zh": "T = 1.5"},
}
IDS = ("1.3", "1.3 again", "1.4", "1.5 wait")


@pytest.fixture(autouse=True)
def words(monkeypatch):
    """The words of these claims, which a test may change."""
    said = copy.deepcopy(WORDS)
    monkeypatch.setattr(claims, "_made", {})
    monkeypatch.setattr(claims, "stated", lambda: dict.fromkeys(IDS, said))
    return said


def made(id="1.3", **changes):
    """The output of a claim that holds, with `changes`."""
    with capture_output() as captured:
        claim(id, **{"measured": 0.8, "control": 0.08, "holds": lambda least=0.5: least < 0.8, **changes})
    (output,) = captured.outputs
    return output


def test_the_record_has_what_the_ledger_needs(words):
    words["published"] = {"en": "48%", "zh": "48%", "citation": "Geva et al. 2021"}
    record = made("1.5 wait").data[CLAIM_MIME]
    assert record == json.loads(json.dumps(record))
    assert (record["id"], record["row"], record["anchor"]) == ("1.5 wait", "1.5", "claim-1-5-wait")
    assert (record["measured"], record["measured_text"], record["control_text"]) == (0.8, "0.80", "0.08")
    assert record["says"] == ROWS["1.5"]
    assert record["published"] == {"text": {"en": "48%", "zh": "48%"}, "citation": "Geva et al. 2021"}
    assert (record["verdict"], record["limits"]) == ("holds", {"least": 0.5})


@pytest.mark.parametrize("outcome", [False, np.bool_(False), torch.tensor(0.3) > 0.5])
def test_a_missed_bar_stops_the_run_and_says_the_numbers(outcome):
    with pytest.raises(ClaimFailed, match=r"1\.3: MISSES ITS BAR.*0\.30.*0\.08.*more than 50%"):
        made(measured=0.3, holds=lambda least=0.5: outcome)


@pytest.mark.parametrize("outcome", [1, 0.7, "yes", None, np.array([True, True]), np.float64(1.0)])
def test_holds_must_come_from_a_comparison(outcome):
    with pytest.raises((TypeError, ValueError)):
        made(holds=lambda least=0.5: outcome)


@pytest.mark.parametrize("holds", [True, lambda: True, lambda least: True])
def test_the_bar_s_numbers_are_the_defaults_of_holds(holds, unchecked):
    with pytest.raises(TypeError, match=r"lambda least=0\.9"):
        made(holds=holds)


def test_another_bar_is_another_sentence():
    said = [made(holds=lambda least=bar: True).data["text/plain"] for bar in (0.5, 0.6)]
    assert "more than 50%" in said[0]
    assert said[1] == said[0].replace("50%", "60%")


def test_words_and_values_speak_of_each_other(words):
    with pytest.raises(TypeError, match=r"no word speaks of \['layer'\]"):
        made(layer=5)
    words["what"]["en"] = "right in layer {layer}"
    with pytest.raises(TypeError, match=r"what speaks of \['layer'\]"):
        made()
    words["what"]["zh"] = "第 {layer} 層"
    assert "right in layer 5" in made(layer=5).data["text/plain"]
    words["bar"]["zh"] = "過半"
    with pytest.raises(TypeError, match=r"bar does not say \['least'\]: 過半"):
        made(layer=5)


def test_points_are_hundredths(words):
    words["bar"] = {"en": "{least:points} points", "zh": "{least:points} 個百分點"}
    assert "bar: 30 points" in made(holds=lambda least=0.3: True).data["text/plain"]


def test_an_unknown_row_names_near_ones():
    with pytest.raises(KeyError, match=r"1\.1.*near it: .*1\.13"):
        made("1.133")
    with pytest.raises(KeyError, match=r"states '1\.3 agian'; near it: 1\.3 again"):
        made("1.3 agian")


@pytest.mark.parametrize(("id", "row"), [("1.1", "1.1"), ("1.15", "1.15"), ("1.15b", "1.15"), ("1.5 wait", "1.5")])
def test_the_row_of_an_id(id, row):
    assert row_of(id) == row


def test_a_number_without_its_words_is_refused(words):
    with pytest.raises(TypeError, match=r"claim 1\.3 needs tried\.en and tried\.zh"):
        made(reproduced=False)
    del words["control"]
    with pytest.raises(TypeError, match=r"claim 1\.3 needs control\.en and control\.zh"):
        made()
    assert made(control=None).data[CLAIM_MIME]["control_text"] is None


def test_the_card_says_the_same_in_both_languages(words):
    words["tried"] = {"en": "three rates", "zh": "三種學習率"}
    card = html.fromstring(made(reproduced=False).data["text/html"])
    english, chinese = ([s.text for s in card.iterfind(f".//span[@lang='{lang}']")] for lang in ("en", "zh-Hant-TW"))
    assert len(english) == len(chinese)
    assert {"did not reproduce here", "three rates", "more than 50%", "at T = 1.5"} <= set(english)
    assert {"在這裡沒有重現", "三種學習率", "超過 50%", ROWS["1.3"]["zh"]} <= set(chinese)
    assert card.get("id") == "claim-1-3"
    assert card.get("aria-label") == "Claim 1.3: did not reproduce here"
    assert all(row.find("th").get("scope") == "row" for row in card.iterfind(".//tr"))


def test_volatile_numbers_are_marked_wherever_they_are_printed():
    output = made(volatile=True)
    card = html.fromstring(output.data["text/html"])
    assert [span.text for span in card.iterfind(".//span[@data-volatile]")] == ["0.80", "0.08"]
    assert "0.80" not in output.data["text/plain"]


def test_numbers_read_well():
    assert shown(134515008) == "134,515,008"
    assert shown(0.5, "{:.0%}") == "50%"
    assert shown([0.9, 0.2, 0.7]) == "0.60 (0.20–0.90)"  # the range of the seeds, in whichever order they ran
    assert made(measured=torch.tensor([0.7, 0.9])).data[CLAIM_MIME]["measured_text"] == "0.80 (0.70–0.90)"


def test_the_summary_has_every_claim_once():
    made("1.3"), made("1.4", control=None), made("1.3", measured=0.9)
    with capture_output() as captured:
        claims.summary()
    table = html.fromstring(captured.outputs[0].data["text/html"])
    rows = [[cell.text_content() for cell in row] for row in table.iterfind("tbody/tr")]
    assert [row[0] for row in rows] == ["1.3", "1.4"]
    assert rows[0][2].endswith(": 0.90")
    assert [row[3] for row in rows] == ["0.08", "—"]


def test_the_lecture_is_quoted_once_however_many_claims_stand_under_its_sentence():
    cards = [made("1.3"), made("1.3 again"), made("1.4"), made("1.3")]  # the last one: its cell was run again
    assert ["claim-says" in card.data["text/html"] for card in cards] == [True, False, True, True]
    with capture_output() as captured:
        claims.summary()
    table = html.fromstring(captured.outputs[0].data["text/html"])
    assert [(row[0].text_content(), row[1].get("rowspan"), len(row)) for row in table.iterfind("tbody/tr")] == [
        ("1.3", "2", 5),
        ("1.3 again", None, 4),
        ("1.4", "1", 5),
    ]


def test_a_summary_before_any_claim_is_an_error():
    with pytest.raises(RuntimeError, match="no claim"):
        claims.summary()


def test_gather_finds_claims_in_the_order_of_the_curriculum(tmp_path):
    def cell(id, row):
        return {"id": id, "outputs": [{"data": {CLAIM_MIME: {"row": row}}}, {"name": "stdout", "text": "1.1"}]}

    first, second = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    first.write_text(json.dumps({"cells": [cell("x", "1.10"), {"id": "text"}, cell("y", "1.2")]}), encoding="utf-8")
    second.write_text(json.dumps({"cells": [cell("z", "1.9")]}), encoding="utf-8")
    found = [(c["row"], c["notebook"], c["cell"]) for c in gather([first, second])]
    assert found == [("1.2", str(first), "y"), ("1.9", str(second), "z"), ("1.10", str(first), "x")]


def test_every_row_of_lecture_1_has_words_in_both_languages():
    assert [row for row in ROWS if row.startswith("1.")] == [f"1.{n}" for n in range(1, 16)]
    for says in ROWS.values():
        assert says.keys() == {"en", "zh"}
        assert any("\u4e00" <= c <= "\u9fff" for c in says["zh"])
        assert not any("\u4e00" <= c <= "\u9fff" for c in says["en"])
