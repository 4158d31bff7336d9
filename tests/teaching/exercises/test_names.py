"""A name that does not exist is answered with the names that do."""

import pytest
from jielong.teaching.exercises import all_exercises, find


def test_near_names_are_offered():
    name = all_exercises()[0].name
    with pytest.raises(KeyError, match=f"near it: .*{name}"):
        find(name + "s")
    with pytest.raises(KeyError, match=f"near it: .*{name.partition('/')[0]}"):
        find("x" + name)
