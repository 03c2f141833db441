"""A camera watched for weeks: newest frame, scores, smoothing over time, events, sinks."""
