"""Against exact search with torch; and against processes that are killed while they write."""

import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
import torch
from jielong.agents.memory.store import Memory, MemoryUnreadable
from torch.nn import functional as F

from tests.texts import ODD

WIDTH = 32


def embed(texts):
    """A point for each text, by the die, always the same one."""
    generators = (torch.Generator().manual_seed(zlib.crc32(text.encode())) for text in texts)
    return F.normalize(torch.stack([torch.randn(WIDTH, generator=generator) for generator in generators]), dim=-1)


@pytest.fixture
def memory(tmp_path):
    with Memory(tmp_path / "notes.db", embed, WIDTH) as memory:
        yield memory


def opened(path):
    return Memory(path, embed, WIDTH)


def test_the_nearest_are_those_of_exact_search(memory):
    texts = [f"text {i}" for i in range(2500)]  # more than one of the index's pages
    ids = memory.write(texts)
    likeness = (embed(texts) @ embed(["a question"])[0]).tolist()
    best = sorted(range(len(texts)), key=lambda i: -likeness[i])[:20]
    found = memory.nearest("a question", 20)
    assert [record.id for record in found] == [ids[i] for i in best]
    assert [record.likeness for record in found] == pytest.approx([likeness[i] for i in best], abs=1e-5)
    assert [record.text for record in found] == [texts[i] for i in best]
    assert memory.near(embed(["text 7"])[0], 1)[0].text == "text 7"


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_whatever_text_is_written_is_there_again(tmp_path, text, kept):
    with opened(tmp_path / "notes.db") as memory:
        one, two = memory.write([text, "another"], [{text: [text]}, {}])
        memory.rewrite(two, text)
    with opened(tmp_path / "notes.db") as memory:
        assert [record.text for record in memory.nearest(text, 2)] == [kept, kept]
        assert memory.get(one).meta == {kept: [kept]}
        assert memory.get(two).model_dump_json().encode().decode()


def test_reading_by_age_and_by_the_die(memory):
    ids = memory.write(list("abcdef"), [{"day": day} for day in range(6)])
    assert len(memory) == 6
    assert [record.id for record in memory.all()] == ids
    assert [record.text for record in memory.recent(2)] == ["f", "e"]
    assert memory.recent(1)[0].meta == {"day": 5}
    some = [record.text for record in memory.sample(4, seed=1)]
    assert len(set(some)) == 4
    assert some == [record.text for record in memory.sample(4, seed=1)]
    assert {tuple(record.text for record in memory.sample(6, seed=s)) for s in range(5)} != {tuple("abcdef")}
    assert len(memory.sample(99)) == 6
    assert memory.nearest("a", 99)[0].text == "a"


def test_rewriting_and_forgetting_change_what_is_found(memory):
    ids = memory.write(["bees", "ants"], [{"n": 1}, {"n": 2}])
    memory.rewrite(ids[0], "wasps")
    assert memory.get(ids[0]).text == "wasps"
    assert memory.get(ids[0]).meta == {"n": 1}
    assert memory.nearest("wasps", 1)[0].likeness == pytest.approx(1)
    assert memory.nearest("bees", 1)[0].likeness < 0.9
    memory.forget([ids[0], 12345])
    assert [record.text for record in memory.all()] == ["ants"] == [r.text for r in memory.nearest("wasps", 5)]
    with pytest.raises(KeyError, match="no record"):
        memory.get(ids[0])
    with pytest.raises(KeyError):
        memory.rewrite(ids[0], "again")


def test_an_empty_memory_finds_nothing(memory):
    assert memory.nearest("anything") == memory.all() == memory.recent(3) == memory.sample(3) == []
    assert memory.write([]) == []
    assert len(memory) == 0


def test_what_cannot_be_kept_whole_is_not_kept_at_all(memory):
    with pytest.raises(ValueError):
        memory.write(["one", "two"], [{}])
    with pytest.raises(TypeError):
        memory.write(["one", "two"], [{}, {"a": {1, 2}}])
    with pytest.raises(ValueError, match="points"):
        memory.write(["one", "two"], points=embed(["one"]))
    assert len(memory) == 0
    assert memory.nearest("one") == []


