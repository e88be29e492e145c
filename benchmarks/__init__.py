"""Figures for the docs, each printed by ``python -m benchmarks NAME``."""
