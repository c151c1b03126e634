// `sparring::convolution`: a convolution or its transpose with any border, and the LeakyReLU after it, differentiable.
#include "boundary.hpp"
#include "fast_path.hpp"
#include "kernels/normalization.hpp"
#include "operation_count.hpp"

namespace ctorch {

namespace {

/// Where the kernel stands on the input.
struct Geometry {
  int64_t stride;
  /// Rows above and columns to the left that the kernel reaches over the border of the larger of the two images.
  int64_t top, left;
  int64_t height, width;
  bool isTransposed;
  double slope;
};

/// The same in LibTorch's operators: on every device, in every format, differentiable twice.
at::Tensor composed(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const Geometry &g) {
  const int64_t rows = weight.size(2), columns = weight.size(3);
  const std::optional<at::Tensor> optionalBias = bias.defined() ? std::make_optional(bias) : std::nullopt;
  at::Tensor result;
  if (g.isTransposed) {
    result = at::conv_transpose2d(input, weight, optionalBias, {g.stride, g.stride}, {g.top, g.left});
    if (result.size(2) != g.height) result = result.narrow(2, 0, g.height);
    if (result.size(3) != g.width) result = result.narrow(3, 0, g.width);
  } else {
    const int64_t bottom = std::max<int64_t>(0, (g.height - 1) * g.stride + rows - input.size(2) - g.top);
    const int64_t right = std::max<int64_t>(0, (g.width - 1) * g.stride + columns - input.size(3) - g.left);
    const bool isEven = bottom <= g.top && right <= g.left;
    result = isEven
        ? at::conv2d(input, weight, optionalBias, {g.stride, g.stride}, {g.top, g.left})
        : at::conv2d(
              at::constant_pad_nd(input, {g.left, right, g.top, bottom}), weight, optionalBias, {g.stride, g.stride});
    if (result.size(2) != g.height) result = result.narrow(2, 0, g.height);
    if (result.size(3) != g.width) result = result.narrow(3, 0, g.width);
  }
  return g.slope == 1 ? result : at::leaky_relu(result, g.slope);
}

#if defined(__x86_64__)

kernels::Images imagesOf(const at::Tensor &tensor) {
  return {tensor.size(0), tensor.size(2), tensor.size(3), tensor.size(1)};
}

at::Tensor channelsLast(const at::Tensor &tensor) {
  // A tensor of one row, column or channel may claim the format while its strides say otherwise.
  return tensor.permute({0, 2, 3, 1}).is_contiguous() ? tensor : tensor.clone(at::MemoryFormat::ChannelsLast);
}

/// Counts one pass, forward or backward: the kernel stands on every pixel of the smaller of the two images.
void countPass(const at::Tensor &coarse, const at::Tensor &weight) {
  if (!countsOperations()) return;
  const int64_t places = coarse.size(0) * coarse.size(2) * coarse.size(3);
  addOperations(2 * static_cast<double>(places) * static_cast<double>(weight.numel()));
}

kernels::Kernel kernelOf(const at::Tensor &weight, const Geometry &g) {
  return {weight.const_data_ptr<float>(), weight.size(0), weight.size(1), weight.size(2), g.stride, g.top, g.left};
}

class Convolution : public torch::autograd::Function<Convolution> {
 public:
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const at::Tensor &bias, Geometry g) {
    at::AutoDispatchBelowADInplaceOrView below;
    const int64_t channels = weight.size(g.isTransposed ? 1 : 0);
    at::Tensor output = at::empty(
        {input.size(0), channels, g.height, g.width}, input.options().memory_format(at::MemoryFormat::ChannelsLast));
    const kernels::Epilogue epilogue{
        bias.numel() > 0 ? bias.const_data_ptr<float>() : nullptr, static_cast<float>(g.slope)};
    (g.isTransposed ? kernels::refine : kernels::coarsen)(
        kernelOf(weight, g), imagesOf(input), bits(input), imagesOf(output), bits(output), epilogue, TensorWorkspace(),
        parallel);
    countPass(g.isTransposed ? input : output, weight);
    context->save_for_backward({input, weight, bias, g.slope == 1 ? at::Tensor() : output});
    context->saved_data["geometry"] = std::vector<int64_t>{g.stride, g.top, g.left, g.height, g.width, g.isTransposed};
    context->saved_data["slope"] = g.slope;
    return output;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto numbers = context->saved_data["geometry"].toIntVector();
    const Geometry g{numbers[0],
                     numbers[1],
                     numbers[2],
                     numbers[3],
                     numbers[4],
                     numbers[5] != 0,
                     context->saved_data["slope"].toDouble()};
    const at::Tensor &input = saved[0], &weight = saved[1], &bias = saved[2], &output = saved[3];
    if (at::GradMode::is_enabled()) return twiceDifferentiable(input, weight, bias, g, gradients[0]);

    at::Tensor above = channelsLast(gradients[0].to(at::kBFloat16));
    at::Tensor biasGradient;
    if (bias.numel() > 0 && context->needs_input_grad(2)) biasGradient = at::empty_like(bias);
    float *sums = biasGradient.defined() ? biasGradient.mutable_data_ptr<float>() : nullptr;
    const kernels::Rows rows{above.numel() / above.size(1), above.size(1)};
    if (g.slope != 1) {
      const at::Tensor before = at::empty_like(above);
      kernels::activationGradient(
          rows, bits(output), bits(above), static_cast<float>(g.slope), bits(before), sums, TensorWorkspace(),
          parallel);
      above = before;
    } else if (sums) {
      kernels::columnSums(rows, bits(above), sums, TensorWorkspace(), parallel);
    }

    at::Tensor inputGradient, weightGradient;
    if (context->needs_input_grad(0)) {
      countPass(g.isTransposed ? input : above, weight);
      inputGradient = at::empty_like(input);
      (g.isTransposed ? kernels::coarsen : kernels::refine)(
          kernelOf(weight, g), imagesOf(above), bits(above), imagesOf(input), bits(inputGradient), {},
          TensorWorkspace(), parallel);
    }
    if (context->needs_input_grad(1)) {
      countPass(g.isTransposed ? input : above, weight);
      weightGradient = at::empty_like(weight);
      const at::Tensor &fine = g.isTransposed ? above : input, &coarse = g.isTransposed ? input : above;
      kernels::kernelGradient(
          kernelOf(weight, g), imagesOf(fine), bits(fine), imagesOf(coarse), bits(coarse),
          weightGradient.mutable_data_ptr<float>(), TensorWorkspace(), parallel);
    }
    return {inputGradient, weightGradient, biasGradient, at::Tensor()};
  }

