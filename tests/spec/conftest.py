"""The plain searches of the checker's tests are oracles here as well."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "checker"))
