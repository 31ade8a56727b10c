"""Benchmarks: one file for each promise of speed, named by its id, each beside a reference in the same run."""
