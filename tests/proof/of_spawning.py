"""Proofs of `trio_patterns.spawning`."""

from __future__ import annotations
