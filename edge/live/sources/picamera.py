"""The Raspberry Pi's own camera, by picamera2, which comes from apt."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import Any

from edge.files.errors import EnvironmentLacksError
from edge.live.capture.source import RawFrame, SourceLostError
from edge.live.sources.opencv import to_rgb
from edge.live.sources.replaceable_handle import ReplaceableHandle

# Of what its sensors have, the nearest to what is looked at.
DEFAULT_SIZE_WH = (1280, 720)

_READ_S = 8.0
_REMEDY = (
    "picamera2 is not installed in this Python: run sudo apt install -y python3-picamera2, and "
    "create the environment with python3 -m venv --system-site-packages"
)


class PicameraSource:
    """A camera at the Pi's ribbon cable.

    Args:
        number: counted from 0, as ``rpicam-hello --list-cameras`` does.
        size_wh: of the frames, px.
        fps: asked for; the sensor's own if None.
        load: returns the module picamera2; raises ImportError where there is none.
    """

    is_live = True

    def __init__(
        self,
        number: int = 0,
        *,
        size_wh: tuple[int, int] | None = None,
        fps: float | None = None,
        load: Callable[[], Any] | None = None,
    ) -> None:
        self._number = number
        self._size_wh = size_wh or DEFAULT_SIZE_WH
        self._fps = fps
        self._load = load or _load_picamera2
        self._handle: ReplaceableHandle[Any] = ReplaceableHandle(lambda camera: camera.close())

    @property
    def name(self) -> str:
        """Return what it is called in ``--source``."""
        return "picamera" if self._number == 0 else f"picamera:{self._number}"

    def open(self) -> None:
        """Start the camera.

        Raises:
            SourceLostError: picamera2 is not installed, the camera is not there, or is in use.
        """
        try:
            module = self._load()
        except ImportError as error:
            raise SourceLostError(f"{_REMEDY} ({error})") from error
        self._handle.open(lambda: self._start(module))

    def read(self) -> RawFrame:
        """Return the next frame.

        Raises:
            SourceLostError: none came within 8 s.
        """
        camera = self._handle.get()
        try:
            picture = camera.wait(camera.capture_array("main", wait=False), timeout=_READ_S)
        except (TimeoutError, concurrent.futures.TimeoutError) as error:
            raise SourceLostError(f"no frame for {_READ_S:.0f} s") from error
        except (RuntimeError, OSError) as error:
            raise SourceLostError(f"{error}") from error
        # picamera2 names its formats backwards: "RGB888" lies in memory as BGR.
        return RawFrame(to_rgb(picture))

    def close(self) -> None:
        """Give the camera back."""
        self._handle.close()

    def _start(self, module: Any) -> Any:
        wishes = {} if self._fps is None else {"FrameRate": self._fps}
        try:
            camera = module.Picamera2(self._number)
        except (RuntimeError, OSError, IndexError) as error:
            raise SourceLostError(
                f"cannot be opened ({error}); check its cable, whether "
                "rpicam-hello --list-cameras shows it, and that no other program uses it"
            ) from error
        try:
            camera.configure(
                camera.create_video_configuration(
                    main={"size": self._size_wh, "format": "RGB888"},
                    controls=wishes,
                    # An old frame must not be kept for whoever asks next.
                    queue=False,
                )
            )
            camera.start()
        except (RuntimeError, OSError) as error:
            camera.close()
            raise SourceLostError(f"cannot be started ({error})") from error
        return camera


def list_pi_cameras(load: Callable[[], Any] | None = None) -> list[str]:
    """Return the models of the Pi's own cameras in the order of their numbers.

    Raises:
        EnvironmentLacksError: picamera2 is not installed; the message says how to get it.
    """
    try:
        module = (load or _load_picamera2)()
    except ImportError as error:
        raise EnvironmentLacksError(_REMEDY) from error
    found = module.Picamera2.global_camera_info()
    # libcamera lists USB cameras too, behind the Pi's own; those have a /dev/videoN.
    return [
        str(camera.get("Model", "unknown"))
        for camera in found
        if "usb" not in str(camera.get("Id", "")).lower()
    ]


def _load_picamera2() -> Any:
    import picamera2

    return picamera2
