"""Do the library's imports go one way? The order of its rooms stands in pyproject.toml; import-linter holds it.

    python tools/layers.py
"""

import sys

from importlinter.cli import lint_imports

sys.exit(lint_imports(no_logo=True))
