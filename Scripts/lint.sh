#!/usr/bin/env bash
# Checks the format of all Swift, C and C++ code; `Scripts/lint.sh --fix` mends what can be mended. Installs nothing:
# `./test` fetches clang-format. Without it this says so, and fails where CI is set.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
. Scripts/clang-format.sh

paths=()
for path in Package.swift Sources Tests Examples Benchmarks; do
  [ ! -e "$path" ] || paths+=("$path")
done
clang_format=$(find_clang_format)
export PYTHONPATH=$clang_format_folder

# The list of functions is no C by itself.
format_cpp() {
  find Sources/CTorch -name '*.[ch]' -o -name '*.[ch]pp' | LC_ALL=C sort | xargs "$clang_format" "$@"
}

if [ "${1-}" = --fix ]; then
  swift format --in-place --parallel --recursive "${paths[@]}"
  [ -z "$clang_format" ] || format_cpp -i
fi
status=0
swift format lint --strict --parallel --recursive "${paths[@]}" || status=1
if [ -n "$clang_format" ]; then
  format_cpp --dry-run -Werror || status=1
else
  echo "clang-format $clang_format_version is missing, so the C++ was not checked: type ./test, which fetches it." >&2
  [ -z "${CI-}" ] || status=1
fi
exit "$status"
