"""One archive that brings a live watch to a device without a network.

``make.make_bundle`` takes a model, the description of a service (``make.Service``) and one of
``platforms.PLATFORMS``; it gathers all wheels that this system needs, ours among them, and writes
a ``.tar.gz`` with wheels, model, service and ``install.sh``. ``layout`` holds the paths in the
archive and on the device.
"""
