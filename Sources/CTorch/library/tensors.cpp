// Creation from bytes, reading back, and a tensor's facts.
#include "boundary.hpp"

using ctorch::borrow;
using ctorch::impl;
using ctorch::own;

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

int64_t ct_tensor_rank(ct_tensor handle) { return impl(handle)->dim(); }
int64_t ct_tensor_size(ct_tensor handle, int64_t dimension) { return impl(handle)->size(dimension); }
int64_t ct_tensor_stride(ct_tensor handle, int64_t dimension) { return impl(handle)->stride(dimension); }
int64_t ct_tensor_count(ct_tensor handle) { return impl(handle)->numel(); }
int32_t ct_tensor_dtype(ct_tensor handle) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(impl(handle)->dtype()));
}

ct_device ct_tensor_device(ct_tensor handle) {
  const c10::Device device = impl(handle)->device();
  const int32_t kind = device.is_cuda() ? CT_CUDA : device.is_mps() ? CT_MPS : CT_CPU;
  return {kind, kind == CT_CUDA ? device.index() : 0};
}

bool ct_tensor_requires_gradient(ct_tensor handle) { return impl(handle)->requires_grad(); }

char *ct_tensor_set_requires_gradient(ct_tensor handle, bool flag) {
  CT_GUARDED({ borrow(handle).set_requires_grad(flag); })
}

bool ct_tensor_is_contiguous(ct_tensor handle, bool channelsLast) {
  return impl(handle)->is_contiguous(channelsLast ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}
