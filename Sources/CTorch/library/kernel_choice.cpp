// Our own kernels or LibTorch's, for bfloat16 convolutions and normalisations on the CPU.
#include <atomic>

#include "boundary.hpp"
#include "fast_path.hpp"

namespace {

std::atomic<int32_t> wish{CT_WISH_AUTOMATIC};

/// What the wish comes to on this processor; read by every convolution.
std::atomic<bool> &usesOwn() {
  static std::atomic<bool> uses{ct_kernels() == CT_KERNELS_OWN};
  return uses;
}

}  // namespace

int32_t ct_kernels_for(bool hasAVX512, bool hasAMX, int32_t wish) {
  if (!hasAVX512) return CT_KERNELS_NOT_HERE;
  if (wish == CT_WISH_LIBTORCH) return CT_KERNELS_SWITCHED_OFF;
  // LibTorch's oneDNN multiplies by AMX, which has several times the peak; ours do not, and were never measured there.
  if (hasAMX && wish != CT_WISH_OWN) return CT_KERNELS_BESIDE_AMX;
  return CT_KERNELS_OWN;
}

int32_t ct_kernels(void) {
  using namespace ctorch::kernels;
  return ct_kernels_for(multipliesBFloat16(), multipliesBFloat16Tiles(), wish);
}

void ct_set_kernels(int32_t asked) {
  wish = asked;
  usesOwn() = ct_kernels() == CT_KERNELS_OWN;
}

bool ctorch::usesFastKernels() { return usesOwn(); }
