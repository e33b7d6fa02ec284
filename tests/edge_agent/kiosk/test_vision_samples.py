"""Each camera's pictures are counted; what is not known has no figure."""

from edge_agent.kiosk.vision_samples import vision_samples
from edge_agent.ports.vision import CameraPace, VisionPace
from endcap.plumbing.http_face.metrics import exposition


def camera(name: str, age_s: float | None) -> CameraPace:
    return CameraPace(
        camera=name,
        taken=9,
        damaged=1,
        lost=2,
        analysed=5,
        dropped=3,
        age_s=age_s,
        waited_s=0.25,
        waiting=age_s is None,
    )


def test_a_store_without_cameras_has_no_figures_of_them() -> None:
    assert list(vision_samples(VisionPace())) == []


def test_every_figure_stands_together_under_its_name() -> None:
    cameras = (camera("aisle-1", 0.5), camera("aisle-2", None))
    pace = VisionPace(cameras, {"decode": 1.5, "crop": 0.5}, waiting=1, runs=4, pictures=10)
    told = exposition(vision_samples(pace)).splitlines()
    figures = [line for line in told if not line.startswith("#")]
    assert 'endcap_camera_dropped_total{camera="aisle-2"} 3' in figures
    assert 'endcap_vision_seconds_total{stage="decode"} 1.5' in figures
    assert [one for one in figures if "_age_" in one] == [
        'endcap_camera_picture_age_seconds{camera="aisle-1"} 0.5'
    ]
    names = [line.partition("{")[0].partition(" ")[0] for line in figures]
    assert sorted(set(names), key=names.index) == [
        name for number, name in enumerate(names) if number == 0 or names[number - 1] != name
    ]
