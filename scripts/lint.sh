#!/usr/bin/env bash
# lint.sh [fast]   ruff, mypy --strict (the engine's part under its own Python), import order. `fast` leaves the engine's part out.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
step() { "$@" || { echo "lint: $1 ${2:-} failed" >&2; failed=1; }; }
step .venv/bin/ruff check .
step .venv/bin/mypy
if [ "${1:-}" != fast ]; then
  step .venv/bin/mypy --config-file bot/mypy.ini --python-executable .venv-engine/bin/python -p bot.engine
fi
step .venv/bin/lint-imports --no-cache
step .venv/bin/footbridge check
exit $failed
