"""Proofs of `trio_patterns.testing`."""

from __future__ import annotations
