// Batch normalisation and the LeakyReLU after it in one pass, on bfloat16 rows of channels with float32 sums.
#pragma once

#include "convolution.hpp"

namespace ctorch::kernels {

/// `[rows][channels]`: a batch of features, or channels-last images with every pixel a row.
struct Rows {
  int64_t count;
  int64_t channels;
};

/// The mean and the variance (divided by n) of every channel.
void moments(
    const Rows &rows, const bfloat16 *input, float *mean, float *variance, const Workspace &workspace,
    const ParallelFor &parallel);

/// output = leaky(input · scale + shift), both per channel.
void scaleAndActivate(
    const Rows &rows, const bfloat16 *input, const float *scale, const float *shift, float slope, bfloat16 *output,
    const ParallelFor &parallel);

/// What differentiating the normalisation by the batch's own moments needs.
struct Normalization {
  const float *mean;
  /// 1 / √(variance + ε).
  const float *inverseDeviation;
  const float *weight;
  const float *bias;
  float slope;
};

/// The gradients of batch normalisation in training: of the input (bfloat16), and of weight and bias (float32).
void normalizationGradient(
    const Rows &rows, const bfloat16 *input, const bfloat16 *outputGradient, const Normalization &normalization,
    bfloat16 *inputGradient, float *weightGradient, float *biasGradient, const Workspace &workspace,
    const ParallelFor &parallel);

/// result = gradient · (activated > 0 ? 1 : slope), and the sum of the result over rows where `sums` is not null.
void activationGradient(
    const Rows &rows, const bfloat16 *activated, const bfloat16 *gradient, float slope, bfloat16 *result, float *sums,
    const Workspace &workspace, const ParallelFor &parallel);

/// The sum over rows of every channel.
void columnSums(
    const Rows &rows, const bfloat16 *input, float *sums, const Workspace &workspace, const ParallelFor &parallel);

}  // namespace ctorch::kernels
