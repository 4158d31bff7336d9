"""Do the library's imports go one way? The order of its rooms stands in pyproject.toml; import-linter holds it.

python tools/layers.py
"""

import sys
from pathlib import Path

from importlinter.cli import lint_imports

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))  # nothing of it is imported, only found
sys.exit(lint_imports(no_logo=True))
