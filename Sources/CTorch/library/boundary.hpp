// What every file of the shim shares: handles <-> LibTorch's own types, and the exception barrier.
#pragma once

#include <cstdlib>
#include <cstring>
#include <string>

#include "ctorch.h"
#include "libtorch.hpp"

// What `functions.inc` lists is defined in these files.
extern "C" {
#define CT_CALL(name, parameters, arguments) char *ct_##name parameters;
#define CT_READ(result, otherwise, name, parameters, arguments) result ct_##name parameters;
#define CT_ACT(name, parameters, arguments) void ct_##name parameters;
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT
}

struct ct_generator_s {
  at::Generator generator;
};

namespace ctorch {

inline char *copyMessage(const char *text) {
  char *copy = static_cast<char *>(std::malloc(std::strlen(text) + 1));
  if (copy) std::strcpy(copy, text);
  return copy;
}

inline at::Tensor borrow(ct_tensor handle) {
  return at::Tensor(
      c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim_copy(
          reinterpret_cast<at::TensorImpl *>(handle)));
}

inline ct_tensor own(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  return reinterpret_cast<ct_tensor>(tensor.unsafeReleaseTensorImpl());
}

inline c10::Device deviceOf(ct_device device) {
  switch (device.kind) {
    case CT_CUDA: return {c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device.index)};
    case CT_MPS: return {c10::DeviceType::MPS, static_cast<c10::DeviceIndex>(device.index)};
    default: return {c10::DeviceType::CPU};
  }
}

inline at::TensorImpl *impl(ct_tensor handle) { return reinterpret_cast<at::TensorImpl *>(handle); }

}  // namespace ctorch

// The one place where C++ exceptions stop.
#define CT_GUARDED(...)                                         \
  try {                                                         \
    __VA_ARGS__                                                 \
    return nullptr;                                             \
  } catch (const c10::Error &error) {                           \
    return ctorch::copyMessage(error.what_without_backtrace()); \
  } catch (const std::exception &error) {                       \
    return ctorch::copyMessage(error.what());                   \
  } catch (...) {                                               \
    return ctorch::copyMessage("unknown C++ exception");        \
  }
