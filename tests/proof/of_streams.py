"""Proofs of `trio_patterns.streams`."""

from __future__ import annotations
