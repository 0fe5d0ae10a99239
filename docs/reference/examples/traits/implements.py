from typing import Protocol

from trio_patterns.traits import implements


class Mailer(Protocol):
    async def send(self, to: str, *, subject: str = "") -> None: ...


try:

    @implements(Mailer)
    class ConsoleMailer:
        async def send(self, to: str) -> None:
            print(f"to {to}")
except TypeError as wrong:
    assert "send has no keyword parameter 'subject'" in str(wrong)
