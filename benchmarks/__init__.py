"""The library, the best hand-written trio and the peers, on the same work, interleaved in one run.

``python -m benchmarks --help`` says how to run it. Importing this package needs no peer: a peer that is not
installed is reported as such.
"""
