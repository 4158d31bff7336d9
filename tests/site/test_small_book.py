"""A book of one lesson, drawn in a folder of its own: what the extensions make of it, and what they refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import plain_sphinx
import polib
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.site.pages import ROOT

TOC = """\
format: jb-book
root: index
parts:
  - caption: The part
    chapters:
      - file: book/lesson
      - file: book/ledger
"""
PROSE = "# A title\n\nOf all rolls, {value}`share` were even, which is $\\frac{1}{2}$.\n"
RUN = {"date": "2026-03-04", "seconds": 12.3, "cpu_seconds": 9.8, "peak_mb": 812, "torch": "2.13.0", "python": "3.11"}
CLAIM = {
    **{
        "id": "1.3 even",
        "row": "1.3",
        "anchor": "claim-1-3-even",
        "verdict": "holds",
        "tried": None,
        "published": None,
    },
    **{"control": 0.1, "measured_text": "0.50", "control_text": "0.10", "bar": {"en": "near a half", "zh": "接近一半"}},
    **{"what": {"en": "even rolls", "zh": "偶數"}, "control_what": {"en": "a loaded die", "zh": "灌鉛的骰子"}},
}
CARD = '<div id="claim-1-3-even"><span lang="en">holds</span><span lang="zh-Hant-TW" hidden>成立</span></div>'


def shown(data: dict) -> dict:
    return new_output("display_data", data)


def lesson(prose: str = PROSE) -> nbformat.NotebookNode:
    """One paragraph, one value, one claim, one solution, and when it ran."""
    value = {"application/vnd.jielong.value+json": {"name": "share", "text": "50%"}, "text/html": "", "text/plain": ""}
    claim = {"application/vnd.jielong.claim+json": CLAIM, "text/html": CARD, "text/plain": "Claim"}
    cells = [
        new_markdown_cell(prose),
        new_code_cell("record(...)  # the share", outputs=[shown(value)], execution_count=1),
        new_code_cell("claim(...)", outputs=[shown(claim)], execution_count=2, metadata={"tags": ["hide-input"]}),
        new_code_cell("solution()", outputs=[], execution_count=3, metadata={"tags": ["hide-cell", "solution"]}),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    run = {"run": {**RUN, "platform": "Linux"}}
    return new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}, "jielong": run}
    )


def catalogue(path: Path, messages: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = polib.POFile()
    file.metadata = {"Language": "zh_TW", "Content-Type": "text/plain; charset=utf-8"}
    file.extend(polib.POEntry(msgid=english, msgstr=chinese) for english, chinese in messages.items())
    file.save(str(path))


def small_book(folder: Path, prose: str = PROSE) -> Path:
    for name in ("site", "_config.yml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "_toc.yml").write_text(TOC)
    (folder / "index.md").write_text("# The book\n\nA word of welcome to the book.\n")
    (folder / "book").mkdir()
    (folder / "book/ledger.md").write_text("# The ledger\n\n```{ledger}\n```\n")
    nbformat.write(lesson(prose), folder / "book/lesson.ipynb")
    messages = folder / "locale/zh_TW/LC_MESSAGES"
    catalogue(messages / "index.po", {"The book": "書", "The part": "第一部"})
    chinese = "所有的擲骰裡，偶數占 {value}`share`，也就是 $\\frac{1}{2}$。"
    said = {"A title": "標題", PROSE.split("\n\n")[1].strip(): chinese, "the share": "比例"}
    catalogue(messages / "book/lesson.po", said)
    return folder


def draw(folder: Path, *options: str, strict: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    places = ["--source", str(folder), "--output", str(folder / "out/html")]
    command = [sys.executable, "site/build.py", *places, *options, *(["--strict"] if strict else [])]
    surroundings = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    folder = small_book(tmp_path_factory.mktemp("book"))
    result = draw(folder, GITHUB_REPOSITORY="a-reader/her-fork")
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "out/html"


def page(drawn: Path, name: str) -> html.HtmlElement:
    return html.fromstring((drawn / name).read_bytes())


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_prose_takes_numbers_from_the_run_in_both_languages(drawn):
    english, chinese = (page(drawn, f"{edition}/book/lesson.html") for edition in ("en", "zh-TW"))
    assert "Of all rolls, 50% were even" in text(english.xpath("//article")[0])
    assert "偶數占 50%，也就是" in text(chinese.xpath("//article")[0])
    for root in (english, chinese):
        assert len(root.xpath("//article//span[@class='katex']")) == 1


def test_comments_in_code_are_in_both_languages_and_look_like_comments(drawn):
    said = [page(drawn, f"{edition}/book/lesson.html").xpath("//*[@class='c1']") for edition in ("en", "zh-TW")]
    assert [[text(each) for each in found] for found in said] == [["# the share"], ["# 比例"]]


def test_the_run_card_and_the_folds_are_in_both_languages(drawn):
    english, chinese = (page(drawn, f"{edition}/book/lesson.html") for edition in ("en", "zh-TW"))
    assert text(english.xpath("//details[@class='run-card']/summary")[0]) == "Ran on 4 March 2026, 10 s of one core"
    assert text(chinese.xpath("//details[@class='run-card']/summary")[0]) == "2026 年 3 月 4 日實際執行，單核 10 秒"
    assert "812 MB" in text(english.xpath("//details[@class='run-card']")[0])
    folds = [[text(fold) for fold in root.xpath("//*[@class='fold-show']")] for root in (english, chinese)]
    assert folds == [["Show the code", "Show a solution"], ["顯示程式碼", "看一個解法"]]


def test_a_fork_links_to_itself(drawn):
    for edition in ("en", "zh-TW"):
        (link,) = page(drawn, f"{edition}/book/lesson.html").xpath("//a[@class='colab']/@href")
        there = "https://colab.research.google.com/github/a-reader/her-fork/blob/notebooks"
        assert link == f"{there}/{edition}/book/lesson.ipynb"
    source = "https://github.com/a-reader/her-fork/blob/HEAD/index.md"
    assert source in page(drawn, "zh-TW/index.html").xpath("//a/@href")


def test_where_the_address_is_known_pages_and_machines_are_told_it(drawn):
    here = "https://a-reader.github.io/her-fork"
    head = page(drawn, "zh-TW/book/lesson.html").xpath("//head")[0]
    assert head.xpath("./link[@rel='canonical']/@href") == [f"{here}/zh-TW/book/lesson.html"]
    alternates = {link.get("hreflang"): link.get("href") for link in head.xpath("./link[@hreflang]")}
    places = [f"{here}/{folder}/book/lesson.html" for folder in ("en", "zh-TW")]
    assert alternates == {"en": places[0], "zh-Hant-TW": places[1], "x-default": f"{here}/"}
    assert f"{here}/sitemap.xml" in (drawn / "robots.txt").read_text()
    assert places[1] in (drawn / "sitemap.xml").read_text()


def test_a_mistake_is_reported_with_its_page_and_edition(drawn):
    for edition, label in (("en", "English"), ("zh-TW", "繁體中文")):
        form = urlsplit(page(drawn, f"{edition}/book/lesson.html").xpath("//p[@class='report']/a/@href")[0])
        assert (form.netloc, form.path) == ("github.com", "/a-reader/her-fork/issues/new")
        assert parse_qs(form.query) == {"template": ["mistake.yml"], "page": [f"book/lesson ({label})"]}
    fields = (ROOT / ".github/ISSUE_TEMPLATE/mistake.yml").read_text(encoding="utf-8")
    assert "id: page" in fields


def test_what_a_page_lets_download_is_the_finished_notebook_in_its_language(drawn):
    for edition, title, prose in (("en", "A title", "were even"), ("zh-TW", "標題", "偶數占 50%")):
        place = page(drawn, f"{edition}/book/lesson.html").xpath("//a[@download]/@href")[0]
        notebook = nbformat.read(drawn / edition / "book" / place, as_version=4)
        assert notebook.cells[0].source.startswith(f"# {title}\n\n")
        assert prose in notebook.cells[0].source and "{value}" not in notebook.cells[0].source


def test_the_ledger_links_to_the_card(drawn):
    english, chinese = (page(drawn, f"{edition}/book/ledger.html") for edition in ("en", "zh-TW"))
    assert english.xpath("//td/a/@href") == chinese.xpath("//td/a/@href") == ["lesson.html#claim-1-3-even"]
    cells = [text(cell) for cell in english.xpath("//tr[contains(@class, 'ledger-claim')]/td")]
    assert cells == ["even rolls", "0.50", "0.10 a loaded die", "near a half", "—", "✓ holds"]
    assert "偶數" in text(chinese.xpath("//tr[contains(@class, 'ledger-claim')]")[0])
    total = text(english.xpath("//p[@class='ledger-total']")[0])
    assert total == "Rows of the curriculum: 1. Claims: 1. Hold: 1. Did not reproduce: 0."


def test_captions_and_cards_are_translated(drawn):
    chinese = page(drawn, "zh-TW/book/lesson.html")
    assert [text(each) for each in chinese.xpath("//p[@class='caption']")][0] == "第一部"
    assert text(chinese.xpath("//*[@id='claim-1-3-even']")[0]) == "成立"


@pytest.mark.parametrize(
    ("prose", "complaint"),
    [
        ("# T\n\nA {value}`missing` number.\n", "no value 'missing' is recorded in this notebook (it has: share)"),
        ("# T\n\nA formula $\\fraq{1}{2}$.\n", "Undefined control sequence: \\fraq"),
        ("# T\n\nA [link](nowhere.ipynb).\n", "nowhere.ipynb"),
    ],
)
def test_a_mistake_stops_the_strict_build(tmp_path, prose, complaint):
    result = draw(small_book(tmp_path, prose))
    assert result.returncode != 0
    assert complaint in result.stdout + result.stderr


def test_an_edition_alone_has_no_language_switch(tmp_path, drawn):
    assert page(drawn, "en/book/lesson.html").xpath("//nav[@class='languages']/a/@href") == [
        "../../en/book/lesson.html",
        "../../zh-TW/book/lesson.html",
    ]
    folder = small_book(tmp_path)
    assert draw(folder, "en").returncode == 0
    assert page(folder / "out/html", "index.html").xpath("//a/@href") == ["en/index.html"]
    assert page(folder / "out/html", "en/book/lesson.html").xpath("//nav[@class='languages']") == []


def test_jupyter_book_draws_it_too_as_its_users_type_it(tmp_path):
    book = small_book(tmp_path)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "."]
    result = subprocess.run(command, cwd=book, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    drawn = page(book / "_build/html", "book/lesson.html")
    assert "Of all rolls, 50% were even" in text(drawn.xpath("//article")[0])
    assert drawn.xpath("//nav[@class='languages']") == []


def test_sphinx_alone_draws_the_same_pages_and_another_would_be_seen(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "a-reader/her-fork")
    plain = tmp_path / "plain/en"
    assert plain_sphinx.draw(small_book(tmp_path), plain, ["en", "zh-TW"])
    assert [*plain_sphinx.differences(plain, drawn / "en")] == []
    front = (plain / "index.html").read_text(encoding="utf-8")
    (plain / "index.html").write_text(front.replace("word of welcome", "word of farewell"), encoding="utf-8")
    (plain / "book/lesson.html").unlink()
    missing, *changed = plain_sphinx.differences(plain, drawn / "en")
    assert missing == f"{Path('book/lesson.html')} is only in {drawn / 'en'}"
    assert [line for line in changed if "farewell" in line and line.startswith("+")]


def test_a_page_that_is_named_is_read_anew_and_its_mistake_is_found_again(tmp_path):
    folder = small_book(tmp_path)
    assert draw(folder).returncode == 0
    nbformat.write(lesson("# T\n\nA [link](nowhere.ipynb).\n"), folder / "book/lesson.ipynb")
    for _ in range(2):
        result = draw(folder, "--pages", "book/lesson", strict=False)
        assert result.returncode != 0
        assert "nowhere.ipynb" in result.stdout + result.stderr
