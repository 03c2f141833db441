"""Integer weights and thresholds of quantized files.

A ``KerasModel`` and calibration tiles come in, an ``Int8Network`` goes out, from which the formats
are written; ``threshold_matching`` sets the threshold of a quantized file.
"""
