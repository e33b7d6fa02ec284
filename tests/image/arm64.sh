#!/bin/bash
# What Dockerfile.arm64 holds, run on an emulated Cortex-A76 (Raspberry Pi 5): Debian's own Python for
# ARM, the wheels that requirements/edge.txt pins, the project's code. Every reference model must
# answer as its maker saw, and a store must start and answer. Builds no image: that needs Docker.
# Takes minutes, and Debian's packages mmdebstrap, proot, qemu-user-static. Says nothing of speed.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
work=$(mktemp -d)
agent=
# proot itself does not pass a signal on to what it runs.
trap '[ -z "$agent" ] || { pkill --parent "$agent"; wait "$agent"; } || true; rm -rf "$work"' EXIT
for tool in mmdebstrap proot qemu-aarch64-static; do
  command -v "$tool" >/dev/null || { echo "needed: apt-get install mmdebstrap proot qemu-user-static" >&2; exit 2; }
done

echo "Debian for ARM"
mmdebstrap --quiet --architectures=arm64 --variant=extract --skip=check/qemu \
  --include=python3.11,coreutils,libgl1,libglib2.0-0,libxcb1,libstdc++6,tzdata bookworm "$work/root"
echo "The wheels of requirements/edge.txt for ARM, by their hashes"
platforms=(--platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64)
kind=("${platforms[@]}" --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none)
"$python" -m pip --quiet --quiet --disable-pip-version-check install --require-hashes --only-binary=:all: \
  "${kind[@]}" --no-deps --target "$work/site" --requirement requirements/edge.txt
"$python" -c 'import sys; from pathlib import Path; from tests.image.layout import copy_code; copy_code(Path(sys.argv[1]))' "$work/app"
mkdir -p "$work/app/tests/image" "$work/sys/devices/system/cpu"
cp tests/image/golden.py "$work/app/tests/image/"

# qemu-user shows this machine's processor in /proc and /sys; ONNX Runtime reads there what it may use.
for name in possible present online; do echo 0 >"$work/sys/devices/system/cpu/$name"; done
printf 'processor\t: 0\nFeatures\t: fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\nCPU revision\t: 1\n' >"$work/cpuinfo"
on_arm() {
  exec proot -q qemu-aarch64-static -S "$work/root" -b /proc -b "$work/cpuinfo:/proc/cpuinfo" -b "$work/sys:/sys" \
    -b /dev -b "$work" -w "$work/app" /usr/bin/env -i PATH=/usr/bin HOME=/tmp QEMU_CPU=cortex-a76 OMP_NUM_THREADS=1 \
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$work/site:$work/app" /usr/bin/python3.11 "$@"
}

(on_arm -m tests.image.golden "$work/app/models_onnx")
port=$("$python" -c 'from tests.ports import free_port; print(free_port())')
printf '[store]\nid = "store-arm"\ntimezone = "UTC"\n[storage]\nfolder = "%s/state"\n[kiosk]\nport = %s\n[catalogue]\nfile = "%s/app/device_configs/sample_catalogue.csv"\n' \
  "$work" "$port" "$work" >"$work/edge.toml"
on_arm -m edge_agent run "$work/edge.toml" >"$work/log" 2>&1 &
agent=$!
for _ in $(seq 300); do
  kill -0 "$agent" 2>/dev/null || { cat "$work/log"; exit 1; }
  curl --silent --fail --max-time 60 "http://127.0.0.1:$port/v1/search?q=milk" >"$work/answer" && break
  sleep 1
done
grep --quiet '"items":\[{' "$work/answer" || { cat "$work/log" "$work/answer"; exit 1; }
echo "A store on ARM started, and found milk."
