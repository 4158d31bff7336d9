"""The long run that makes a dictionary: what it has kept is whole, or is named."""

from __future__ import annotations

import sys

import pytest
from jielong.files import PARTIAL
from jielong.programs import dictionary


def test_damage_ends_the_command_with_one_sentence_and_what_a_kill_left_is_swept(tmp_path, monkeypatch, unchecked):
    (tmp_path / f"{PARTIAL}killed").mkdir()
    damaged = tmp_path / f"{next(iter(dictionary.FORMS))}.json"
    damaged.write_text("[[1, 2")
    monkeypatch.setattr(dictionary, "load_smollm2", lambda **options: (None, None))
    monkeypatch.setattr(sys, "argv", ["compiling", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        dictionary.main()
    assert str(end.value).startswith(f"{damaged} is damaged (JSONDecodeError: ")
    assert str(end.value).endswith("; delete it, and this step is done again")
    assert list(tmp_path.iterdir()) == [damaged]
