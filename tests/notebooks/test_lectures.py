"""The lectures' addresses stand in one file, and every lesson leads to its own lecture's."""

import re
import tomllib

import pytest
from lessons import BOOK, lessons, read

LECTURES = tomllib.loads((BOOK / "lectures.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_it_opens_with_its_lecture_s_own_addresses(path):
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    opening = "\n".join(texts[:2])  # a long one has two cells
    lecture = LECTURES[path.parent.name]
    known = {"video": lecture["video"], "slides": lecture["slides"], "course page": LECTURES["course"]}
    links = re.findall(r"\[(video|slides|course page)\]\((.*?)\)", opening)
    assert links
    assert all(address == known[name] for name, address in links)
