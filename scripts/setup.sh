#!/usr/bin/env bash
# setup.sh app|dev|engine|run|all   builds what is missing: .venv (app, dev) and .venv-engine, from the lock files.
# A stamp inside each environment names the lock file it was built from; the same stamp means nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

hash_of() { cat "$@" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-16; }

venv() {  # venv FOLDER VERSION...: makes it, or keeps it when its interpreter still runs in this place
  local dir=$root/$1 python; shift
  if [ "$("$dir/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null)" = "$dir" ]; then return; fi
  if ! python=$(scripts/find_python.sh "$@"); then
    if [ "$1" = 3.10 ]; then
      echo "footbridge: the engine needs Python 3.10: install it (for example 'pyenv install 3.10') or set PYTHON310 to it" >&2
    else
      echo "footbridge: Python 3.11, 3.12 or 3.13 is needed: install one (for example 'pyenv install 3.12') or set PYTHON to it" >&2
    fi
    exit 1
  fi
  rm -rf "$dir"
  "$python" -m venv "$dir"
}

install() {  # install FOLDER WHAT PIP-ARGUMENTS...
  local dir=$1 what=$2; shift 2
  local log=$dir/install.log pip=("$dir/bin/python" -m pip install --disable-pip-version-check --no-input -q)
  echo "footbridge: installing the $what environment (a minute or two, once)" >&2
  if ! "${pip[@]}" "$@" > "$log" 2>&1 ||
     { [ "$dir" = .venv ] && ! "${pip[@]}" --no-deps --no-build-isolation -e . >> "$log" 2>&1; }; then
    { grep -v 'is ignored' "$log" || true; } | tail -n 15 >&2
    echo "footbridge: installing the $what environment failed; the whole log is $log" >&2
    exit 1
  fi
}

app() {  # app LOCK WHAT: "dev" holds all of "app" at the same versions
  local lock=$1 what=$2 stamp
  stamp="$root $(hash_of requirements/app.txt "$lock" pyproject.toml)"
  [ "$(cat ".venv/$what.stamp" 2>/dev/null)" = "$stamp" ] && return
  venv .venv 3.11 3.12 3.13 3.14
  install .venv "$what" --require-hashes -r "$lock"
  echo "$stamp" > ".venv/$what.stamp"
  if [ "$what" = dev ]; then
    echo "$root $(hash_of requirements/app.txt requirements/app.txt pyproject.toml)" > .venv/app.stamp
  fi
}

engine() {
  local stamp; stamp="$root $(hash_of requirements/engine.txt)"
  [ "$(cat .venv-engine/engine.stamp 2>/dev/null)" = "$stamp" ] && return
  venv .venv-engine 3.10
  install .venv-engine engine --no-deps --require-hashes -r requirements/engine.txt
  echo "$stamp" > .venv-engine/engine.stamp
}

both() {  # both APP-LOCK NAME: the two environments side by side, as each mostly waits for the network
  local first second status=0
  set -m  # a process group each, so that Ctrl-C can end all of it
  engine & first=$!
  app "$@" & second=$!
  trap 'kill -TERM -- "-$first" "-$second" 2>/dev/null; exit 130' INT TERM
  wait "$first" || status=$?
  wait "$second" || status=$?
  trap - INT TERM
  return "$status"
}

case ${1:-all} in
  app) app requirements/app.txt app ;;
  dev) app requirements/dev.txt dev ;;
  engine) engine ;;
  run) both requirements/app.txt app ;;
  all) both requirements/dev.txt dev ;;
  *) echo "usage: scripts/setup.sh app|dev|engine|run|all" >&2; exit 2 ;;
esac