def test_it_is_there_again_tomorrow(tmp_path):
    with opened(tmp_path / "notes.db") as memory:
        memory.write(["bees"], [{"day": 3, "who": "Ada"}])
    with opened(tmp_path / "notes.db") as memory:
        (record,) = memory.nearest("bees", 1)
        assert record.text == "bees"
        assert record.meta == {"day": 3, "who": "Ada"}


def test_two_at_once(tmp_path):
    with opened(tmp_path / "notes.db") as one, opened(tmp_path / "notes.db") as other:
        one.write(["a"])
        other.write(["b"])
        assert len(one) == len(other) == 2
        assert one.nearest("b", 1)[0].text == "b"


def test_a_file_that_is_no_memory_is_left_alone(tmp_path):
    text, other, narrow = tmp_path / "notes.txt", tmp_path / "other.db", tmp_path / "narrow.db"
    text.write_text("my notes, " * 500)
    with pytest.raises(MemoryUnreadable, match=r"notes\.txt"):
        opened(text)
    assert text.read_text() == "my notes, " * 500
    import sqlite3

    database = sqlite3.connect(other)
    database.execute("CREATE TABLE bills (sum)")
    database.close()
    with pytest.raises(MemoryUnreadable, match="something else"):
        opened(other)
    Memory(narrow, lambda texts: embed(texts)[:, :8], 8).close()
    with pytest.raises(MemoryUnreadable, match="width 8, not 32"):
        opened(narrow)
    with pytest.raises(MemoryUnreadable):
        opened(tmp_path / "no" / "such" / "folder.db")


WRITER = """
import sys
sys.path[:0] = [{lib!r}, {root!r}]
from tests.agents.memory.test_store import opened
memory = opened(sys.argv[1])
for batch in range(10**6):
    memory.write([f"batch {{batch}} text {{i}}" for i in range(50)], [{{"batch": batch}}] * 50)
    print(batch, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("moment", [0.0, 0.007, 0.013, 0.021])
def test_killed_while_writing_it_opens_with_all_but_the_unfinished_write(tmp_path, moment):
    root = Path(__file__).parents[3]
    code = WRITER.format(lib=str(root / "lib"), root=str(root))
    path = tmp_path / "notes.db"
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    said = 4 + len(process.stdout.read().splitlines())
    process.wait()
    with opened(path) as memory:
        records = memory.all()
        assert len(records) % 50 == 0
        assert len(records) // 50 in (said + 1, said + 2)  # finished, perhaps not yet said
        assert [record.meta["batch"] for record in records] == [i // 50 for i in range(len(records))]
        assert memory.value("PRAGMA integrity_check") == "ok"
        assert memory.nearest(records[-1].text, 1)[0].id == records[-1].id  # its point is there, too
        assert len(memory.nearest("anything", min(4096, len(records)))) == min(4096, len(records))
        memory.write(["and on"])
        assert memory.nearest("and on", 1)[0].text == "and on"


def test_with_nothing_said_three_are_found_among_points_of_minilm_s_width():
    with Memory(":memory:", lambda texts: F.normalize(torch.randn(len(texts), 384), dim=-1)) as memory:
        memory.write([f"note {n}" for n in range(9)])
        assert len(memory.nearest("note")) == 3


@pytest.mark.parametrize("bad", [0.0, 1e-30, float("nan"), float("inf")])
def test_a_point_that_is_zero_or_no_number_is_neither_kept_nor_asked_for(memory, bad):
    """Its cosine to any other would be 0/0."""
    memory.write(["one"])
    points = embed(["two", "three"])
    points[1] = bad
    with pytest.raises(ValueError, match="points: row 1 is zero or no numbers"):
        memory.write(["two", "three"], points=points)
    with pytest.raises(ValueError, match="points: row 0 is zero or no numbers"):
        memory.near(points[1], 1)
    assert [record.text for record in memory.all()] == ["one"]
