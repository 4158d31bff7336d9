"""Without a Chromium: what is said, what is installed, and where it is an error."""

import subprocess

import browser
import pytest

TRACE = """Downloading Chrome
Error: getaddrinfo ENOTFOUND cdn.example
    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26) {
  code: 'ENOTFOUND'
}
"""


@pytest.fixture
def bare(monkeypatch):
    """A machine that has no Chromium and no CI, and on which every command fails as Playwright does without a host."""
    for name in ("CHROMIUM", "CI"):
        monkeypatch.delenv(name, raising=False)
    commands = []

    def fail(command, **_options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 1, "", TRACE)

    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(browser.subprocess, "run", fail)
    return commands


def test_a_person_without_one_is_told_in_one_sentence_what_is_not_run(bare, monkeypatch, capsys):
    monkeypatch.setenv("CHROMIUM", "none")
    assert browser.main([]) == 0
    assert capsys.readouterr() == (browser.MISSING + "\n", "")
    assert bare == []


def test_ci_does_without_no_test(bare, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    assert browser.main([]) == 1
    assert browser.MISSING in capsys.readouterr().err


@pytest.mark.parametrize(("root", "program", "words"), [(True, "apt-get", "on this system"), (False, "playwright", "")])
def test_what_is_going_to_be_installed_is_said_first_and_why_it_failed_after(
    bare, monkeypatch, capsys, root, program, words
):
    monkeypatch.setattr(browser, "_may_install_packages", lambda: root)
    assert browser.main([]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert words in first
    assert "CHROMIUM=none" in first
    assert second == "That failed: Error: getaddrinfo ENOTFOUND cdn.example"
    assert last == browser.MISSING
    assert program in bare[0]


def test_looking_installs_nothing(bare):
    assert browser.main(["--look"]) == 0
    assert bare == []
