"""One file that brings a live watch to a device without a network: wheels, model, service."""
