"""What runs on the device: standard library, numpy, OpenCV, click and one inference runtime."""

__version__ = "0.1.0"
