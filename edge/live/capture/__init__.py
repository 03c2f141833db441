"""A source of frames in, its newest frame and its state out: opened, read and opened again."""
