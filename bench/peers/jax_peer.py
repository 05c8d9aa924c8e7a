"""JAX: the formulas in jax.numpy, compiled by XLA, over the merged axes of the case's memory."""

import math
import time

import jax
import jax.numpy as jnp
import numpy

from native import Unsupported

# Small computations run on the thread that calls: without it each call is handed to another thread.
jax.config.update("jax_cpu_enable_async_dispatch", False)

SMALL = 1 << 18  # bytes of x and y below which several calls are compiled into one: a call from Python takes 10 us
INNER = 32


class Runner:
    def __init__(self, function, x, small):
        # An output takes the place of the one before it, so that it costs no page faults.
        self._call = jax.jit(lambda y, x: function(x), donate_argnums=0, keep_unused=True)
        self._x, self._y = x, jnp.zeros_like(x)
        self._loop = None
        if small:
            # Each result is the next one's input: nothing can be taken out of the loop.
            self._loop = jax.jit(lambda x: jax.lax.fori_loop(0, INNER, lambda _, y: function(y), x))
        self.time(INNER)

    def time(self, count):
        if self._loop is None or count < INNER:
            start = time.perf_counter()
            for _ in range(count):
                self._y = self._call(self._y, self._x)
            self._y.block_until_ready()
            return time.perf_counter() - start
        start = time.perf_counter()
        for _ in range(math.ceil(count / INNER)):
            self._loop(self._x).block_until_ready()
        return (time.perf_counter() - start) * count / (math.ceil(count / INNER) * INNER)

    def result(self):
        self.time(1)
        return numpy.asarray(self._y).ravel()

    def close(self):
        pass


class JaxPeer:
    name = "jax"
    version = jax.__version__

    def ways(self, operands, threads):
        case = operands.case
        if case["dtype"] == "float64":
            raise Unsupported("float64 is a mode of the whole process")
        if case["statistic"] == "mean_var":
            moments = {"jnp, two passes": two_passes, "jnp, E[x^2] - E[x]^2": one_pass}
        else:
            moments = {"jnp": rms if case["statistic"] == "rms" else None}
        return [(name, lambda m=m: self._open(operands, m)) for name, m in moments.items()]

    def _open(self, operands, moments):
        case = operands.case
        x = jnp.asarray(operands.x.reshape(case["extents"]))
        return Runner(formula(operands, moments), x, case["bytes"] < SMALL)


def two_passes(x, axes):
    mean = x.mean(axes, keepdims=True)
    return mean, jnp.square(x - mean).mean(axes, keepdims=True)


def one_pass(x, axes):
    """As flax has it by default."""
    mean = x.mean(axes, keepdims=True)
    return mean, jnp.square(x).mean(axes, keepdims=True) - jnp.square(mean)


def rms(x, axes):
    return 0.0, jnp.square(x).mean(axes, keepdims=True)


def formula(operands, moments):
    case, letters, extents = operands.case, operands.case["signature"], operands.case["extents"]
    axes = tuple(i for i, letter in enumerate(letters) if letter in "rR")
    params_shape = [n if letter.isupper() else 1 for letter, n in zip(letters, extents)]
    kept_shape = [1 if letter in "rR" else n for letter, n in zip(letters, extents)]
    given = moments is None and [jnp.asarray(a.reshape(kept_shape)) for a in (operands.mean, operands.var)]
    affine = case["params"] and [jnp.asarray(a.reshape(params_shape))
                                 for a in (operands.scale_in_memory, operands.shift_in_memory)]

    def function(x):
        wide = x.astype(jnp.float32)
        mean, var = given or moments(wide, axes)
        y = (wide - mean) * jax.lax.rsqrt(var + case["eps"])
        if affine:
            y = y * affine[0] + affine[1]
        return y.astype(x.dtype)

    return function
