"""What README, CONTRIBUTING and the plan of the house tell a reader to type, and the places they name, are there."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from importlib.util import find_spec

import polib
import pytest
import readme
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from translate import problems

import make

NAMES = ("README.md", "README.zh-TW.md", "CONTRIBUTING.md")
TEXTS = {name: (make.ROOT / name).read_text(encoding="utf-8") for name in NAMES}
PATH = re.compile(r"^[\w.-]+(?:/[\w.-]+)*/?$")
MADE = ("_build/html", "_build/notebooks", "my-notebooks", ".venv")  # by the commands
PROJECT = tomllib.loads((make.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEMPLATE = polib.POFile()
TEMPLATE.extend(polib.POEntry(msgid=text) for text in readme.messages())
BENCHMARKS = {
    path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in (make.ROOT / "benchmarks").glob("*.py")
}


def code(text: str) -> list[str]:
    """Every command or name that stands as code: between backticks, or in an indented line."""
    return re.findall(r"`([^`\n]+)`", text) + re.findall(r"^    (?! )(.+)$", text, flags=re.MULTILINE)


def wrong(text: str) -> list[str]:
    """What a reader would type or look for in vain."""
    return [*wrong_commands(text), *(name for name in places(text) if not (make.ROOT / name).exists())]


def wrong_commands(text: str) -> list[str]:
    found = [f"make {name}" for name in _words(text, r"make(?:\.py)? ([a-z]+)") if name not in {*make.TASKS, "help"}]
    found += [f"python {path}" for path in _words(text, r"python ([\w/]+\.py)") if not (make.ROOT / path).is_file()]
    found += [f"-m {name}" for name in _words(text, r"-m ([\w.]+)") if find_spec(name) is None]
    found += [f"-r {path}" for path in _words(text, r"-[rc] ([\w.-]+)") if not (make.ROOT / path).is_file()]
    extras = _words(text, r'\[([a-z]+)\]"')
    return found + [f"[{extra}]" for extra in extras if extra not in PROJECT["optional-dependencies"]]


def _words(text: str, pattern: str) -> list[str]:
    return [word for piece in code(text) for word in re.findall(pattern, piece)]


def places(text: str) -> list[str]:
    """The files and folders that are named as code."""
    lines = [re.split(" {2,}", line)[:-1] for line in re.findall(r"^    (\S.+)$", text, flags=re.MULTILINE)]
    quoted = [piece for piece in re.findall(r"`([^`\n]+)`", text) if "/" in piece or piece.endswith((".txt", ".toml"))]
    words = [*(word for line in lines for word in line), *quoted]
    paths = [word for word in words if PATH.match(word) and ("/" in word or "." in word)]
    return [path for path in paths if path not in MADE]


def test_the_chinese_one_is_made_from_the_english_one_and_lacks_nothing():
    assert TEXTS["README.zh-TW.md"] == readme.in_chinese(), "python site/readme.py"
    assert problems(TEMPLATE, polib.pofile(str(readme.CATALOGUE)), "README.po") == []


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_told_is_there(name):
    assert wrong(TEXTS[name]) == []


def test_the_plan_of_the_house_names_commands_that_are_there():
    """Its places: see test_architecture."""
    text = (make.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert {"run", "lesson", "translate"} <= set(_words(text, "make ([a-z]+)"))
    assert wrong_commands(text) == []


def test_what_is_not_there_would_be_found():
    text = """`make boook`, `python tools/nothing.py`, `python -m jielong.nothing`, `pip install -e ".[fast]"`
    pip install -r requirements-old.txt
    lib/jielong/nothing/     a folder
"""
    assert wrong(text) == [
        "make boook",
        "python tools/nothing.py",
        "-m jielong.nothing",
        "-r requirements-old.txt",
        "[fast]",
        "lib/jielong/nothing/",
    ]
    assert {"site/", "docs/architecture.md", "_toc.yml", "requirements.txt"} <= set(places(TEXTS["README.md"]))


def test_a_requirement_has_its_range_in_one_place():
    book = (make.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = {re.split("[<>=]", line)[0]: line for line in book if line and line[0] not in "#-"}
    library = {re.split("[<>=]", line)[0] for line in PROJECT["dependencies"]}
    assert [line for name, line in named.items() if (name == line) != (name in library)] == []


def test_every_requirement_has_its_exact_version():
    pinned = re.findall(r"^([\w-]+)==", (make.ROOT / "constraints.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    book = (make.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    extras = PROJECT["optional-dependencies"]
    needed = [*book, *PROJECT["dependencies"], *extras["programs"], *extras["test"]]
    names = {re.split("[<>=]", line)[0] for line in needed if line and line[0] not in "#-"}
    assert names - set(pinned) == set()


def test_the_tested_set_is_for_every_python_that_the_library_allows():
    pinned = re.findall(r"^([\w-]+)==", (make.ROOT / "constraints.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    here = {name: metadata.distribution(name).metadata.get("Requires-Python") for name in pinned if _is_here(name)}
    assert len(here) > 150
    assert [name for name, allowed in here.items() if not SpecifierSet(allowed or "").contains("3.11.0")] == []


@pytest.mark.parametrize("text", [*BENCHMARKS, *TEXTS])
def test_what_benchmarks_need_is_said_once_and_in_the_same_words(text):
    said = TEXTS[text] if text in TEXTS else ast.get_docstring(BENCHMARKS[text])
    assert said.count('pip install -e ".[benchmarks]"') == 1


def test_one_extra_has_every_package_that_a_benchmark_imports():
    own, tests = (PROJECT["optional-dependencies"][name] for name in ("benchmarks", "test"))
    assert "jielong[test]" in own
    needed = {canonicalize_name(Requirement(line).name) for line in [*PROJECT["dependencies"], *tests, *own]}
    packages = metadata.packages_distributions()
    modules = set().union(*map(_modules, BENCHMARKS.values())) - sys.stdlib_module_names
    imported = {canonicalize_name(name) for module in modules for name in packages.get(module, [module])}
    assert imported - needed == set()
    assert {canonicalize_name(Requirement(line).name) for line in own} - imported == set()  # each is of use


def _modules(tree: ast.Module) -> set[str]:
    """The outermost names of what a program imports, or looks up with ``importlib.util.find_spec``."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names]
            case ast.ImportFrom(module=str(name), level=0):
                found.append(name)
            case ast.Call(func=ast.Attribute(attr="find_spec"), args=[ast.Constant(value=str(name))]):
                found.append(name)
    return {name.split(".")[0] for name in found}


def _is_here(name: str) -> bool:
    """Some packages are for other systems."""
    try:
        return bool(metadata.distribution(name))
    except metadata.PackageNotFoundError:
        return False
