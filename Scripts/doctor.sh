# `./sparring doctor` before the tool is built: what is there, what is missing, and the remedy.
# Installs nothing. Ends with status 1 if set-up could not mend what is missing by itself.

doctor() {
  unmendable=0
  printf 'Sparring is not built yet. This is what set-up would find:\n'
  examine_swift
  examine_packages
  examine_python
  examine_libtorch
  examine_shim
  # Only the tool knows where they may lie.
  finding later "Data sets" "./sparring doctor lists them once Sparring is built; the demo fetches its own"
  if [ "$unmendable" -eq 0 ]; then
    printf 'Any other command (./sparring demo) sets up what is missing, builds, and runs.\n'
  fi
  return "$unmendable"
}

# finding ok|missing|later SUBJECT DETAIL
finding() {
  printf '  %-8s %-16s %s\n' "$1" "$2" "$3"
}

examine_swift() {
  local version
  if ! command -v swift >/dev/null 2>&1; then
    finding missing Swift "install Swift $minimum_swift or newer: https://swift.org/install"
    unmendable=1
    return
  fi
  version=$(swift_version)
  if [ -z "$version" ]; then
    finding missing Swift "$(command -v swift) does not start: libraries that it needs are missing (see the next line)"
  elif is_at_least "$version" "$minimum_swift"; then
    finding ok Swift "$version ($(command -v swift))"
  else
    finding missing Swift "$version is too old: install $minimum_swift or newer: https://swift.org/install"
    unmendable=1
  fi
}

examine_packages() {
  local packages
  packages=$(missing_packages)
  packages=${packages% }
  if [ -z "$packages" ]; then
    finding ok "System packages" "libpng, libjpeg-turbo, gdk-pixbuf, libexif, libarchive, zlib, OpenSSL, VLFeat, LIBLINEAR, C++ headers"
  elif can_install; then
    finding missing "System packages" "./sparring installs them: $packages"
  else
    finding missing "System packages" "type: $(install_command $packages)"
    unmendable=1
  fi
}

examine_python() {
  local python
  if is_libtorch_at_hand; then
    finding ok Python "not needed: LibTorch is here"
  elif python=$(find_python); then
    finding ok Python "$("$python" --version 2>&1 | sed 's/^Python //') ($(command -v "$python"))"
  else
    finding missing Python "Python 3 with pip or venv, to fetch LibTorch (see the line above)"
  fi
}

examine_libtorch() {
  local folder
  if [ -n "${TORCH_DIR-}" ] && ! is_libtorch "$TORCH_DIR"; then
    finding missing LibTorch "$(why_not_libtorch "$TORCH_DIR")"
    unmendable=1
  elif is_libtorch_linked; then
    finding ok LibTorch "$torch_version ($(cd "$torch_link" && pwd -P))"
  elif folder=${TORCH_DIR:-$(find_libtorch)} && [ -n "$folder" ]; then
    finding ok LibTorch "$torch_version ($folder); ./sparring links it"
  elif has_nvidia_gpu; then
    finding missing LibTorch "./sparring fetches $torch_version with CUDA: several gigabytes"
  else
    finding missing LibTorch "./sparring fetches $torch_version for the CPU: 100 to 550 MB"
  fi
  if has_nvidia_gpu; then finding ok GPU "NVIDIA"; elif ! is_mac; then finding ok GPU "none: LibTorch for the CPU"; fi
}

examine_shim() {
  if is_libtorch_linked && is_shim_current; then
    finding ok Shim "$shim"
  else
    finding missing Shim "./sparring builds it: the library through which Swift calls LibTorch"
  fi
}
