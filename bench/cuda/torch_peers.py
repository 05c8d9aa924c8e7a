"""What a case works on, in torch's memory; its reference in double; torch's own ways to do it, Triton's and QuACK's.

A way is a function without arguments that returns y. All ways of a case read the same x and params.
"""

import functools
import math

import torch
import torch.nn.functional as F

from cases import EPS, GROUPS

# Of |y - reference| / max(1, |reference|), where x is about 1: finds what is wrong, not what is inexact.
TOLERANCES = {"float32": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}
CHUNK = 1 << 24  # elements that are compared at a time: doubles of all would take more memory than some GPUs have
MODES = ("max-autotune", "max-autotune-no-cudagraphs")  # with graphs, inputs are copied into the graph's own memory


class Unsupported(Exception):
    """A peer cannot do a case; says why."""


class Operands:
    """x is 0.5 + N(0, 1); scale and shift are of its dtype."""

    def __init__(self, case, device):
        self.case = case
        generator = torch.Generator(device).manual_seed(1)

        def normal(shape, mean):
            values = torch.empty(shape, dtype=torch.float32, device=device)
            return values.normal_(mean, 1, generator=generator).to(getattr(torch, case.dtype))
        self.x = normal(case.shape, 0.5)
        self.y = torch.empty_like(self.x)
        self.scale = normal(case.param_count, 1.5) if case.affine else None
        self.shift = normal(case.param_count, 0.5) if case.has_shift else None

    def forget_y(self):
        self.y.fill_(math.nan)


def reference(case, x, scale, shift):
    """y in double, by the formula; x may be a part of the batch."""
    groups = {"instance": case.shape[1], "group": GROUPS}.get(case.kind)
    grouped = x.double().reshape(x.shape[0], -1) if groups is None else x.double().reshape(x.shape[0], groups, -1)
    mean = grouped.mean(-1, keepdim=True) * (case.kind != "rms")
    centred = grouped - mean
    y = (centred * (centred.square().mean(-1, keepdim=True) + EPS).rsqrt()).reshape(x.shape)
    along = (1, -1) + (1,) * (x.dim() - 2)
    if scale is not None:
        y = y * scale.double().reshape(along)
    return y if shift is None else y + shift.double().reshape(along)


def error_of(operands, y):
    """The largest error of y, in parts of what is above 1; infinite where it is NaN or not as large as x."""
    x, case = operands.x, operands.case
    if y.shape != x.shape or y.dtype != x.dtype:
        return math.inf
    step = max(1, CHUNK // math.prod(x.shape[1:]))
    worst = 0.0
    for begin in range(0, x.shape[0], step):
        right = reference(case, x[begin:begin + step], operands.scale, operands.shift)
        error = ((y[begin:begin + step].double() - right).abs() / right.abs().clamp(min=1)).max().item()
        worst = max(worst, math.inf if math.isnan(error) else error)
    return worst


def formula(case):
    """As one would write it in torch, in float32, for a compiler to fuse."""
    shape = {"instance": (*case.shape[:2], -1), "group": (case.shape[0], GROUPS, -1)}.get(case.kind, case.shape)
    along = (1, -1) + (1,) * (len(case.shape) - 2)

    def function(x, scale, shift):
        wide = x.float().reshape(shape)
        if case.kind == "rms":
            y = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + EPS)
        else:
            var, mean = torch.var_mean(wide, -1, unbiased=False, keepdim=True)
            y = (wide - mean) * torch.rsqrt(var + EPS)
        y = y.reshape(x.shape)
        if scale is not None:
            y = y * scale.float().reshape(along)
        if shift is not None:
            y = y + shift.float().reshape(along)
        return y.to(x.dtype)
    return function


def layer_norm(x, scale, shift):
    return F.layer_norm(x, x.shape[1:], scale, shift, EPS)


def rms_norm(x, scale, shift):
    return F.rms_norm(x, x.shape[1:], scale, EPS)


def instance_norm(x, scale, shift):
    return F.instance_norm(x, weight=scale, bias=shift, eps=EPS)


def group_norm_of_channels(x, scale, shift):
    return F.group_norm(x, x.shape[1], scale, shift, EPS)


def group_norm(x, scale, shift):
    return F.group_norm(x, GROUPS, scale, shift, EPS)


def functions(case):
    """The operators that are made for the case, by name."""
    if case.kind == "rms":
        return {"rms_norm": rms_norm} if hasattr(F, "rms_norm") else {}
    return {"layer": {"layer_norm": layer_norm}, "group": {"group_norm": group_norm},
            "instance": {"instance_norm": instance_norm, "group_norm": group_norm_of_channels}}[case.kind]


def bound(function, operands):
    return lambda: function(operands.x, operands.scale, operands.shift)


class Eager:
    name = "torch"

    def ways(self, operands):
        return [(name, bound(function, operands)) for name, function in functions(operands.case).items()]


class Compiled:
    name = "torch.compile"

    def __init__(self):
        if not hasattr(torch, "compile"):
            raise ImportError(f"torch {torch.__version__} has no compile()")

    def ways(self, operands):
        # torch keeps a few compiled forms of a function, and runs it as it is beyond them.
        torch.compiler.reset()
        case = operands.case
        ways = [("formula", formula(case))] + list(functions(case).items())
        return [(f"{name}, {mode}", bound(torch.compile(function, mode=mode, dynamic=False), operands))
                for name, function in ways for mode in MODES]


class Triton:
    """A kernel for rows that fit into one program."""

    name = "triton"

    def __init__(self):
        import triton_rows
        self._rows = triton_rows

    def ways(self, operands):
        if operands.case.kind not in ("layer", "rms"):
            raise Unsupported("the kernel is one for rows")
        is_rms = operands.case.kind == "rms"

        def normalize(warps):
            return self._rows.normalize(operands.x, operands.scale, operands.shift, operands.y, EPS, is_rms, warps)
        # Of 2 to 64 elements a thread: more do not stay in registers.
        return [(f"{warps} warps", functools.partial(normalize, warps)) for warps in (1, 2, 4, 8, 16, 32)
                if 2 <= operands.case.shape[1] / (32 * warps) <= 64]


class Quack:
    """Layer norm and root mean square of rows, with scale and without shift."""

    name = "quack"

    def __init__(self):
        import quack
        self._quack = quack

    def ways(self, operands):
        case, x = operands.case, operands.x
        if case.kind == "rms":
            return [("rmsnorm", lambda: self._quack.rmsnorm(x, operands.scale, eps=EPS))]
        if case.kind != "layer" or not case.affine:
            raise Unsupported("has layer norm with scale and root mean square")
        from quack.rmsnorm import layernorm_fwd
        scale, shift = operands.scale.float(), operands.shift.float()
        return [("layernorm_fwd", lambda: layernorm_fwd(x, scale, bias=shift, eps=EPS))]


PEERS = (Eager, Compiled, Triton, Quack)


def load_peers():
    """Those that are there, and why others are not."""
    peers, missing = [], {}
    for peer in PEERS:
        try:
            peers.append(peer())
        except Exception as error:  # each of them fails in ways of its own
            missing[peer.name] = (str(error) or repr(error)).splitlines()[0]
    return peers, missing
