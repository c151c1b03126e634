#!/usr/bin/env bash
# Builds the library through which Swift calls LibTorch (Sources/CTorch/library): a C++ compiler is all it takes.
#
#   Scripts/build-shim.sh LIBTORCH LIBRARY           LibTorch's folder, with include/ and lib/; does nothing where
#                                                    LIBRARY was built from the same sources against the same LibTorch
#   Scripts/build-shim.sh --check LIBTORCH LIBRARY   only says, by its status, whether it was
#   Scripts/build-shim.sh --names LIBTORCH           whether LibTorch's CUDA library has all that recorded steps need
#
# `CXX` names the compiler; otherwise it is clang++, Swift's own where it lies beside swift, or g++.
set -eu

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
sources=$root/Sources/CTorch/library
headers=$root/Sources/CTorch/include

fail() {
  printf 'build-shim: %s\n' "$*" >&2
  exit 1
}

# In a toolchain that was unpacked somewhere, only `swift` may be on the path.
find_compiler() {
  local beside
  beside=$(dirname "$(readlink -f "$(command -v swift || true)" 2>/dev/null || true)")/clang++
  if [ -n "${CXX-}" ]; then
    printf '%s' "$CXX"
  elif command -v clang++ >/dev/null 2>&1; then
    printf 'clang++'
  elif [ -x "$beside" ]; then
    printf '%s' "$beside"
  elif command -v g++ >/dev/null 2>&1; then
    printf 'g++'
  else
    fail "no C++ compiler was found: install Swift (its clang++ will do) or g++, or name one by CXX."
  fi
}

is_mac() {
  [ "$(uname)" = Darwin ]
}

core_count() {
  getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# What the library depends on, in two lines.
fingerprint() {
  (cd "$root" && find Scripts/build-shim.sh Sources/CTorch/library Sources/CTorch/include -type f | LC_ALL=C sort |
    while read -r file; do
      printf '%s\n' "$file"
      cat "$file"
    done) | cksum
  printf '%s %s\n' "$(run_path)" "$(cksum <"$torch/include/torch/headeronly/version.h")"
}

# Where the library looks for LibTorch: by a path of its own where LibTorch lies beneath it, so that both may be moved.
run_path() {
  local folder beneath
  folder=$(cd "$torch" && pwd -P)/lib
  beneath=$(cd "$(dirname "$library")" && pwd -P)
  case $folder in
    "$beneath"/*) if is_mac; then printf '@loader_path/'; else printf '$ORIGIN/'; fi && printf '%s' "${folder#"$beneath"/}" ;;
    *) printf '%s' "$folder" ;;
  esac
}

is_current() {
  [ -e "$library" ] && [ -e "$library.built-from" ] && [ "$(fingerprint)" = "$(cat "$library.built-from")" ]
}

# PyTorch before 2.6 was built with the old ABI of libstdc++.
has_new_abi() {
  is_mac || grep -q __cxx11 "$torch/lib/libc10.so"
}

compile_flags() {
  local abi=1
  has_new_abi || abi=0
  # Without assertions, as LibTorch's own libraries are built: some of its types are larger with them.
  printf '%s\n' -std=c++20 -O2 -DNDEBUG -fPIC -fvisibility=hidden -DCT_LIBRARY -D_GLIBCXX_USE_CXX11_ABI=$abi \
    "-I$headers" -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include"
}

# LibTorch's headers take fifteen seconds to read, so they are compiled once, beside the kernels, which do without.
compile() {
  local IFS=$'\n' flags status=0
  flags=($(compile_flags))
  # Templates that the headers use are filled in once, too.
  case $("$compiler" --version) in *clang*) flags+=(-fpch-instantiate-templates) ;; esac
  printf '#include "%s/libtorch.hpp"\n' "$sources" >"$objects/headers.hpp"
  "$compiler" "${flags[@]}" -x c++-header "$objects/headers.hpp" -o "$objects/headers.hpp.gch" &
  compile_each "$sources"/kernels/*.cpp || status=1
  wait $! || status=1
  [ "$status" -eq 0 ] && flags+=(-include "$objects/headers.hpp") &&
    compile_each "$sources"/convolution_operator.cpp "$sources"/normalization_operator.cpp \
      $(ls "$sources"/*.cpp | grep -v _operator.cpp)
}

# As many at a time as there are processors, in the order given.
compile_each() {
  printf '%s\0' "$@" | xargs -0 -n 1 -P "$(core_count)" bash -c '
    file=${!#}; "${@:2:$#-2}" -c "$file" -o "$1/$(basename "$file" .cpp).o"' - "$objects" "$compiler" "${flags[@]}"
}

link() {
  local partial=$library.partial-$$
  if is_mac; then
    "$compiler" -dynamiclib -o "$partial" "$objects"/*.o -L"$torch/lib" -ltorch_cpu -lc10 \
      -Wl,-rpath,@loader_path -Wl,-rpath,"$(run_path)"
  else
    # LibTorch's own libraries may need CUDA's, which need not be here; the shim's own needs must all be met.
    "$compiler" -shared -o "$partial" "$objects"/*.o -L"$torch/lib" -ltorch_cpu -lc10 -ldl \
      -Wl,-rpath,'$ORIGIN' -Wl,-rpath,"$(run_path)" \
      -Wl,-z,now -Wl,-z,defs -Wl,--unresolved-symbols=ignore-in-shared-libs
  fi &&
    rm -f "$library.built-from" && mv -f "$partial" "$library" && fingerprint >"$library.built-from"
}

build() {
  compiler=$(find_compiler)
  mkdir -p "$(dirname "$library")"
  objects=$(mktemp -d "${TMPDIR:-/tmp}/sparring-shim.XXXXXX")
  trap 'rm -rf "$objects" "$library".partial-$$' EXIT
  trap 'exit 143' TERM
  compile && link || fail "the library does not build against the LibTorch in $torch; the compiler's messages stand above."
}

check_names() {
  local cuda=$torch/lib/libtorch_cuda.so exported member name
  [ -e "$cuda" ] || { echo "No CUDA library there: steps will run without graphs"; return; }
  exported=$(nm -D --defined-only "$cuda")
  for member in $(sed -n 's/^    find([a-zA-Z]*, "\(.*\)");$/\1/p' "$sources/graphs.cpp"); do
    name=_ZN2at4cuda9CUDAGraph$member
    grep -q " $name\$" <<<"$exported" ||
      fail "$cuda has no $name, so steps cannot be recorded ($sources/graphs.cpp)"
  done
  echo "All that graphs need is in $cuda"
}

mode=build
case ${1-} in
  --check) mode=check; shift ;;
  --names) mode=names; shift ;;
  --help | -h) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;;
esac
torch=${1:?the folder of LibTorch is missing; see --help}
[ -d "$torch/include/ATen" ] || fail "$torch holds no LibTorch (include/ATen); give its folder"
[ "$mode" = names ] || library=${2:?the path of the library is missing; see --help}
case $mode in
  build) is_current || build ;;
  check) is_current ;;
  names) check_names ;;
esac
