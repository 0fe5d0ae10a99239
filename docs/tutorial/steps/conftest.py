"""The steps import each other; pytest would not look into their folder for that."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
