import trio

from trio_patterns.testing import ExploreFailure, explore

served: list[str] = []


async def serve(dish: str) -> None:
    served.append(dish)


async def breakfast() -> None:
    served.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, "tea")
        nursery.start_soon(serve, "toast")


try:
    # BUG: nobody has promised this order.
    explore(breakfast, check=lambda: served == ["tea", "toast"])
except ExploreFailure as failure:
    assert failure.problem == "check() returned False"
    assert [task for task, _ in failure.steps][-3:-1] == ["serve #2", "serve #1"]
