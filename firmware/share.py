"""Files we read that are no Python: in a checkout ``image-build``, on the image they are shared."""

from __future__ import annotations

import os
from pathlib import Path

SHARE = Path(os.environ.get("MARKAZ_SHARE", Path(__file__).parents[1] / "image-build"))
