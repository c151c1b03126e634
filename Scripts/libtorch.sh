# LibTorch: PyTorch's C++ libraries and headers, from the pinned `torch` wheel. The link `.torch`
# in the repository leads to a folder with `include` and `lib`; the shim is built against it.

# Only the pinned version is tested. Whoever needs another one says so by this variable.
torch_version=${SPARRING_TORCH_VERSION:-2.13.0}
torch_link=$root/.torch
torch_store=$root/.libtorch
# The library through which Swift calls LibTorch, built for the one that is linked; the program looks for it there.
shim=$torch_store/libsparring_torch.so
[ "$(uname)" != Darwin ] || shim=$torch_store/libsparring_torch.dylib

# Everything where programs find it that depend on this package and leave nothing in its checkout, which SwiftPM may
# renew at any time. The loader knows the same place (`Sources/CTorch/places.c`).
use_user_place() {
  local data=${XDG_DATA_HOME-} version
  case $data in
    /*) ;;
    *) if is_mac; then data="$HOME/Library/Application Support"; else data=$HOME/.local/share; fi ;;
  esac
  version=$(sed -n 's/^#define SPARRING_VERSION "\(.*\)"$/\1/p' "$root/Sources/CTorch/include/version.h")
  torch_store=$data/sparring/libtorch
  torch_link=$data/sparring/$version/torch
  shim=$data/sparring/$version/${shim##*/}
  mkdir -p "$torch_store" "$data/sparring/$version"
}

build_shim() {
  bash "$root/Scripts/build-shim.sh" "$torch_link" "$shim"
}

is_shim_current() {
  bash "$root/Scripts/build-shim.sh" --check "$torch_link" "$shim" 2>/dev/null
}

# build_with_shim command…: the library is built beside the command, most of which uses one processor only.
build_with_shim() {
  local process status=0
  build_shim &
  process=$!
  "$@" || status=$?
  wait "$process" || status=$?
  return "$status"
}

# Whether `.torch` leads to the right LibTorch. On the path of every start: no process is started.
is_libtorch_linked() {
  is_libtorch "$torch_link" &&
    { [ -z "${TORCH_DIR-}" ] || [ "$TORCH_DIR" -ef "$torch_link" ]; }
}

# Whether a folder holds headers and libraries of the pinned version.
is_libtorch() {
  [ -e "$1/include/ATen/ATen.h" ] &&
    { [ -e "$1/lib/libtorch_cpu.so" ] || [ -e "$1/lib/libtorch_cpu.dylib" ]; } &&
    [ "$(libtorch_version "$1")" = "$torch_version" ]
}

libtorch_version() {
  local word name value version=""
  while read -r word name value; do
    case $word:$name in
      "#define:TORCH_VERSION_MAJOR") version=$value ;;
      "#define:TORCH_VERSION_MINOR") version=$version.$value ;;
      "#define:TORCH_VERSION_PATCH") version=$version.$value ;;
    esac
  done 2>/dev/null <"$1/include/torch/headeronly/version.h"
  printf '%s' "$version"
}

# Whether linking is all that is left to do: nothing to fetch, no Python needed.
is_libtorch_at_hand() {
  [ -n "${TORCH_DIR-}" ] || is_libtorch_linked || is_libtorch "$torch_store/$(torch_build)/torch"
}

ensure_libtorch() {
  if [ -n "${TORCH_DIR-}" ]; then
    local given=$TORCH_DIR
    unset TORCH_DIR
    is_libtorch "$given" || fail "$(why_not_libtorch "$given")"
    link_libtorch "$(cd "$given" && pwd -P)"
  elif ! is_libtorch_linked; then
    local folder
    folder=$(find_libtorch)
    if [ -z "$folder" ]; then
      fetch_libtorch
      folder=$(stored_libtorch)
    fi
    link_libtorch "$folder"
  fi
}

why_not_libtorch() {
  if [ ! -e "$1/include/ATen/ATen.h" ]; then
    printf 'TORCH_DIR=%s holds no LibTorch (include/ATen/ATen.h is missing)' "$1"
  elif [ "$(libtorch_version "$1")" != "$torch_version" ]; then
    printf 'TORCH_DIR=%s is LibTorch %s' "$1" "$(libtorch_version "$1")"
  else
    printf 'TORCH_DIR=%s has no lib/libtorch_cpu' "$1"
  fi
  printf ': point it at LibTorch %s, or unset it to have that fetched.' "$torch_version"
}

link_libtorch() {
  [ ! "$1" -ef "$torch_link" ] || return 0
  if [ -e "$torch_link" ] && [ ! -L "$torch_link" ]; then
    fail "$torch_link is in the way: it is not a link and holds no LibTorch $torch_version. Move it elsewhere."
  fi
  ln -sfn "$1" "$torch_link"
  # The shim was built against what the link showed before.
  rm -f "$tool_stamp"
}

# A LibTorch that is here already: fetched before, or part of a Python environment.
find_libtorch() {
  local folder
  if is_libtorch "$torch_store/$(torch_build)/torch"; then
    stored_libtorch
    return
  fi
  folder=$(libtorch_of_python)
  if [ -n "$folder" ] && is_libtorch "$folder" && can_load_libtorch python3 "$folder" 2>/dev/null; then
    printf '%s' "$folder"
  fi
}

# What the link says of LibTorch in the store; relative in a clone, so that the clone may be moved.
stored_libtorch() {
  local store=$torch_store
  [ "$store" != "$root/.libtorch" ] || store=.libtorch
  printf '%s/%s/torch' "$store" "$(torch_build)"
}

