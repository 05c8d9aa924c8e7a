#!/usr/bin/env python3
"""Tables and bars of the comparison with other libraries, on figures that are made up: no library is needed.

    tests/peers/results_test.py [unittest's options]
"""

import math
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "peers"))

import results  # noqa: E402: found there

CACHE = 1000  # bytes


def provider(*warm_us, wrong=False, cold_us=()):
    return {"warm_us": list(warm_us), "cold_us": list(cold_us), "wrong": wrong}


def run(name="layer 4x8", kept="b", threads=1, size=CACHE, statistic="mean_var", dtype="float32", **providers):
    """A case of `size` bytes, and its providers; copies are "copy_..." here."""
    axes = [{"name": axis, "kept": axis in kept} for axis in "bchw"]
    case = {"case": name, "dtype": dtype, "statistic": statistic, "bytes": size, "axes": axes}
    return {"case": case, "threads": threads,
            "providers": {key.replace("copy_", "copy "): value for key, value in providers.items()}}


def row(**arguments):
    return results.row_of(run(**arguments), CACHE)


ROOT = pathlib.Path(__file__).resolve().parents[2]


class Docs(unittest.TestCase):
    """The table of docs/benchmarks.md: each case that is slower than another library, with the speed as a share of its."""
    HEADER = ["| case | dtype | 1 thread | | cold | | 2 threads | | cold | |", "|---" * 10 + "|"]

    @staticmethod
    def columns():
        """For each column of figures what each case has: the speed beside the best other library, and which that is."""
        for threads in ("1", "2"):
            for name in ("zen5-peers.tsv", "zen5-peers-cold.tsv"):
                lines = (ROOT / "bench" / "results" / name).read_text(encoding="utf-8").splitlines()
                rows = [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]
                yield {(row["case"], row["dtype"]): (float(row["speedup"]), row["best_peer"])
                       for row in rows if row["threads"] == threads}

    def test_they_have_every_loss(self):
        columns = list(self.columns())
        expected = list(self.HEADER)
        for key in columns[0]:
            figures = [column[key] for column in columns]
            if min(figures)[0] < 1:
                cells = [*key, *(str(cell) for speedup, peer in figures for cell in (f"{speedup:.3f}", peer))]
                expected.append(f"| {' | '.join(cells)} |")
        lines = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").splitlines()
        begin = lines.index(self.HEADER[0])
        self.assertEqual(lines[begin:lines.index("", begin)], expected)


class Rows(unittest.TestCase):
    def test_medians_and_the_best(self):
        got = row(axnorm=provider(9, 2, 1), onednn=provider(8, 8, 1), jax=provider(7, 9, 6), copy_a=provider(5),
                  copy_b=provider(1))
        self.assertEqual((got.axnorm_us, got.best_peer, got.best_peer_us, got.copy_us), (2, "jax", 7, 1))
        self.assertEqual((got.speedup, got.share_of_copy), (3.5, 0.5))

    def test_what_is_wrong_is_not_ranked(self):
        got = row(axnorm=provider(2), onednn=provider(1, wrong=True), jax=provider(3))
        self.assertEqual((got.best_peer, got.speedup), ("jax", 1.5))
        self.assertTrue(math.isnan(row(axnorm=provider(2, wrong=True), jax=provider(3)).speedup))

    def test_without_peers(self):
        got = row(axnorm=provider(2), copy_a=provider(1))
        self.assertEqual(got.best_peer, "-")
        self.assertTrue(math.isnan(got.speedup))

    def test_batch_norm_beyond_the_cache_is_two_reads_and_a_write(self):
        times = {"axnorm": provider(3), "copy_a": provider(1)}
        self.assertEqual(row(kept="c", size=CACHE + 1, **times).share_of_copy, 0.5)
        self.assertEqual(row(kept="c", size=CACHE, **times).share_of_copy, 1 / 3)
        self.assertEqual(row(kept="bc", size=CACHE + 1, **times).share_of_copy, 1 / 3)
        self.assertEqual(row(kept="c", size=CACHE + 1, statistic="given", **times).share_of_copy, 1 / 3)

    def test_cold(self):
        got = results.row_of(run(axnorm=provider(1, cold_us=[4, 5, 6]), jax=provider(1, cold_us=[10])), CACHE, "cold")
        self.assertEqual((got.axnorm_us, got.best_peer_us), (5, 10))


