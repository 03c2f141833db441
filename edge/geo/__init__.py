"""Where a photo lies: from what the camera wrote to the ground and to places on a map.

Comes in: camera facts, positions and what is known of the site. Goes out: a location and a scale
for each photo (``location.locate_photo``), or the reason why there is none.
"""
