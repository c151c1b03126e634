#!/usr/bin/env bash
# Builds the shim with g++ alone against any LibTorch, as a machine without Swift needs it, and checks that what it looks
# up by name in LibTorch's CUDA library is there. It takes no GPU, and no CUDA toolkit.
#
#   Scripts/check-shim.sh [LIBTORCH [OUTPUT.so]]     LibTorch's folder, with include/ and lib/; .torch when left out
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

torch=${1:-.torch}
output=${2:-}
if [ ! -d "$torch/include/ATen" ]; then
  echo "check-shim: $torch holds no LibTorch (include/ATen); give its folder" >&2
  exit 1
fi
if [ -z "$output" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  output=$folder/libCTorch.so
fi

# LibTorch's own libraries may need CUDA's, which need not be here; the shim's own needs must all be met.
"${CXX:-g++}" -std=c++20 -O2 -fPIC -shared -w -D_GLIBCXX_USE_CXX11_ABI=1 \
  -ISources/CTorch/include -ISources/CTorch -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include" \
  Sources/CTorch/*.cpp Sources/CTorch/kernels/*.cpp -L"$torch/lib" -ltorch_cpu -lc10 -Wl,-rpath,"$torch/lib" \
  -Wl,-z,defs -Wl,--unresolved-symbols=ignore-in-shared-libs -o "$output"
echo "The shim builds and links against $torch"

cuda=$torch/lib/libtorch_cuda.so
if [ ! -e "$cuda" ]; then
  echo "No CUDA library there: steps will run without graphs"
  exit 0
fi
exported=$(nm -D --defined-only "$cuda")
for member in $(sed -n 's/^    find([a-zA-Z]*, "\(.*\)");$/\1/p' Sources/CTorch/graphs.cpp); do
  name=_ZN2at4cuda9CUDAGraph$member
  if ! grep -q " $name\$" <<<"$exported"; then
    echo "check-shim: $cuda has no $name, so steps cannot be recorded (Sources/CTorch/graphs.cpp)" >&2
    exit 1
  fi
done
echo "All that graphs need is in $cuda"
