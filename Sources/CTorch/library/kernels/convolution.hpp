// Convolutions of channels-last bfloat16 images with float32 sums, on processors with AVX512-BF16.
//
// All of them are matrix products whose rows are found through pointers: a tile of output pixels looks up, for each tap
// of the kernel, the channels of the input pixel beneath it (or zeros beyond the border), so nothing is padded,
// unfolded or cut afterwards. Weights are read from the float32 parameters and repacked once per call.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace ctorch::kernels {

using bfloat16 = uint16_t;

/// Calls `body(begin, end)` on parts of `0..<count`, on several threads.
using ParallelFor = std::function<void(int64_t count, const std::function<void(int64_t, int64_t)> &body)>;
/// Memory that lives until the call returns.
using Workspace = std::function<void *(size_t bytes)>;

/// Whether this processor multiplies bfloat16 pairs (AVX512-BF16), so that what is declared here may be called.
bool multipliesBFloat16();
/// Whether this processor multiplies bfloat16 tiles (AMX).
bool multipliesBFloat16Tiles();

/// The kernel's parameters `[outer, inner, size, size]` in memory as `[outer][row][column][inner]`.
///
/// A convolution reads images of `inner` channels and makes `outer` channels at every `stride`-th position; its
/// transpose reads images of `outer` channels and makes `inner` channels.
struct Kernel {
  const float *weights;
  int64_t outer;
  int64_t inner;
  int64_t size;
  int64_t stride;
  /// How far the kernel reaches over the images' border, above and to the left.
  int64_t paddingTop;
  int64_t paddingLeft;
};

/// Images as `[count][height][width][channels]`.
struct Images {
  int64_t count;
  int64_t height;
  int64_t width;
  int64_t channels;
  int64_t pixels() const { return count * height * width; }
};

/// What follows the sum of products, before it is rounded.
struct Epilogue {
  /// One number per channel, or null.
  const float *bias = nullptr;
  /// LeakyReLU's slope below zero; 1 leaves the sum as it is.
  float slope = 1;
};

/// From the fine images (`inner` channels) to the coarse ones (`outer` channels): a convolution's output, or the
/// input gradient of a transposed one.
void coarsen(
    const Kernel &kernel, const Images &fine, const bfloat16 *fineData, const Images &coarse, bfloat16 *coarseData,
    const Epilogue &epilogue, const Workspace &workspace, const ParallelFor &parallel);

/// From the coarse images to the fine ones: a transposed convolution's output, or a convolution's input gradient.
void refine(
    const Kernel &kernel, const Images &coarse, const bfloat16 *coarseData, const Images &fine, bfloat16 *fineData,
    const Epilogue &epilogue, const Workspace &workspace, const ParallelFor &parallel);

/// The gradient of the kernel's parameters, in their layout, float32; `gradient` is overwritten.
void kernelGradient(
    const Kernel &kernel, const Images &fine, const bfloat16 *fineData, const Images &coarse,
    const bfloat16 *coarseData, float *gradient, const Workspace &workspace, const ParallelFor &parallel);

}  // namespace ctorch::kernels
