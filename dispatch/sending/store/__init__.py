"""Statements about deliveries, attempts and rates."""