# Where the active Python has the torch package (found without importing it, which takes seconds).
libtorch_of_python() {
  python3 - 2>/dev/null <<'END' || true
import importlib.util
import os
spec = importlib.util.find_spec("torch")
if spec and spec.origin:
    print(os.path.dirname(os.path.realpath(spec.origin)))
END
}

# `2.13.0-cpu` or `2.13.0-cuda`: the folder of what this machine should have.
torch_build() {
  if has_nvidia_gpu; then printf '%s-cuda' "$torch_version"; else printf '%s-cpu' "$torch_version"; fi
}

has_nvidia_gpu() {
  case ${SPARRING_TORCH_BUILD-} in
    cpu) return 1 ;;
    cuda) return 0 ;;
  esac
  [ -e /proc/driver/nvidia/version ] || nvidia-smi -L >/dev/null 2>&1
}

# A Python 3 that can fetch: with pip, or able to make an environment that has it.
find_python() {
  command -v python3 >/dev/null 2>&1 || return 1
  if python3 -m pip --version >/dev/null 2>&1 || python3 -c 'import venv, ensurepip' 2>/dev/null; then
    printf 'python3'
  else
    return 1
  fi
}

fetch_libtorch() {
  local title="Fetching LibTorch $torch_version (CPU)"
  ! has_nvidia_gpu || title="Fetching LibTorch $torch_version with CUDA (several gigabytes)"
  is_mac && [ "$(uname -m)" != arm64 ] &&
    fail "there is no torch $torch_version for Intel Macs: an Apple silicon Mac or Linux is needed."
  find_python >/dev/null || fail "Python 3 with pip or venv is needed to fetch LibTorch."
  require_space
  partial=$torch_store/.partial-$$
  progress_folder=$partial step "$title" fetch_into_store
}

require_space() {
  local need=2 free
  ! has_nvidia_gpu || need=12
  mkdir -p "$torch_store"
  free=$(df -Pk "$torch_store" | awk 'NR == 2 { print int($4 / 1048576) }')
  [ "$free" -ge "$need" ] ||
    fail "fetching LibTorch takes $need GB while it runs, and $torch_store has $free GB free: make room, then run this again."
}

# Everything happens in `.partial-<process>`, the environment for pip included, and only a complete
# folder that loads gets its final name.
fetch_into_store() {
  local build python
  build=$(torch_build)
  remove_abandoned_partials
  rm -rf "$partial"
  mkdir -p "$partial/temporary" "$partial/result"
  trap 'rm -rf "$partial"' EXIT
  trap 'exit 143' TERM
  # pip unpacks here too: /tmp is often too small.
  export TMPDIR=$partial/temporary PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
  python=$(python_with_pip "$partial")

  if has_nvidia_gpu; then
    pip_for_this_machine "$python" install --no-compile --target "$partial/result" "torch==$torch_version"
  else
    pip_for_this_machine "$python" download --no-deps --dest "$partial/wheels" "torch==$torch_version"
    local needed
    needed=$("$python" "$root/Scripts/unpack_libtorch.py" "$partial"/wheels/torch-*.whl "$partial/result")
    [ -z "$needed" ] ||
      pip_for_this_machine "$python" install --no-compile --target "$partial/result" "$needed"
  fi

  can_load_libtorch "$python" "$partial/result/torch"
  is_libtorch "$partial/result/torch" ||
    fail "the wheel holds LibTorch $(libtorch_version "$partial/result/torch") instead of $torch_version"
  [ -e "$torch_store/$build" ] && rm -rf "${torch_store:?}/$build"
  mv "$partial/result" "$torch_store/$build"
}

remove_abandoned_partials() {
  local folder
  for folder in "$torch_store"/.partial-*; do
    [ -d "$folder" ] || continue
    kill -0 "${folder##*-}" 2>/dev/null || rm -rf "$folder"
  done
}

# Prints a Python with pip: the system's, or one in an environment that is thrown away afterwards
# (Debian's Python has no pip of its own and lets nobody install into it).
python_with_pip() {
  if python3 -m pip --version >/dev/null 2>&1; then
    printf 'python3'
  else
    python3 -m venv "$1/python" >&2
    printf '%s/python/bin/python' "$1"
  fi
}

# Runs pip; where there is no wheel for this Python, takes the one for 3.11: the C++ libraries are
# the same in all of them.
pip_for_this_machine() {
  local python=$1 command=$2
  shift 2
  "$python" -m pip "$command" --only-binary=:all: "$@" && return
  printf 'No wheel for this Python; taking the one for Python 3.11.\n'
  "$python" -m pip "$command" --only-binary=:all: --implementation cp --python-version 3.11 \
    --abi cp311 --abi abi3 --abi none $(wheel_platforms) "$@"
}

wheel_platforms() {
  if is_mac; then
    printf -- '--platform macosx_%s_0_arm64 ' 14 13 12 11
  else
    local architecture
    architecture=$(uname -m)
    printf -- '--platform manylinux_2_%s_'"$architecture " 28 27 26 25 24 17
    printf -- '--platform manylinux2014_%s' "$architecture"
  fi
}

# Loads the library as the tool will: a library that it needs and that is missing shows here.
can_load_libtorch() {
  local library=$2/lib/libtorch_cpu.so
  ! is_mac || library=$2/lib/libtorch_cpu.dylib
  "$1" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$library"
}
