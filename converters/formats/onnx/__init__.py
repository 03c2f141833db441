"""ONNX files: from the Keras model to the protobuf, with the card in its metadata."""
