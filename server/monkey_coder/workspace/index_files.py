"""Where the index of a folder is kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def database_of(home: Path, folder: str) -> Path:
    """Return the database of a folder's index, below the cache folder `home`. It need not exist."""
    folder = os.path.normpath(folder)
    key = hashlib.sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return home / f"index-{key}" / "index.sqlite"
