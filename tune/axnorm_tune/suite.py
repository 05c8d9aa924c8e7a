"""Calls that show what the runtime's thresholds decide, by the threshold that they are about.

Sizes lie between the values that a search tries, so that each of these runs another one of the cases in another way.
"""

from axnorm_tune.cases import Case

MOST_BYTES = 256 << 20  # of x and y together
USUAL_CACHE = 32 << 20


def _rows(count, length, **others):
    return Case("b c -> b", (count, length), "c", **others)


def _channels(count, channels, **others):
    """Batch norm of NHWC."""
    return Case("n c -> c", (count, channels), "c", **others)


def _groups(batch, channels, side, groups, **others):
    """Group norm of NHWC."""
    return Case("b (g n) h w -> b g", (batch, channels, side, side), "(g n)", (("g", groups),), "b h w g n", **others)


def _between(values):
    """The geometric means of neighbours, and one beyond the last."""
    values = sorted(values)
    return [(low * high) ** 0.5 for low, high in zip(values, values[1:])] + [values[-1] * 1.4]


def _streamed(shares, cache, threads):
    """Rows and group norm, of sizes from below the smallest share of the last-level cache to above the largest."""
    sizes = [share * cache for share in _between(shares) if share * cache <= MOST_BYTES]
    return ([_rows(int(size / 8 / 1024) + 1, 1024, threads=threads) for size in sizes] +
            [_groups(int(size / 8 / (64 * 32 * 32)) + 1, 64, 32, 8, threads=threads) for size in sizes[1::3]])


def cases_of(threshold, cache, cores):
    """Of a threshold, which is what axnorm-measure lists: a name, and the values that are tried. [] where it is not
    known here, or decides about threads where there is one core."""
    values = threshold["tried"]
    cache = cache or USUAL_CACHE
    of_threads = {
        "threaded_elements": lambda: [case for size in _between(values) for case in (
            _rows(int(size / 1024) + 1, 1024, threads=cores), _channels(int(size / 256) + 1, 256, threads=cores))],
        "row_groups": lambda: [_channels(count, channels, threads=cores) for count, channels in (
            (1000, 256), (196, 512), (3136, 256), (784, 768), (196, 1024), (49, 2048))],
        "speed_of_rows": lambda: _shared(cores),
        "speed_of_parts": lambda: _shared(cores),
        "tasks_of_thread": lambda: _tasks(cores),
        "task_elements": lambda: _tasks(cores),
        "streamed_share_of_threads": lambda: _streamed(values, cache, cores),
    }
    of_one = {
        "streamed_share": lambda: _streamed(values, cache, 1),
        "longest_row_in_block": lambda: [_rows(393216 // length, length) for length in (2, 3, 4, 6, 8, 12, 16, 24)],
    }
    name = threshold["name"]
    if name in of_one:
        return of_one[name]()
    return of_threads[name]() if name in of_threads and cores > 1 else []


def _shared(cores):
    """Few groups, so that threads share them or lie idle: instance norm of NHWC, batch norm, group norm, long rows."""
    odd = cores + 1
    return [Case("b h w c -> b c", (batch, side, side, channels), "c", threads=cores)
            for batch, side, channels in ((1, 56, 256), (odd, 28, 256), (odd, 14, 512))] + [
                _channels(12544, 64, threads=cores), _channels(3136, 256, threads=cores),
                _channels(784, 512, threads=cores), _channels(196, 1024, threads=cores),
                _groups(1, 256, 56, 32, threads=cores), _rows(odd, 262144, threads=cores),
                _rows(1, 1 << 20, threads=cores)]


def _tasks(cores):
    return [_rows(count, 768, threads=cores) for count in (128, 512, 4096)] + [
        _groups(batch, 256, 28, 32, threads=cores) for batch in (cores, 4 * cores + 1)] + [
            _channels(3136, 64, threads=cores), Case("b c h w -> c", (8, 64, 56, 56), "c", threads=cores)]
