"""Publishing: the public bundle of letters and its verification."""
