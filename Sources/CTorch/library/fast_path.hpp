// When the kernels of our own take over from LibTorch's, and what they need of it.
#pragma once

#include <functional>
#include <vector>

#include "kernels/convolution.hpp"
#include "libtorch.hpp"

namespace ctorch {

/// Whether the kernels of our own are to compute what they can.
bool usesFastKernels();

/// Whether operations on the CPU are to be computed in bfloat16.
inline bool computesInBFloat16() {
  return at::autocast::is_autocast_enabled(at::kCPU) && at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16;
}

inline kernels::bfloat16 *bits(const at::Tensor &tensor) { return static_cast<kernels::bfloat16 *>(tensor.data_ptr()); }

/// Calls `body` with parts of `0..<count`, on LibTorch's threads.
void parallel(int64_t count, const std::function<void(int64_t, int64_t)> &body);

/// Memory from LibTorch's allocator for as long as this lives.
class TensorWorkspace {
 public:
  void *operator()(size_t bytes) {
    held.push_back(at::empty({static_cast<int64_t>(bytes)}, at::kByte));
    return held.back().data_ptr();
  }

 private:
  std::vector<at::Tensor> held;
};

}  // namespace ctorch