class Texts(unittest.TestCase):
    def test_tsv(self):
        runs = [run(axnorm=provider(2), jax=provider(3), copy_a=provider(1)), run(jax=provider(1)),
                run(name="rms 2x2", threads=2, axnorm=provider(1.5), copy_a=provider(3))]
        self.assertEqual(results.tsv_of(results.rows_of(runs, CACHE)),
                         "case\tdtype\tthreads\taxnorm_us\tbest_peer\tbest_peer_us\tspeedup\tcopy_us\tshare_of_copy\n"
                         "layer 4x8\tfloat32\t1\t2.000\tjax\t3.000\t1.500\t1.000\t0.500\n"
                         "rms 2x2\tfloat32\t2\t1.500\t-\t-\t-\t3.000\t2.000\n")

    def test_markdown(self):
        runs = [run(axnorm=provider(2), jax=provider(3), torch=provider(1, wrong=True), copy_a=provider(1)),
                run(axnorm=provider(1), copy_a=provider(1))]
        lines = results.markdown_of(runs, CACHE).splitlines()
        self.assertEqual(lines[0],
                         "| case | dtype | threads | copy | axnorm | jax | torch | best peer | speedup | share |")
        self.assertEqual(lines[2], "| layer 4x8 | float32 | 1 | 1.00 | 2.00 | 3.00 | wrong | jax | 1.50 | 0.50 |")
        self.assertEqual(lines[3], "| layer 4x8 | float32 | 1 | 1.00 | 1.00 | - | - | - | - | 1.00 |")

    def test_summary(self):
        runs = [run(axnorm=provider(1), jax=provider(8)), run(name="slow", axnorm=provider(2), torch=provider(1))]
        self.assertEqual(results.summary_of(results.rows_of(runs, CACHE)),
                         ["1 thread(s): 2.00 times as fast as the best peer (geometric mean of 2 cases); at least as"
                          " fast in 1; least 0.50: slow, float32, against torch"])


class Bars(unittest.TestCase):
    def bars(self, *runs):
        """What has to be reached, and whether it is, by name."""
        return {bar.name: (bar.at_least, bar.met) for bar in results.bars_of(results.rows_of(runs, CACHE))}

    def named(self, bars, text):
        return [bar for name, bar in bars.items() if text in name]

    def test_each_case_and_the_mean(self):
        bars = self.bars(run(axnorm=provider(2), jax=provider(3)),
                         run(name="slow", axnorm=provider(2), jax=provider(1)))
        self.assertEqual(self.named(bars, "layer 4x8"), [(1.0, True)])
        self.assertEqual(self.named(bars, "slow"), [(1.0, False)])
        self.assertEqual(self.named(bars, "geometric mean of 2 cases, 1 thread(s)"), [(2.0, False)])

    def test_cases_with_bars_of_their_own(self):
        times = {"axnorm": provider(1), "jax": provider(3.5)}
        for name in "batch NHWC 16x30x40x3", "group NHWC 8x64x64x128 g=32 a":
            self.assertEqual(self.named(self.bars(run(name=name, **times)), name), [(4.0, False)])
        name = "batch NHWC 16x30x40x32"
        self.assertEqual(self.named(self.bars(run(name=name, **times)), name), [(1.0, True)])

    def test_share_of_the_copy_beyond_the_cache(self):
        times = {"size": CACHE + 1, "copy_a": provider(3), "axnorm": provider(5)}
        self.assertEqual(self.named(self.bars(run(**times)), "share"), [(0.65, False)])
        self.assertEqual(self.named(self.bars(run(name="instance NHWC 2", kept="bc", **times)), "share"), [(0.5, True)])
        self.assertEqual(self.named(self.bars(run(**{**times, "size": CACHE})), "share"), [])

    def test_scaling_where_the_copy_scales(self):
        def bars(axnorm_us, copy_us):
            return self.named(self.bars(run(axnorm=provider(10), copy_a=provider(8)),
                                        run(threads=2, axnorm=provider(axnorm_us), copy_a=provider(copy_us))),
                              "on two threads")

        self.assertEqual(bars(5, 4), [(1.6, True)])
        self.assertEqual(bars(7, 5), [(1.6, False)])
        self.assertEqual(bars(9, 6), [])  # the copy is 1.33 times as fast

    def test_what_is_wrong_misses(self):
        bars = self.bars(run(axnorm=provider(1, wrong=True), jax=provider(3)))
        self.assertEqual(self.named(bars, "layer 4x8"), [(1.0, False)])

    def test_nothing_to_compare(self):
        self.assertEqual(self.bars(run(axnorm=provider(1), copy_a=provider(1))), {})


if __name__ == "__main__":
    unittest.main()
