"""Celery: the only package that knows it. A message is a wake-up; the database holds the work."""
