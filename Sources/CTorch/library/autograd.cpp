// Reverse-mode differentiation, the gradient mode and autocast.
#include "boundary.hpp"

using ctorch::borrow;
using ctorch::deviceOf;
using ctorch::own;

namespace {

torch::autograd::variable_list listOf(const ct_tensor *handles, size_t count) {
  torch::autograd::variable_list list;
  list.reserve(count);
  for (size_t i = 0; i < count; i++) list.push_back(handles && handles[i] ? borrow(handles[i]) : at::Tensor());
  return list;
}

}  // namespace

char *ct_gradients(
    const ct_tensor *outputs, const ct_tensor *weights, size_t outputCount, const ct_tensor *inputs, size_t inputCount,
    bool retainGraph, bool createGraph, bool allowUnused, ct_tensor *gradients) {
  CT_GUARDED({
    auto found = torch::autograd::grad(
        listOf(outputs, outputCount), listOf(inputs, inputCount), listOf(weights, outputCount), retainGraph,
        createGraph, allowUnused);
    for (size_t i = 0; i < found.size(); i++) gradients[i] = own(std::move(found[i]));
  })
}

char *ct_backward(ct_tensor loss, bool retainGraph, bool createGraph) {
  CT_GUARDED({ torch::autograd::backward({borrow(loss)}, {}, retainGraph, createGraph); })
}

ct_tensor ct_tensor_gradient(ct_tensor handle) { return own(borrow(handle).grad()); }

void ct_tensor_set_gradient(ct_tensor handle, ct_tensor gradient) {
  borrow(handle).mutable_grad() = gradient ? borrow(gradient) : at::Tensor();
}

bool ct_gradient_mode(void) { return at::GradMode::is_enabled(); }
void ct_set_gradient_mode(bool enabled) { at::GradMode::set_enabled(enabled); }

bool ct_autocast_enabled(ct_device device) { return at::autocast::is_autocast_enabled(deviceOf(device).type()); }

char *ct_set_autocast(ct_device device, bool enabled, int32_t dtype) {
  CT_GUARDED({
    const auto type = deviceOf(device).type();
    at::autocast::set_autocast_enabled(type, enabled);
    if (enabled) at::autocast::set_autocast_dtype(type, at::ScalarType(dtype));
  })
}

void ct_autocast_clear_cache(void) { at::autocast::clear_cache(); }
