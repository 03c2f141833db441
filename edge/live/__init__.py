"""A camera watched for cracks: frames in; events, recordings, MQTT messages and a page out.

Low to high: ``timing``, ``capture``, ``sources``, ``scoring``, ``events``, ``loop``, ``systemd``;
then ``record``, ``mqtt`` and ``web``, which know nothing of each other; then ``run``.
"""
