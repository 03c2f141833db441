"""What people look at beside a photo: heat map, overlay, and the heat map as a GeoTIFF.

Comes in: scores and regions of one photo. Goes out: pictures, RGB uint8 (H, W, 3).
"""
