"""Train MobileNetV2 on labelled pictures of concrete. Needs the extra ``train``."""
