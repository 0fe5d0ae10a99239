from trio_patterns.retry import RetryOn, RetryPolicy


class HTTPError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


def is_temporary(error: Exception) -> bool:
    return isinstance(error, HTTPError) and error.status in (429, 503)


choices: list[RetryOn] = [
    ConnectionError,
    (ConnectionError, TimeoutError),
    is_temporary,
]
policies = [RetryPolicy(on=choice) for choice in choices]
assert is_temporary(HTTPError(503)) and not is_temporary(HTTPError(404))
