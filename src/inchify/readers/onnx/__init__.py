"""Exported networks, computed by onnxruntime."""
