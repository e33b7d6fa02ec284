"""Configurations of a store that cannot be used, and what is told of each.

Maps what is wrong to the file's text and the problems, each without the file's name.
"""

GOOD = """\
[store]
id = "store-1"
timezone = "Europe/Berlin"

[storage]
folder = "data"
"""
CAMERA = GOOD + '[[cameras]]\nname = "a"\nsource = "pictures"\n'
MQTT = GOOD + '[mqtt]\nhost = "broker"\n'
STORE_ID = (
    "is not allowed: lower-case letters, digits and dashes, 3 to 41 characters, "
    "starting with a letter or digit"
)
DURATION = "is not allowed: a whole number and a unit, such as 500ms, 30s, 5m, 12h or 7d"
SIZE = "is not allowed: a whole number and a unit, such as 500KB, 64MB or 2GB"
ZONE = "is not allowed: a name of the time zone database, such as Europe/Berlin"
SOURCE = (
    "is not allowed: an address (rtsp, rtsps, http, https), a device such as /dev/video0, "
    "a video file or a folder of pictures"
)
KIOSK = "host, port, allowed_hosts, allowed_origins, keys"
PORT = "is not allowed: a whole number from 1 to 65535"
NO_SUCH = "there is no such setting"

BAD: dict[str, tuple[str, list[str]]] = {
    "a store's id in capitals": (
        GOOD.replace("store-1", "Store 1"),
        [f'2:6: store.id: "Store 1" {STORE_ID}; did you mean "store-1"?'],
    ),
    "an id that cannot be guessed": (
        GOOD.replace("store-1", "§"),
        [f'2:6: store.id: "§" {STORE_ID}'],
    ),
    "an id that is a number": (
        GOOD.replace('"store-1"', "17"),
        ['2:6: store.id: 17 is not allowed: a text in quotes; did you mean "17"?'],
    ),
    "an id that is a date": (
        GOOD.replace('"store-1"', "2026-01-01"),
        ['2:6: store.id: 2026-01-01 is not allowed: a text in quotes; did you mean "2026-01-01"?'],
    ),
    "a column counted in characters": (
        GOOD.replace('id = "store-1"\n', "").replace(
            "[storage]", '[kiosk]\nallowed_hosts = ["ä", "ö ü"]\n[storage]'
        ),
        [
            "1:1: store.id: is missing: The store's name in topics, certificates and releases.",
            (
                '5:18: kiosk.allowed_hosts[0]: "ä" is not allowed: a host name or an address, '
                "without a scheme, port or path"
            ),
            (
                '5:23: kiosk.allowed_hosts[1]: "ö ü" is not allowed: a host name or an address, '
                "without a scheme, port or path"
            ),
        ],
    ),
    "a missing section": (
        '[storage]\nfolder = "x"\n',
        ["1:1: store: is missing: Which store this is."],
    ),
    "a missing key below its table": (
        GOOD.replace('folder = "data"', 'max_size = "1GB"'),
        ["5:1: storage.folder: is missing: The database, the models and the update journal."],
    ),
    "a misspelt zone": (
        GOOD.replace("Europe/Berlin", "Europe/Berln"),
        [f'3:12: store.timezone: "Europe/Berln" {ZONE}; did you mean "Europe/Berlin"?'],
    ),
    "a zone's city alone": (
        GOOD.replace("Europe/Berlin", "berlin"),
        [f'3:12: store.timezone: "berlin" {ZONE}; did you mean "Europe/Berlin"?'],
    ),
    "opening hours that end before they begin": (
        GOOD.replace("[storage]", 'opening = "22:00-08:00"\n[storage]'),
        [
            (
                '5:11: store.opening: "22:00-08:00" is not allowed: a span of the day such as '
                "08:00-22:00, 24:00 at the latest"
            )
        ],
    ),
    "a maintenance window without a span": (
        GOOD + '[updates]\nurl = "http://127.0.0.1"\nroot = "edge.toml"\nwindow = "06:00-06:00"\n',
        [
            (
                '10:10: updates.window: "06:00-06:00" is not allowed: a span of the clock such as '
                "22:00-06:00, which may go over midnight"
            )
        ],
    ),
    "a port in quotes": (
        GOOD + '[kiosk]\nport = "8080"\n',
        [f'8:8: kiosk.port: "8080" {PORT}; did you mean 8080?'],
    ),
    "a port too large": (GOOD + "[kiosk]\nport = 70000\n", [f"8:8: kiosk.port: 70000 {PORT}"]),
    "a kiosk open to the network": (
        GOOD + '[kiosk]\nhost = "0.0.0.0"\n',
        [
            (
                '7:1: kiosk.keys: nothing is not allowed: "required" (edge-agent key new makes '
                'them), or "off" to let in whoever reaches 0.0.0.0'
            )
        ],
    ),
    "an origin for everybody": (
        GOOD + '[kiosk]\nallowed_origins = ["*"]\n',
        [
            (
                '8:20: kiosk.allowed_origins[0]: "*" is not allowed: an exact origin, such as '
                "https://kiosk.example:8443, without a path or *"
            )
        ],
    ),
    "a port of zero": (GOOD + "[kiosk]\n  port = 0\n", [f"8:10: kiosk.port: 0 {PORT}"]),
    "a port with a fraction": (GOOD + "[kiosk]\nport = 80.5\n", [f"8:8: kiosk.port: 80.5 {PORT}"]),
    "a port that is true": (GOOD + "[kiosk]\nport = true\n", [f"8:8: kiosk.port: true {PORT}"]),
    "a port that is not a number": (
        GOOD + "[kiosk]\nport = nan\n",
        [f"8:8: kiosk.port: nan {PORT}"],
    ),
    "a port of YAML's yes": (
        GOOD + "[kiosk]\nport = yes\n",
        ["8:8: is no TOML: yes is no value; did you mean true?"],
    ),
    "a port with a leading zero": (
        GOOD + "[kiosk]\nport = 08080\n",
        ["8:9: is no TOML: a number has no leading zero; did you mean 8080?"],
    ),
    "an endless number": (
        GOOD + f"[kiosk]\nport = {'9' * 5000}\n",
        ["8:8: is no TOML: a number of 5000 digits"],
    ),
    "an address where a host is wanted": (
        GOOD + '[kiosk]\nhost = "http://localhost:8080/"\n',
        [
            (
                '8:8: kiosk.host: "http://localhost:8080/" is not allowed: a host name or an '
                'address, without a scheme, port or path; did you mean "localhost"?'
            )
        ],
    ),
    "a text where a list is wanted": (
        GOOD + '[kiosk]\nallowed_hosts = "localhost"\n',
        [
            (
                '8:17: kiosk.allowed_hosts: "localhost" is not allowed: a list in square brackets '
                'of at least 1 entries; did you mean ["localhost"]?'
            )
        ],
    ),
    "an empty list": (
        GOOD + "[kiosk]\nallowed_hosts = []\n",
        ["8:17: kiosk.allowed_hosts: [] is not allowed: a list of at least 1 entries"],
    ),
    "an unknown key": (
        GOOD + "[kiosk]\nprot = 80\n",
        [f'8:1: kiosk.prot: {NO_SUCH}; did you mean "port"?'],
    ),
    "an unknown key like no other": (
        GOOD + "[kiosk]\nzzzzzz = 80\n",
        [f"8:1: kiosk.zzzzzz: {NO_SUCH}; known here: {KIOSK}"],
    ),
    "an unknown section": (
        GOOD + "[kiosks]\nport = 80\n",
        [f'7:1: kiosks: {NO_SUCH}; did you mean "kiosk"?'],
    ),
    "an unknown key of a dotted table": (
        GOOD + "[kiosk]\n[kiosk.tls]\nca = 1\n",
        [f"8:1: kiosk.tls: {NO_SUCH}; known here: {KIOSK}"],
    ),
    "a value where a section is wanted": (
        'store = 5\n[storage]\nfolder = "x"\n',
        ["1:9: store: 5 is not allowed: a table"],
    ),
    "one table where many are wanted": (
        GOOD + '[cameras]\nname = "a"\n',
        [
            (
                "7:1: cameras: a table is not allowed: a table for each, under a header in double "
                "brackets; did you mean [[cameras]]?"
            )
        ],
    ),
    "a text that is not closed": (
        '[store]\nid = "store-1\n',
        ["2:14: is no TOML: the text on this line is not closed: its last quote is missing"],
    ),
    "a text without quotes": (
        "[store]\nid = store-1\n",
        ['2:6: is no TOML: a text stands in quotes; did you mean "store-1"?'],
    ),
    "no value": ("[store]\nid =\n", ["2:5: is no TOML: a value is missing after the ="]),
    "a list without an end": (
        GOOD + '[kiosk]\nallowed_hosts = ["a",\n',
        ["9:1: is no TOML: a value is missing, or a closing bracket"],
    ),
    "YAML": ("store:\n  id: x\n", ['1:6: is no TOML: a setting is written name = value, not ":"']),
    "two settings on a line": (
        '[store]\nid = "store-1" name = "x"\n',
        ["2:16: is no TOML: only one setting stands on a line"],
    ),
    "a path with single backslashes": (
        GOOD + '[catalogue]\nfile = "C:\\data\\x.csv"\n',
        ["8:13: is no TOML: a backslash in a text is written twice, or the text in single quotes"],
    ),
    "nesting without end": ("a = " + "[" * 5000, ["1:1: is nested too deeply"]),
    "a key given twice": (
        '[store]\nid = "store-1"\n  id = "store-2"\n',
        ["3:3: store.id: is given twice, the first time on line 2"],
    ),
    "a table given twice": (
        GOOD + '[store]\nname = "x"\n',
        ["7:1: store: is given twice, the first time on line 1"],
    ),
    "a key twice in an inline table": (
        "[store]\na = {b = 1, b = 2}\n",
        ["2:13: store.a.b: is given twice, the first time on line 2"],
    ),
    "a camera named twice": (
        CAMERA + '[[cameras]]\nname = "a"\nsource = "other"\n',
        ['11:8: cameras[1].name: "a" is not allowed: each is named once, and this name is taken'],
    ),
    "a camera's name with a space": (
        CAMERA.replace('"a"', '"Aisle 7"'),
        [
            (
                '8:8: cameras[0].name: "Aisle 7" is not allowed: lower-case letters, digits, dots, '
                "dashes and underscores, at most 63 characters, starting with a letter or digit; "
                'did you mean "aisle-7"?'
            )
        ],
    ),
    "a camera that would read any file": (
        CAMERA.replace("pictures", "concat:/etc/passwd"),
        [f'9:10: cameras[0].source: "concat:/etc/passwd" {SOURCE}'],
    ),
    "a misspelt camera address, its password kept": (
        CAMERA.replace("pictures", "rstp://admin:hunter2@cam/1"),
        [f'9:10: cameras[0].source: "rstp://***@cam/1" {SOURCE}; did you mean "rtsp://***@cam/1"?'],
    ),
    "a camera address without quotes, its password kept": (
        CAMERA.replace('"pictures"', "rtsp://admin:hunter2@cam/1"),
        ['9:10: is no TOML: a text stands in quotes; did you mean "rtsp://***@cam/1"?'],
    ),
    "a mask of two corners": (
        CAMERA + "mask = [[[0, 0], [1, 1]]]\n",
        ["10:9: cameras[0].mask[0]: [[0, 0], [1, 1]] is not allowed: three corners [x, y] or more"],
    ),
    "a mask outside the picture": (
        CAMERA + "mask = [[[0, 0], [1, 0], [640, 480]]]\n",
        [
            (
                "10:9: cameras[0].mask[0]: [[0, 0], [1, 0], [640, 480]] is not allowed: "
                "corners inside the picture, x and y from 0 to 1"
            )
        ],
    ),
    "a mask that crosses itself": (
        CAMERA + "mask = [[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [1, 0], [0, 1]]]\n",
        [
            (
                "10:35: cameras[0].mask[1]: [[0, 0], [1, 1], [1, 0], [0, 1]] is not allowed: "
                "corners in order, so that no two sides cross"
            )
        ],
    ),
    "a duration without a unit": (
        CAMERA + "every = 5\n",
        [f'10:9: cameras[0].every: 5 {DURATION}; did you mean "5s"?'],
    ),
    "a duration in words": (
        CAMERA + 'every = "5 min"\n',
        [f'10:9: cameras[0].every: "5 min" {DURATION}; did you mean "5m"?'],
    ),
    "a duration of nothing": (
        CAMERA + 'every = "0s"\n',
        ['10:9: cameras[0].every: "0s" is not allowed: a duration from 100ms to 1d'],
    ),
    "a size in words": (
        GOOD + 'max_size = "64 mb"\n',
        [f'7:12: storage.max_size: "64 mb" {SIZE}; did you mean "64MB"?'],
    ),
    "a size in bytes": (
        GOOD + "max_size = 64000000\n",
        [f'7:12: storage.max_size: 64000000 {SIZE}; did you mean "64MB"?'],
    ),
    "a size too small": (
        GOOD + 'max_size = "1MB"\n',
        [
            (
                '7:12: storage.max_size: "1MB" is not allowed: a size of 16MB or more; '
                'did you mean "16MB"?'
            )
        ],
    ),
    "a protocol that is a number": (
        MQTT + "protocol = 5\n",
        ['9:12: mqtt.protocol: 5 is not allowed: one of "5", "3.1.1"; did you mean "5"?'],
    ),
    "a password in the file": (
        MQTT + 'password = "hunter2"\n',
        [f'9:1: mqtt.password: {NO_SUCH}; did you mean "password_file"?'],
    ),
    "a password without quotes": (
        MQTT + "password = hunter2\n",
        ["9:12: is no TOML: invalid value"],
    ),
    "a log level of another program": (
        GOOD + '[log]\nlevel = "warn"\n',
        [
            (
                '8:9: log.level: "warn" is not allowed: one of "debug", "info", "warning", '
                '"error"; did you mean "warning"?'
            )
        ],
    ),
    "a group too small to be private": (
        GOOD + "[privacy]\nminimum_group = 1\n",
        ["8:17: privacy.minimum_group: 1 is not allowed: a whole number from 2 to 1000"],
    ),
    "a name too long": (
        GOOD.replace("[storage]", f'name = "{"x" * 90}"\n[storage]'),
        [f'5:8: store.name: "{"x" * 56}... is not allowed: a text of at most 80 characters'],
    ),
    "a file of a newer program": (
        "version = 2\n" + GOOD,
        [
            (
                "1:11: version: 2 is not allowed: this program reads version 1; a newer program "
                "wrote this file"
            )
        ],
    ),
    "several at once, in the order of the file": (
        GOOD.replace("store-1", "S!") + '[kiosk]\nport = 0\n[log]\nlevel = "loud"\nlevle = 1\n',
        [
            f'2:6: store.id: "S!" {STORE_ID}',
            f"8:8: kiosk.port: 0 {PORT}",
            '10:9: log.level: "loud" is not allowed: one of "debug", "info", "warning", "error"',
            f'11:1: log.levle: {NO_SUCH}; did you mean "level"?',
        ],
    ),
    "Windows line ends and tabs": (
        GOOD.replace("store-1", "A\tb").replace("\n", "\r\n"),
        [f'2:6: store.id: "A b" {STORE_ID}; did you mean "a-b"?'],
    ),
    "a byte order mark": (
        "\ufeff" + GOOD.replace("store-1", "A"),
        [f'2:6: store.id: "A" {STORE_ID}'],
    ),
    "nothing": ("", ["1:1: is empty; start from a file of device_configs"]),
    "only space": (" \n\t\n", ["1:1: is empty; start from a file of device_configs"]),
}
