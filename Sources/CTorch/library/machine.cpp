// Threads, devices and what LibTorch says of itself.
#if defined(__linux__)
#include <dlfcn.h>
#endif

#include "boundary.hpp"

namespace {

// CUDA's kernels register themselves when their library loads; a CPU build has no such library.
void loadCUDA() {
#if defined(__linux__)
  static void *library = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  (void)library;
#endif
}

}  // namespace

int32_t ct_thread_count(void) { return at::get_num_threads(); }
void ct_set_thread_count(int32_t count) {
  if (count > 0) at::set_num_threads(count);
}
const char *ct_version(void) { return TORCH_VERSION; }

const char *ct_cpu_capability(void) {
  static const std::string name = at::get_cpu_capability();
  return name.c_str();
}

int32_t ct_cuda_device_count(void) {
  try {
    loadCUDA();
    return at::globalContext().hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount()) : 0;
  } catch (...) {
    return 0;
  }
}

bool ct_has_mps(void) {
  try {
    return at::globalContext().hasMPS();
  } catch (...) {
    return false;
  }
}

bool ct_device_has_bfloat16(ct_device device) {
  try {
    if (device.kind != CT_CUDA || ct_cuda_device_count() == 0) return false;
    return at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  } catch (...) {
    return false;
  }
}

void ct_set_kernel_search(bool search) { at::globalContext().setBenchmarkCuDNN(search); }

void ct_set_flush_denormal(bool flush) { at::globalContext().setFlushDenormal(flush); }
