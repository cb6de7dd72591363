"""Benchmarks, one a module; ``scripts/bench.py`` runs them."""
