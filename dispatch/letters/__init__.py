"""Letters: planned, rendered, shown as proof copies and approved."""
