# The program that formats C and C++. Another version formats otherwise, so one is pinned.

clang_format_version=20.1.8
clang_format_folder=$root/.libtorch/clang-format-$clang_format_version

# Prints the program's path: the one on the path if it is that version, or the one that was fetched; nothing otherwise.
find_clang_format() {
  local candidate
  for candidate in "$clang_format_folder/bin/clang-format" "$(command -v clang-format || true)"; do
    if [ -x "$candidate" ] && PYTHONPATH=$clang_format_folder "$candidate" --version 2>/dev/null |
      grep -q "version $clang_format_version"; then
      printf '%s' "$candidate"
      return
    fi
  done
}

# Only the format is checked with it: where it cannot be had, tests go on.
ensure_clang_format() {
  [ -z "$(find_clang_format)" ] || return 0
  if ! find_python >/dev/null || ! (progress_folder="" step "Fetching clang-format" fetch_clang_format); then
    say "clang-format $clang_format_version could not be fetched: the format of the C++ stays unchecked."
  fi
}

fetch_clang_format() {
  local python partial=$clang_format_folder.partial-$$
  rm -rf "$partial"
  mkdir -p "$partial"
  trap 'rm -rf "$partial"' EXIT
  trap 'exit 143' TERM
  python=$(python_with_pip "$partial/environment")
  PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    "$python" -m pip install --only-binary=:all: --no-deps --target "$partial/result" \
    "clang-format==$clang_format_version" &&
    rm -rf "$clang_format_folder" && mv "$partial/result" "$clang_format_folder"
}
