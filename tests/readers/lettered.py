"""Pictures with letters for the readers' tests, drawn here with the package's own font."""

from __future__ import annotations
