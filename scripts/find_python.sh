#!/usr/bin/env bash
# find_python.sh VERSION...   prints the path of the first interpreter of one of these versions that truly runs.
# A given $PYTHON310 (for 3.10) or $PYTHON (for the others) is the only candidate where it is set.
# A pyenv shim may exist and answer "command not found": only one that imports venv and ensurepip counts.
set -u

works() {  # works PROGRAM VERSION: prints the real path when PROGRAM is a usable Python of that version
  "$1" -c '
import sys
if "%d.%d" % sys.version_info[:2] != sys.argv[1]: sys.exit(1)
import venv, ensurepip, ssl, sqlite3
print(sys.executable)' "$2" 2>/dev/null
}

candidates() {  # candidates VERSION: one a line, best first
  local v=$1 root=${PYENV_ROOT:-$HOME/.pyenv} dir
  command -v "python$v"
  printf '%s\n' "/usr/bin/python$v" "/usr/local/bin/python$v" "/opt/homebrew/bin/python$v"
  dir=$(PYENV_VERSION=$v pyenv prefix 2>/dev/null) && printf '%s\n' "$dir/bin/python$v"
  for dir in "$root" "$HOME/.pyenv"; do
    ls -d "$dir/versions/$v" "$dir/versions/$v".* 2>/dev/null | sort -rV | sed "s#\$#/bin/python$v#"
  done
  command -v python3
  command -v python
  uv python find --no-python-downloads "$v" 2>/dev/null
}

for version in "$@"; do
  if [ "$version" = 3.10 ]; then given=${PYTHON310:-}; else given=${PYTHON:-}; fi
  if [ -n "$given" ]; then
    works "$given" "$version" && exit 0
    continue
  fi
  while read -r program; do
    works "$program" "$version" && exit 0
  done < <(candidates "$version")
done
exit 1
