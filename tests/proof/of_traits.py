"""Proofs of `trio_patterns.traits`."""

from __future__ import annotations
