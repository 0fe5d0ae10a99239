"""Runnable scripts, one per pattern, and the tour through them: ``python -m examples --help``.

``examples/<family>/<slug>.py`` shows a pattern and ``<slug>.out`` what it prints; ``<slug>_broken.py`` beside
it is the naive way and its damage. ``examples/sitecheck`` is a link checker built from all six families, and
``examples/learn`` has exercises: ``python -m examples.learn``.
"""
