"""dispatch: the ombudsman's annual letters, sent once, on time and provably."""
