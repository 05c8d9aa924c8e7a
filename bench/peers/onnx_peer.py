"""ONNX Runtime: one model for each way to do a case, bound to the memory of x and y."""

import math
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper

from native import Unsupported

TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "float16": TensorProto.FLOAT16,
         "bfloat16": TensorProto.BFLOAT16}
OPSETS = [helper.make_opsetid("", 23)]
SMALL = 1 << 18  # bytes of x and y below which several nodes in a row are one call: a call from Python takes 5 us
INNER = 16


class Graph:
    """A model being made."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.nodes, self.constants = [], []

    def op(self, kind, inputs, outputs=1, **attributes):
        names = [f"t{len(self.nodes)}_{i}" for i in range(outputs)]
        inputs = [self.constant(value) if isinstance(value, numpy.ndarray) else value for value in inputs]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0]

    def constant(self, array):
        name = f"c{len(self.constants)}"
        array = array.astype(self.dtype) if array.dtype == numpy.float32 else array
        self.constants.append(onnx.numpy_helper.from_array(array, name))
        return name

    def serialized(self, name, element_type, shape):
        self.nodes.append(helper.make_node("Identity", [name], ["y"]))
        tensors = [helper.make_tensor_value_info(name, element_type, shape) for name in ("x", "y")]
        graph = helper.make_graph(self.nodes, "normalization", tensors[:1], tensors[1:], self.constants)
        return helper.make_model(graph, opset_imports=OPSETS, ir_version=10).SerializeToString()


class Runner:
    def __init__(self, operands, shape, way, threads):
        self._operands, self._shape, self._way, self._threads = operands, shape, way, threads
        self._one = self._session(1)
        self._many = self._session(INNER) if operands.case["bytes"] < SMALL else None

    def _session(self, count):
        graph = Graph(self._operands.x.dtype)
        name = "x"
        for _ in range(count):
            name = self._way(graph, name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        element_type = TYPES[self._operands.case["dtype"]]
        try:
            session = onnxruntime.InferenceSession(graph.serialized(name, element_type, self._shape), options,
                                                   providers=["CPUExecutionProvider"])
            binding = session.io_binding()
            binding.bind_input("x", "cpu", 0, element_type, self._shape, self._operands.x.ctypes.data)
            binding.bind_output("y", "cpu", 0, element_type, self._shape, self._operands.y.ctypes.data)
            session.run_with_iobinding(binding)
        except Exception as error:  # onnxruntime's own exceptions have no common base
            raise Unsupported(str(error).strip().splitlines()[0]) from error
        return session, binding

    def time(self, count):
        inner = INNER if self._many and count >= INNER else 1
        session, binding = self._many if inner != 1 else self._one
        calls = math.ceil(count / inner)
        start = time.perf_counter()
        for _ in range(calls):
            session.run_with_iobinding(binding)
        return (time.perf_counter() - start) * count / (calls * inner)

    def result(self):
        self._operands.forget_y()
        self.time(1)
        return self._operands.y

    def close(self):
        self._one = self._many = None


class OnnxPeer:
    name = "onnxruntime"
    version = onnxruntime.__version__

    def ways(self, operands, threads):
        return [(name, lambda shape=shape, way=way: Runner(operands, shape, way, threads))
                for name, shape, way in Ways(operands).all()]


class Ways:
    """Name, shape of x, and nodes of each way to do a case; by the merged axes of its memory."""

    def __init__(self, operands):
        self.operands, case = operands, operands.case
        self.case, self.letters, self.extents = case, case["signature"], case["extents"]
        self.lengths = {axis["name"]: axis["extent"] for axis in case["axes"]}
        self.kept = "".join(axis["name"] for axis in case["axes"] if axis["kept"])
        self.nhwc = case["axes"][-1]["name"] in ("c", "n")
        self.affine = case["params"] != 0
        self.eps = case["eps"]

    def all(self):
        if self.case["statistic"] == "given":
            return self._given()
        if self.case["statistic"] == "rms":
            ones = numpy.ones(self.extents[-1], numpy.float32)
            return [("RMSNormalization", self.extents,
                     lambda g, x: g.op("RMSNormalization", [x, ones], axis=-1, epsilon=self.eps))]
        # The operator made for the case comes first: accuracy.py takes that one.
        ways = {"c": self._batch, "bc": self._instance, "bg": self._group}.get(self.kept, list)()
        if self.letters.lower() in ("r", "kr"):
            ways.append(("LayerNormalization", [1, *self.extents][-2:], self._layer))
        if self.letters == "kRk":
            ways.append(("transposed LayerNormalization", self.extents, self._transposed(self._layer, (0, 2, 1))))
        if self.letters == "kKR":
            ways.append(("LayerNormalization, Mul, Add", self.extents, self._plain_layer))
        return ways + [("ReduceMean", self.extents, self._formula)]

    def _param(self, array, shape=None):
        return array.reshape(shape if shape is not None else self._params_shape())

    def _params_shape(self):
        return [n if letter.isupper() else 1 for letter, n in zip(self.letters, self.extents)]

    def _mul_add(self, g, y, shape=None):
        """Scale and shift, by the axes of `shape`."""
        if self.affine:
            y = g.op("Mul", [y, self._param(self.operands.scale_in_memory, shape)])
            y = g.op("Add", [y, self._param(self.operands.shift_in_memory, shape)])
        return y

    def _scale_shift(self, count):
        """Of `count` channels; 1 and 0 without params."""
        if not self.affine:
            return [numpy.ones(count, numpy.float32), numpy.zeros(count, numpy.float32)]
        return [numpy.tile(array, count // array.size)
                for array in (self.operands.scale_in_memory, self.operands.shift_in_memory)]

    def _layer(self, g, x):
        row = self.extents[-1] if self.letters[-1] in "rR" else self.extents[1]
        return g.op("LayerNormalization", [x, *self._scale_shift(row)][:3 if self.affine else 2], axis=-1,
                    epsilon=self.eps)

    def _plain_layer(self, g, x):
        ones = numpy.ones(self.extents[-1], numpy.float32)
        return self._mul_add(g, g.op("LayerNormalization", [x, ones], axis=-1, epsilon=self.eps))

    @staticmethod
    def _transposed(way, order):
        back = [order.index(i) for i in range(len(order))]
        return lambda g, x: g.op("Transpose", [way(g, g.op("Transpose", [x], perm=order))], perm=back)

    def _image(self):
        """The shape of x as b c h w, or as b h w c."""
        b, h, w = (self.lengths[name] for name in "bhw")
        channels = self.case["elements"] // (b * h * w)
        return [b, h, w, channels] if self.nhwc else [b, channels, h, w]

    def _images(self, name, way):
        """`way` takes b c h w."""
        if self.nhwc:
            return ["transposed " + name, self._image(), self._transposed(way, (0, 3, 1, 2))]
        return [name, self._image(), way]

    def _batch(self):
        channels = self.lengths["c"]
        unused = [numpy.zeros(channels, numpy.float32), numpy.ones(channels, numpy.float32)]

        def batch(g, x):
            return g.op("BatchNormalization", [x, *self._scale_shift(channels), *unused], 3, training_mode=1,
                        epsilon=self.eps)

        # All images as one: what it computes is the same.
        def instance(g, x):
            return g.op("InstanceNormalization", [x, *self._scale_shift(channels)], epsilon=self.eps)

        shape = [1, self.case["elements"] // channels, channels]
        ways = [self._images("BatchNormalization", batch)]
        if self.nhwc:
            ways.append(("transposed InstanceNormalization", shape, self._transposed(instance, (0, 2, 1))))
        return ways

    def _instance(self):
        def instance(g, x):
            return g.op("InstanceNormalization", [x, *self._scale_shift(self.lengths["c"])], epsilon=self.eps)

        return [self._images("InstanceNormalization", instance)]

    def _group(self):
        b, groups, channels = self.lengths["b"], self.lengths["g"], self.lengths["g"] * self.lengths["n"]
        pixels = self.lengths["h"] * self.lengths["w"]
        image = numpy.array([b, channels, self.lengths["h"], self.lengths["w"]])
        rows = numpy.array([b, groups, self.lengths["n"] * pixels])

        def group(g, x):
            return g.op("GroupNormalization", [x, *self._scale_shift(channels)], num_groups=groups, epsilon=self.eps)

        def layer(g, x):
            ones = numpy.ones(int(rows[2]), numpy.float32)
            y = g.op("LayerNormalization", [g.op("Reshape", [x, rows]), ones], axis=-1, epsilon=self.eps)
            return self._mul_add(g, g.op("Reshape", [y, image]), [channels, 1, 1])

        return [self._images("GroupNormalization", group), self._images("LayerNormalization, Mul, Add", layer)]

    def _given(self):
        channels = self.lengths["c"]
        statistics = [self.operands.mean, self.operands.var]

        def batch(g, x):
            return g.op("BatchNormalization", [x, *self._scale_shift(channels), *statistics], epsilon=self.eps)

        def folded(g, x):
            scale, shift = self._scale_shift(channels)
            factor = scale * self.operands.rstd
            y = g.op("Mul", [x, self._param(factor)])
            return g.op("Add", [y, self._param(shift - self.operands.mean * factor)])

        return [self._images("BatchNormalization", batch), ("Mul, Add", self.extents, folded)]

    def _formula(self, g, x):
        axes = numpy.array([i for i, letter in enumerate(self.letters) if letter in "rR"])
        difference = g.op("Sub", [x, g.op("ReduceMean", [x, axes])])
        var = g.op("ReduceMean", [g.op("Mul", [difference, difference]), axes])
        std = g.op("Sqrt", [g.op("Add", [var, numpy.array(self.eps, numpy.float32)])])
        return self._mul_add(g, g.op("Div", [difference, std]))
