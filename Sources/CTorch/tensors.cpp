// Creation from bytes, reading back, and a tensor's facts.
#include "boundary.hpp"

using ctorch::borrow;
using ctorch::impl;
using ctorch::own;

void ct_free(char *message) { std::free(message); }

char *ct_tensor_from_bytes(
    const void *bytes, size_t byteCount, const int64_t *shape, size_t rank, int32_t dtype, ct_tensor *result) {
  CT_GUARDED({
    at::Tensor tensor = at::empty(at::IntArrayRef(shape, rank), at::TensorOptions().dtype(at::ScalarType(dtype)));
    TORCH_CHECK(
        static_cast<size_t>(tensor.nbytes()) == byteCount, "a tensor of shape ", tensor.sizes(), " takes ",
        tensor.nbytes(), " bytes, not ", byteCount);
    if (byteCount > 0) std::memcpy(tensor.data_ptr(), bytes, byteCount);
    *result = own(std::move(tensor));
  })
}

char *ct_tensor_to_bytes(ct_tensor handle, void *bytes, size_t byteCount) {
  CT_GUARDED({
    at::Tensor tensor = borrow(handle).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(
        static_cast<size_t>(tensor.nbytes()) == byteCount, "the tensor holds ", tensor.nbytes(), " bytes, not ",
        byteCount);
    if (byteCount > 0) std::memcpy(bytes, tensor.const_data_ptr(), byteCount);
  })
}

void ct_tensor_release(ct_tensor handle) {
  if (handle) c10::raw::intrusive_ptr::decref(impl(handle));
}

ct_tensor ct_tensor_retain(ct_tensor handle) { return own(borrow(handle)); }

int64_t ct_tensor_rank(ct_tensor handle) { return impl(handle)->dim(); }
int64_t ct_tensor_size(ct_tensor handle, int64_t dimension) { return impl(handle)->size(dimension); }
int64_t ct_tensor_stride(ct_tensor handle, int64_t dimension) { return impl(handle)->stride(dimension); }
int64_t ct_tensor_count(ct_tensor handle) { return impl(handle)->numel(); }
int32_t ct_tensor_dtype(ct_tensor handle) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(impl(handle)->dtype()));
}
size_t ct_dtype_size(int32_t dtype) { return c10::elementSize(at::ScalarType(dtype)); }

void ct_tensor_device(ct_tensor handle, char *name) {
  const std::string text = impl(handle)->device().str();
  std::strncpy(name, text.c_str(), 31);
  name[31] = 0;
}

bool ct_tensor_requires_gradient(ct_tensor handle) { return impl(handle)->requires_grad(); }

char *ct_tensor_set_requires_gradient(ct_tensor handle, bool flag) {
  CT_GUARDED({ borrow(handle).set_requires_grad(flag); })
}

bool ct_tensor_is_contiguous(ct_tensor handle, bool channelsLast) {
  return impl(handle)->is_contiguous(channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}
