// `sparring::batch_norm`: batch normalisation and the LeakyReLU after it, differentiable.
#include "boundary.hpp"
#include "fast_path.hpp"
#include "kernels/normalization.hpp"

namespace ctorch {

namespace {

using Results = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

/// The same in LibTorch's operators: on every device, in every format, differentiable twice.
Results composed(
    const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &mean,
    const at::Tensor &variance, bool isTraining, double epsilon, double slope) {
  // Autograd keeps the very tensors that the kernel was given, and the running ones change with the next pass, maybe
  // before this one is differentiated: the kernel gets copies. A momentum of one leaves the batch's own moments there.
  const at::Tensor ownMean = mean.clone(), ownVariance = variance.clone();
  at::Tensor output = at::batch_norm(
      input, weight, bias, ownMean, ownVariance, isTraining, /*momentum=*/1, epsilon, /*cudnn_enabled=*/true);
  if (slope != 1) output = at::leaky_relu(output, slope);
  const double samples = static_cast<double>(input.numel()) / std::max<int64_t>(1, input.size(1));
  // LibTorch's divides by n − 1.
  return {output, ownMean, isTraining && samples > 1 ? ownVariance * ((samples - 1) / samples) : ownVariance};
}

#if defined(__x86_64__)

kernels::Rows rowsOf(const at::Tensor &tensor) { return {tensor.numel() / tensor.size(1), tensor.size(1)}; }

/// Rows of channels in memory: `[N, C]`, or channels-last `[N, C, H, W]`.
at::Tensor asRows(const at::Tensor &tensor) {
  if (tensor.dim() == 2) return tensor.contiguous();
  return tensor.permute({0, 2, 3, 1}).is_contiguous() ? tensor : tensor.clone(at::MemoryFormat::ChannelsLast);
}

class BatchNorm : public torch::autograd::Function<BatchNorm> {
 public:
  static torch::autograd::variable_list forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const at::Tensor &bias, double epsilon, double slope) {
    at::AutoDispatchBelowADInplaceOrView below;
    const at::Tensor output = at::empty_like(input);
    const at::Tensor mean = at::empty_like(weight), variance = at::empty_like(weight);
    const auto rows = rowsOf(input);
    kernels::moments(
        rows, bits(input), mean.mutable_data_ptr<float>(), variance.mutable_data_ptr<float>(), TensorWorkspace(),
        parallel);
    const at::Tensor inverse = (variance + epsilon).rsqrt();
    const at::Tensor scale = weight * inverse, shift = bias - mean * scale;
    kernels::scaleAndActivate(
        rows, bits(input), scale.const_data_ptr<float>(), shift.const_data_ptr<float>(), static_cast<float>(slope),
        bits(output), parallel);
    context->save_for_backward({input, weight, bias, mean, inverse});
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["slope"] = slope;
    context->mark_non_differentiable({mean, variance});
    return {output, mean, variance};
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &bias = saved[2], &mean = saved[3], &inverse = saved[4];
    const double slope = context->saved_data["slope"].toDouble();
    if (at::GradMode::is_enabled())
      return twiceDifferentiable(input, weight, bias, context->saved_data["epsilon"].toDouble(), slope, gradients[0]);
    const at::Tensor above = asRows(gradients[0].to(at::kBFloat16));
    const at::Tensor weightGradient = at::empty_like(weight), biasGradient = at::empty_like(bias);
    at::Tensor inputGradient;
    if (context->needs_input_grad(0)) inputGradient = at::empty_like(input);
    kernels::normalizationGradient(
        rowsOf(input), bits(input), bits(above),
        {mean.const_data_ptr<float>(), inverse.const_data_ptr<float>(), weight.const_data_ptr<float>(),
         bias.const_data_ptr<float>(), static_cast<float>(slope)},
        inputGradient.defined() ? bits(inputGradient) : nullptr, weightGradient.mutable_data_ptr<float>(),
        biasGradient.mutable_data_ptr<float>(), TensorWorkspace(), parallel);
    return {inputGradient, weightGradient, biasGradient, at::Tensor(), at::Tensor()};
  }

 private:
  /// A gradient that will be differentiated itself goes through LibTorch's operators.
  static torch::autograd::variable_list twiceDifferentiable(
      const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, double epsilon, double slope,
      const at::Tensor &above) {
    const at::Tensor zeros = at::zeros_like(weight).detach(), ones = at::ones_like(weight).detach();
    const at::Tensor output =
        std::get<0>(composed(input, weight, bias, zeros, ones, /*isTraining=*/true, epsilon, slope));
    torch::autograd::variable_list inputs, found(5);
    std::vector<size_t> places;
    const at::Tensor *all[] = {&input, &weight, &bias};
    for (size_t i = 0; i < 3; i++)
      if (all[i]->requires_grad()) inputs.push_back(*all[i]), places.push_back(i);
    const auto gradients = torch::autograd::grad(
        {output}, inputs, {above.to(output.scalar_type())}, std::nullopt, /*create_graph=*/true, /*allow_unused=*/true);
    for (size_t i = 0; i < places.size(); i++) found[places[i]] = gradients[i];
    return found;
  }
};

bool isFast(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, double slope) {
  return usesFastKernels() && input.is_cpu() && input.scalar_type() == at::kBFloat16
      && (input.dim() == 2 || input.dim() == 4) && input.numel() > 0 && weight.scalar_type() == at::kFloat
      && bias.scalar_type() == at::kFloat && weight.is_contiguous() && bias.is_contiguous() && slope >= 0 && slope <= 1;
}

#endif

Results batchNorm(
    const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &mean,
    const at::Tensor &variance, bool isTraining, double epsilon, double slope) {
#if defined(__x86_64__)
  if (isTraining && isFast(input, weight, bias, slope)) {
    TORCH_CHECK(
        input.size(1) == weight.numel(), "batch normalisation of ", weight.numel(), " features cannot take shape ",
        input.sizes());
    auto results = BatchNorm::apply(asRows(input), weight, bias, epsilon, slope);
    return {results[0], results[1], results[2]};
  }
#endif
  return composed(input, weight, bias, mean, variance, isTraining, epsilon, slope);
}

}  // namespace

}  // namespace ctorch

TORCH_LIBRARY_FRAGMENT(sparring, library) {
  library.def(
      "batch_norm(Tensor input, Tensor weight, Tensor bias, Tensor mean, Tensor variance, bool training, "
      "float epsilon, float slope) -> (Tensor, Tensor, Tensor)",
      ctorch::batchNorm);
}
