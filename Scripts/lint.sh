#!/usr/bin/env bash
# Checks the format of all Swift code; `Scripts/lint.sh --fix` mends what can be mended.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

paths=()
for path in Package.swift Sources Tests Examples Benchmarks; do
  [ ! -e "$path" ] || paths+=("$path")
done

if [ "${1-}" = --fix ]; then
  swift format --in-place --parallel --recursive "${paths[@]}"
fi
swift format lint --strict --parallel --recursive "${paths[@]}"
