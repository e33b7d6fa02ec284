"""What becomes of the cameras' pictures, as figures for Prometheus: is each kept up with?"""

from collections.abc import Iterable

from edge_agent.ports.vision import CameraPace, VisionPace
from endcap.plumbing.http_face.metrics import Sample


def vision_samples(pace: VisionPace) -> Iterable[Sample]:
    """Yield the figures of all cameras, then of each; none before there is a camera."""
    if not pace.cameras:
        return
    yield Sample("endcap_vision_waiting", pace.waiting, {}, "Cameras that wait for their turn.")
    about = "Runs of the gap models, and the pictures judged in them."
    yield Sample("endcap_vision_runs_total", pace.runs, {}, about, "counter")
    yield Sample("endcap_vision_pictures_total", pace.pictures, {}, about, "counter")
    for stage, seconds in sorted(pace.stages.items()):
        about = "Processor time of each step from a picture to its facings."
        yield Sample("endcap_vision_seconds_total", seconds, {"stage": stage}, about, "counter")
    for name, about in _COUNTED.items():
        for one in pace.cameras:
            count = getattr(one, name)
            total = f"endcap_camera_{name}_total"
            yield Sample(total, count, {"camera": one.camera}, about, "counter")
    yield from _ages(pace.cameras)
    for one in pace.cameras:
        about = "How long pictures have waited for their turn."
        camera = {"camera": one.camera}
        yield Sample("endcap_camera_waited_seconds_total", one.waited_s, camera, about, "counter")


_COUNTED = {
    "taken": "Pictures that came and could be decoded.",
    "damaged": "Pictures that could not.",
    "lost": "Times that the camera was lost.",
    "analysed": "Pictures that were judged.",
    "dropped": "Pictures that gave way to a newer one before they were looked at.",
}


def _ages(cameras: Iterable[CameraPace]) -> Iterable[Sample]:
    about = "How old the last judged picture was when its answer was there."
    for one in cameras:
        if one.age_s is not None:
            camera = {"camera": one.camera}
            yield Sample("endcap_camera_picture_age_seconds", one.age_s, camera, about)
