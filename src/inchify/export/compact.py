"""Lossless storage of float16 weights in exported networks.

Weights that were kept in float16 are exact there: they are stored so, and cast to float32 when the
network is opened (onnxruntime folds the casts then).
"""

from __future__ import annotations

import numpy as np

# Smaller tensors are not worth a node of the graph.
MIN_VALUES = 64


def compact(model: bytes) -> bytes:
    """Store float32 weights as float16 where that changes no value."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    proto = onnx.load_from_string(model)
    graph, casts = proto.graph, []
    for place, weight in enumerate(graph.initializer):
        if weight.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        if values.size < MIN_VALUES or not np.array_equal(halves.astype(np.float32), values):
            continue
        stored = f"{weight.name}_float16"
        casts.append(helper.make_node("Cast", [stored], [weight.name], to=TensorProto.FLOAT))
        graph.initializer[place].CopyFrom(numpy_helper.from_array(halves, stored))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(proto.SerializeToString(deterministic=True))
