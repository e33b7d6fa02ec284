"""What a store's configuration may say, and how a mistake in it is told."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.config import EdgeConfig, load_config
from endcap.plumbing.config_file import MAX_BYTES, ConfigError
from tests.edge_agent.bad_configs import BAD, CAMERA, GOOD, MQTT, STORE_ID


def _problems(path: Path, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path, environment or {})
    assert [str(one) for one in caught.value.problems] == str(caught.value).split("\n")
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = tmp_path / "edge.toml"
    path.write_bytes(text.encode())
    assert _problems(path) == [f"{path}:{line}" for line in expected]


def test_no_mistake_shows_a_password(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    for text, _ in BAD.values():
        if "hunter2" in text:
            path.write_text(text)
            assert "hunter2" not in "\n".join(_problems(path))


def test_a_good_file_is_a_frozen_value(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(CAMERA + 'every = "500ms"\n' + '[log]\nlevel = "debug"\n')
    config = load_config(path, {})
    assert config.storage.folder == tmp_path / "data"
    assert config.cameras[0].source == str(tmp_path / "pictures")
    assert config.cameras[0].every == timedelta(milliseconds=500)
    assert config.mqtt is None
    with pytest.raises(ValueError, match="frozen"):
        config.store.id = "other"  # type: ignore[misc]  # this is what must fail


def test_credentials_of_a_camera_stay_out_of_its_text(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(CAMERA.replace("pictures", "rtsp://admin:hunter2@cam/1"))
    assert "hunter2" not in repr(load_config(path, {}))


# ---- files that cannot be read


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "store.toml").write_text(GOOD)
    assert _problems(tmp_path) == [
        f"{tmp_path}: is a folder, and a file is wanted; did you mean {tmp_path}/store.toml?"
    ]


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "store.toml").write_text(GOOD)
    path = tmp_path / "stor.toml"
    assert _problems(path) == [
        f"{path}: there is no such file; did you mean {tmp_path}/store.toml?"
    ]


def test_a_file_of_another_encoding_is_told_where(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_bytes('[store]\nname = "Süd"\n'.encode("latin-1"))
    assert _problems(path) == [f"{path}:2:10: byte 0xFC is not UTF-8; save the file as UTF-8"]
    path.write_bytes("[store]\n".encode("utf-16"))
    assert _problems(path) == [f"{path}:1:1: the file is UTF-16; save the file as UTF-8"]


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert _problems(path) == [f"{path}: is larger than 256 KB, which no configuration is"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(GOOD)
    path.chmod(0)
    assert _problems(path) == [f"{path}: cannot be read: Permission denied"]


# ---- files that the configuration names


def test_a_store_starts_without_its_catalogue_file(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(GOOD + '[catalogue]\nfile = "lost.csv"\n[planogram]\nfile = "lost-too.csv"\n')
    with pytest.raises(ConfigError, match=r"lost\.csv"):
        load_config(path, {})
    config = load_config(path, {}, starting=True)
    assert config.catalogue is not None
    assert config.catalogue.file == tmp_path / "lost.csv"


def test_a_catalogue_that_is_not_there_suggests_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").write_text("gtin,name\n")
    path = tmp_path / "edge.toml"
    path.write_text(GOOD + '[catalogue]\nfile = "catalog.csv"\n')
    assert _problems(path) == [
        (
            f'{path}:8:8: catalogue.file: "catalog.csv" is not allowed: there is no file '
            f'{tmp_path}/catalog.csv; did you mean "{tmp_path}/catalogue.csv"?'
        )
    ]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    for name in ("ca.pem", "store.pem", "store.key"):
        (tmp_path / name).write_text("-")
    (tmp_path / "store.key").chmod(0o644)
    path = tmp_path / "edge.toml"
    path.write_text(
        MQTT + 'tls = { ca = "ca.pem", certificate = "store.pem", key = "store.key" }\n'
    )
    key = tmp_path / "store.key"
    assert _problems(path) == [
        (
            f'{path}:9:57: mqtt.tls.key: "store.key" is not allowed: others can read {key} '
            f"(mode 0644); run: chmod 600 {key}"
        )
    ]
    key.chmod(0o600)
    mqtt = load_config(path, {}).mqtt
    assert mqtt is not None
    assert mqtt.broker("store-1").tls is not None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('tls = { ca = "a", certificate = "a" }', "9:33: mqtt.tls.certificate: "),
        ('tls = { ca = "a", key = "a" }', "9:25: mqtt.tls.key: "),
        ('password_file = "a"', "9:17: mqtt.password_file: "),
    ],
)
def test_half_a_pair_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    (tmp_path / "a").write_text("-")
    (tmp_path / "a").chmod(0o600)
    path = tmp_path / "edge.toml"
    path.write_text(f"{MQTT}{line}\n")
    [problem] = _problems(path)
    assert problem.startswith(f"{path}:{expected}")


def test_a_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\nrest\n")
    secret.chmod(0o600)
    path = tmp_path / "edge.toml"
    path.write_text(MQTT + 'username = "store"\npassword_file = "password"\n')
    mqtt = load_config(path, {}).mqtt
    assert mqtt is not None
    broker = mqtt.broker("store-1")
    assert (broker.username, broker.password) == ("store", "hunter2")
    assert "hunter2" not in repr(broker)


# ---- the environment


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "edge.toml"
    path.write_text(CAMERA)
    return path


def test_the_environment_overrides_a_setting(good: Path) -> None:
    config = load_config(
        good,
        {
            "ENDCAP_EDGE__KIOSK__PORT": "9000",
            "ENDCAP_EDGE__STORE__NAME": "123",
            "ENDCAP_EDGE__KIOSK__ALLOWED_HOSTS": '["kiosk.local"]',
            "ENDCAP_EDGE__CAMERAS__0__EVERY": "2s",
            "ENDCAP_EDGE__STORAGE__MAX_SIZE": "1GB",
            "ENDCAP_CENTRAL__HTTP__PORT": "1",
            "HOME": "/root",
        },
    )
    assert config.kiosk.port == 9000
    assert config.kiosk.allowed_hosts == ("kiosk.local",)
    assert config.store.name == "123"
    assert config.cameras[0].every == timedelta(seconds=2)
    assert config.storage.max_size == 1_000_000_000


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "KIOSK__PORT",
            "http",
            'kiosk.port: "http" is not allowed: a whole number from 1 to 65535',
        ),
        ("KIOSK__PRT", "1", "kiosk.prt: there is no such setting"),
        ("KIOSK", "1", "kiosk: 1 is not allowed: a table"),
        ("CAMERAS__1__NAME", "b", "cameras[1].name: the file has only 1 of these"),
        ("STORE__ID", "S!", f'store.id: "S!" {STORE_ID}'),
    ],
)
def test_a_mistake_in_the_environment_is_told(
    good: Path, name: str, value: str, expected: str
) -> None:
    variable = f"ENDCAP_EDGE__{name}"
    assert _problems(good, {variable: value}) == [f"environment {variable}: {expected}"]


def test_every_setting_is_described() -> None:
    missing = [
        f"{name}.{key}"
        for name, section in EdgeConfig.model_fields.items()
        for key, field in getattr(section.annotation, "model_fields", {}).items()
        if not field.description
    ]
    assert not missing


# ---- settings from afar


def test_settings_from_afar_go_before_the_file_and_the_environment_before_both(
    tmp_path: Path,
) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(CAMERA + '[log]\nlevel = "info"\n')
    remote = {
        "log": {"level": "debug", "format": "json"},
        "cameras": [{"name": "b", "source": "rtsp://cam/1"}],
    }
    config = load_config(path, {"ENDCAP_EDGE__LOG__FORMAT": "text"}, remote=remote)
    assert (config.log.level, config.log.format) == ("debug", "text")
    assert [one.name for one in config.cameras] == ["b"]
    assert load_config(path, {}).log.level == "info"


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        ({"log": {"level": 7}}, "log.level: 7 is not allowed: one of"),
        ({"log": 3}, "log: 3 is not allowed: a table"),
        ({"log": {"leve": "info"}}, 'log.leve: there is no such setting; did you mean "level"?'),
        ({"updates": {"probation": "5m"}}, "updates.url: is missing"),
        ({"cameras": [{"name": "a", "source": "ftp://u:hunter2@c/1"}]}, "cameras[0].source: "),
    ],
)
def test_a_mistake_in_settings_from_afar_is_told_like_one_in_the_file(
    tmp_path: Path, remote: dict[str, object], told: str
) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(CAMERA + '[log]\nlevel = "info"\n')
    with pytest.raises(ConfigError) as caught:
        load_config(path, {}, remote=remote)
    assert str(caught.value).startswith(f"settings from afar: {told}")
    assert "hunter2" not in str(caught.value)
