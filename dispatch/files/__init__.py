"""Files that come in, read into the domain: every error names file, row, column, value and rule."""

from dispatch.files.disk import load

__all__ = ["load"]
