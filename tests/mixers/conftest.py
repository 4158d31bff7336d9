"""What the mixers' tests share."""

from __future__ import annotations

import jaxtyping
import pytest


@pytest.fixture
def unchecked():
    """A reader's session checks no shapes; there the forms' own words have to do."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
