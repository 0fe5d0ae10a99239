"""Streams: cold, typed descriptions of a flow of items, with bounded concurrency.

``stream(source)`` makes a `Stream`; operators describe, sinks run.
"""

from __future__ import annotations

from .opening import OpenedStream, StreamOpener
from .progress import StreamProgress
from .splitter import StreamSplitter
from .stream import Stream, stream

__all__ = ["Stream", "stream", "OpenedStream", "StreamOpener", "StreamSplitter", "StreamProgress"]