 private:
  /// A gradient that will be differentiated itself goes through LibTorch's operators.
  static torch::autograd::variable_list twiceDifferentiable(
      const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const Geometry &g,
      const at::Tensor &above) {
    const at::Tensor output =
        composed(input, weight.to(at::kBFloat16), bias.numel() > 0 ? bias.to(at::kBFloat16) : at::Tensor(), g);
    torch::autograd::variable_list inputs, found(4);
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

bool isFast(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const Geometry &g) {
  return usesFastKernels() && computesInBFloat16() && input.is_cpu() && weight.is_cpu() && input.dim() == 4
      && weight.dim() == 4 && input.numel() > 0 && weight.scalar_type() == at::kFloat
      && weight.size(2) == weight.size(3)
      && (!bias.defined() || (bias.scalar_type() == at::kFloat && bias.is_contiguous())) && g.slope >= 0
      && g.slope <= 1;
}

#endif

at::Tensor convolution(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &optionalBias, int64_t stride,
    at::IntArrayRef padding, at::IntArrayRef outputSize, bool isTransposed, double slope) {
  const at::Tensor bias = optionalBias.value_or(at::Tensor());
  const Geometry g{stride, padding[0], padding[1], outputSize[0], outputSize[1], isTransposed, slope};
  TORCH_CHECK(stride > 0, "a convolution's stride must be at least 1, not ", stride);
#if defined(__x86_64__)
  if (isFast(input, weight, bias, g)) {
    const int64_t channels = weight.size(isTransposed ? 0 : 1);
    TORCH_CHECK(
        input.size(1) == channels, "a convolution of ", channels, " channels cannot take shape ", input.sizes());
    // An autograd function takes no absent tensors; an empty one stands in.
    return Convolution::apply(
        channelsLast(input.to(at::kBFloat16)), channelsLast(weight), bias.defined() ? bias : at::empty({0}), g);
  }
#endif
  return composed(input, weight, bias, g);
}

}  // namespace

}  // namespace ctorch

TORCH_LIBRARY_FRAGMENT(sparring, library) {
  library.def(
      "convolution(Tensor input, Tensor weight, Tensor? bias, int stride, int[] padding, int[] output_size, "
      "bool transposed, float slope) -> Tensor",
      ctorch::convolution);
}
