"""The budgets of the project, measured: `make bench`, or `python -m tests.benchmarks`.

This process stays small and imports no Django: whatever is measured runs in a fresh process
of its own, a function of `tests.benchmarks.jobs`. What the figures mean is in `docs/performance.md`.
"""
