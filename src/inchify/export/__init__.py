"""Export of trained networks to ONNX, in float32 and int8."""
