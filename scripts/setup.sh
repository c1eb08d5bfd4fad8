#!/bin/sh
# Makes .venv from uv.lock. Needs Python 3.11+ with venv; what else the machine lacks is said or installed.
set -eu
PYTHON=${PYTHON:-python3}
UV_VERSION=0.13.9

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "setup: Python 3.11 or newer is needed, '$PYTHON' is: $("$PYTHON" --version 2>&1). Name another: make PYTHON=/path/to/python3.12" >&2
    exit 2
}
# A copied or half-made environment is made anew.
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    rm -rf .venv
    "$PYTHON" -m venv .venv || {
        echo "setup: '$PYTHON -m venv' failed. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 2
    }
fi
echo "setup: installing from uv.lock (once; some minutes on a slow line)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --frozen --inexact --quiet --python .venv/bin/python
if ! .venv/bin/python -c 'import lightgbm' 2>/dev/null; then
    # LightGBM's wheel needs the OpenMP runtime of the system.
    if [ "$(uname)" = Linux ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "setup: installing libgomp1, which LightGBM needs"
        apt-get update -qq && apt-get install -y -qq libgomp1 >/dev/null
    fi
    .venv/bin/python -c 'import lightgbm' || {
        echo "setup: LightGBM cannot load. It needs the OpenMP runtime: apt-get install libgomp1, or brew install libomp" >&2
        exit 2
    }
fi
touch .venv/.ready
