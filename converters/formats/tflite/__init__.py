"""TFLite files: from the Keras model to the flatbuffer, with metadata and card in it."""
