from trio_patterns.streams import Stream
from trio_patterns.testing import stream_operator_contract


def pair_sums(numbers: Stream[int]) -> Stream[int]:
    return numbers.chunks(2).map(sum)


TestPairSums = stream_operator_contract(pair_sums)  # pytest runs its 15 cases

TestPairSums().test_it_closes_the_source_at_an_early_exit()
TestPairSums().test_it_closes_the_source_when_cancelled_at_any_point()
