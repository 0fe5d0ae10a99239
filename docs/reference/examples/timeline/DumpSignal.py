import signal

from trio_patterns.timeline import DumpSignal, install_dump_signal

before = signal.getsignal(signal.SIGUSR1)
installed: DumpSignal = install_dump_signal(signal.SIGUSR1)
assert signal.getsignal(signal.SIGUSR1) is not before
installed.remove()  # what was there before is back
assert signal.getsignal(signal.SIGUSR1) is before
