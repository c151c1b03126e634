// Floating-point operations of convolutions and matrix products, by the shapes that LibTorch's dispatcher sees: forward
// and backward alike, whichever kernels compute them. One multiplication with its addition counts as two.
#include "operation_count.hpp"

#include <ATen/record_function.h>

#include <atomic>
#include <memory>
#include <string_view>

#include "boundary.hpp"

namespace {

// Backward passes of a GPU run in threads of their own, which take the observer over; one thread counts at a time.
std::atomic<double> total{0};
thread_local bool isCounting = false;
thread_local at::CallbackHandle handle = 0;
/// Counted operators that the thread is in: what they call in turn is theirs.
thread_local int depth = 0;

struct Inside : at::ObserverContext {
  Inside() { depth++; }
  ~Inside() override { depth--; }
};

using Inputs = c10::ArrayRef<const c10::IValue>;

double elements(const c10::IValue &value) { return static_cast<double>(value.toTensor().numel()); }

/// Images times places where the kernel stands, times the kernel's numbers.
double convolution(const at::Tensor &coarse, const at::Tensor &weight) {
  double places = static_cast<double>(coarse.size(0));
  for (int64_t i = 2; i < coarse.dim(); i++) places *= static_cast<double>(coarse.size(i));
  return 2 * places * static_cast<double>(weight.numel());
}

double forwardConvolution(Inputs inputs) {
  const at::Tensor input = inputs[0].toTensor(), weight = inputs[1].toTensor();
  if (inputs[6].toBool()) return convolution(input, weight);
  const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector(), dilation = inputs[5].toIntVector();
  double places = static_cast<double>(input.size(0));
  for (int64_t i = 0; i + 2 < input.dim(); i++) {
    const auto along = [i](const std::vector<int64_t> &list) { return list.size() == 1 ? list[0] : list[i]; };
    const int64_t room = input.size(i + 2) + 2 * along(padding) - along(dilation) * (weight.size(i + 2) - 1) - 1;
    places *= static_cast<double>(room / along(stride) + 1);
  }
  return 2 * places * static_cast<double>(weight.numel());
}

double passes(const c10::IValue &mask) {
  const auto wanted = mask.toBoolList();
  return (wanted.get(0) ? 1.0 : 0.0) + (wanted.get(1) ? 1.0 : 0.0);
}

/// Negative for an operator that is not counted.
double operations(std::string_view name, Inputs inputs) {
  const auto product = [&](size_t left, size_t right) {
    return 2 * elements(inputs[left]) * static_cast<double>(inputs[right].toTensor().size(-1));
  };
  if (name == "aten::mm" || name == "aten::bmm") return product(0, 1);
  if (name == "aten::addmm" || name == "aten::baddbmm") return product(1, 2);
  if (name == "aten::mv") return 2 * elements(inputs[0]);
  if (name == "aten::linear") return 2 * elements(inputs[0]) * static_cast<double>(inputs[1].toTensor().size(0));
  if (name == "aten::linear_backward")
    return 2 * elements(inputs[0]) * static_cast<double>(inputs[2].toTensor().size(0)) * passes(inputs[3]);
  if (name == "aten::convolution") return forwardConvolution(inputs);
  if (name == "aten::convolution_backward")
    return passes(inputs[10]) * convolution(inputs[inputs[7].toBool() ? 1 : 0].toTensor(), inputs[2].toTensor());
  return -1;
}

std::unique_ptr<at::ObserverContext> observe(const at::RecordFunction &function) {
  const double count = operations(function.name(), function.inputs());
  if (count < 0) return nullptr;
  if (depth == 0) total.fetch_add(count);
  return std::make_unique<Inside>();
}

}  // namespace

bool ctorch::countsOperations() { return isCounting; }

void ctorch::addOperations(double count) { total.fetch_add(count); }

char *ct_operations_begin(void) {
  CT_GUARDED({
    total = 0;
    depth = 0;
    handle = at::addThreadLocalCallback(
        at::RecordFunctionCallback(observe).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
    isCounting = true;
  })
}

double ct_operations_end(void) {
  if (isCounting) at::removeCallback(handle);
  isCounting = false;
  return total;
}
