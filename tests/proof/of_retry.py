"""Proofs of `trio_patterns.retry`."""

from __future__ import annotations
