"""What the programs take that the library does without: the extra ``programs`` of pyproject.toml."""

from __future__ import annotations

from importlib.util import find_spec


def need(*names: str) -> None:
    """Raise SystemExit, with what to type, where one of these packages is not installed."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise SystemExit(f"This program needs {' and '.join(missing)}: pip install {' '.join(missing)}")
