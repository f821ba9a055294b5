#!/usr/bin/env bash
# compare_tensorflow.sh [EVERY]   does the engine predict the same with the stub as with the real TensorFlow?
# Makes a second engine environment in a temporary folder (1.6 GB), with tensorflow-cpu 2.12.0; trains in each
# and compares all predictions, byte by byte. Exit status 0: they are the same. EVERY=10 takes each tenth text.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3
cd "$(dirname "$0")/.."
every=${1:-1}
scripts/setup.sh engine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$(scripts/find_python.sh 3.10)" -m venv "$work/full"
pip=("$work/full/bin/python" -m pip install -q -q --disable-pip-version-check --no-deps)
"${pip[@]}" --require-hashes -r requirements/engine.txt 2> "$work/pip.log"
# What TensorFlow itself needs to be imported; versions of the release's time.
"${pip[@]}" \
  tensorflow-cpu==2.12.0 tensorflow-estimator==2.12.0 keras==2.12.0 h5py==3.8.0 astunparse==1.6.3 gast==0.4.0 \
  google-pasta==0.2.0 opt-einsum==3.3.0 flatbuffers==23.5.26 ml-dtypes==0.2.0 libclang==16.0.0 grpcio==1.54.3 \
  tensorflow-text==2.12.0 tensorflow-hub==0.13.0 jax==0.4.13 tensorboard==2.12.3 markdown==3.4.4 werkzeug==2.3.8 \
  2> "$work/pip.log"
"$work/full/bin/python" -c 'import tensorflow; assert tensorflow.__file__.find("stub") < 0; print("TensorFlow", tensorflow.__version__)'

import='
import resource, time
begun = time.monotonic()
from bot.engine.environment import prepare
prepare()
import rasa.core.agent, rasa.core.run, rasa.server
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"{time.monotonic() - begun:.1f} s and {used} MB to import")'
for kind in stub full; do
  python=.venv-engine/bin/python; [ "$kind" = full ] && python=$work/full/bin/python
  echo "$kind: $(du -sm "$(dirname "$(dirname "$python")")" | cut -f1) MB installed, $("$python" -W ignore -c "$import" 2> /dev/null)"
  PYTHONHASHSEED=0 "$python" -m bot.engine.train --out "$work/$kind.tar.gz" > /dev/null
  "$python" scripts/predictions.py "$work/$kind.tar.gz" "$work/$kind.jsonl" "$every"
done
.venv-engine/bin/python scripts/predictions.py "$work/full.tar.gz" "$work/crossed.jsonl" "$every" > /dev/null

cmp "$work/stub.jsonl" "$work/full.jsonl"
cmp "$work/crossed.jsonl" "$work/full.jsonl"
echo "the same predictions, with models trained in either environment"
