"""What is not installed is named before anything is computed."""

import pytest
from jielong.programs.packages import need


def test_what_is_installed_is_not_asked_for():
    need("torch", "numpy")


def test_what_is_missing_is_named_and_how_to_get_it():
    with pytest.raises(SystemExit, match="needs no_such and nor_this: pip install no_such nor_this"):
        need("torch", "no_such", "nor_this")
