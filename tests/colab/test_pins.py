"""The library's ranges hold what Colab has, so that installing it there replaces nothing."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from colab_pins import PINS, pins, refresh, touched
from lessons import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COLAB = pins(PINS.read_text(encoding="utf-8"))
FREEZE = """\
anywidget==0.9.21
torch @ https://download.pytorch.org/whl/cpu/torch-2.11.0%2Bcpu-cp313-cp313-manylinux_2_28_x86_64.whl#sha256=00ff
kernel_gateway @ git+https://github.com/someone/kernel_gateway@b134e994
left-pad==1.0
"""


def test_what_colab_has_lies_in_the_library_s_ranges():
    stated = {canonicalize_name(r.name): r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    both = stated.keys() & COLAB.keys()
    assert {"torch", "numpy", "ipywidgets", "ipython", "matplotlib", "anywidget"} <= both
    assert {name: COLAB[name] for name in both if not stated[name].contains(COLAB[name])} == {}


def test_colab_s_list_is_read_and_trimmed():
    assert pins(FREEZE) == {"anywidget": "0.9.21", "torch": "2.11.0", "left-pad": "1.0"}
    assert refresh(FREEZE, date(2026, 8, 19)).splitlines()[1:] == ["anywidget==0.9.21", "torch==2.11.0"]


def test_what_the_library_could_touch_is_followed_to_the_end():
    assert {"torch", "sympy", "mpmath", "traitlets"} <= touched()


def test_our_list_says_of_when_it_is():
    assert re.match(r"# What Colab had on 20\d\d-\d\d-\d\d with Python 3\.\d+", PINS.read_text(encoding="utf-8"))
