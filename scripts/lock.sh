#!/usr/bin/env bash
# Writes the lock files, with hashes, from pyproject.toml and requirements/engine.in.
# Pins that are already there stay unless LOCK_ARGS=--upgrade is given.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
common=(--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet
        --no-config)
header() {
  printf '# Written by `make lock` from %s: do not edit.\n' "$2" | cat - "$1" > "$1.new" && mv "$1.new" "$1"
}
unset PIP_FIND_LINKS UV_FIND_LINKS UV_INDEX UV_EXTRA_INDEX_URL || true

"$uv" pip compile pyproject.toml --extra build --universal --python-version 3.11 "${common[@]}" ${LOCK_ARGS:-} -o requirements/app.txt
header requirements/app.txt pyproject.toml
"$uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 "${common[@]}" ${LOCK_ARGS:-} \
  --constraint requirements/app.txt -o requirements/dev.txt
header requirements/dev.txt 'pyproject.toml with its "dev" extra'

left_out=()
while read -r name; do
  case $name in ''|\#*) ;; *) left_out+=(--no-emit-package "$name") ;; esac
done < requirements/engine-left-out.txt
"$uv" pip compile requirements/engine.in --universal --python-version 3.10 "${common[@]}" ${LOCK_ARGS:-} \
  "${left_out[@]}" -o requirements/engine.txt
header requirements/engine.txt 'requirements/engine.in less requirements/engine-left-out.txt'
