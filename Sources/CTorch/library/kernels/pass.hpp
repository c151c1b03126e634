// A convolution or its transpose seen from its output: which taps every output pixel has, and what they lie on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "convolution.hpp"
#include "tiles.hpp"

namespace ctorch::kernels {

/// One position of the kernel: where its weights stand, and where the pixel beneath lies from the output's own.
struct Tap {
  int64_t row, column;
  int64_t down, right;
};

/// Outputs that use the same taps: all of a convolution, every `outputStep`-th row and column of its transpose.
struct Phase {
  int64_t top, left;
  /// Downwards and to the right over the input.
  std::vector<Tap> taps;
};

/// Some output channels whose weights are packed together.
struct Block {
  int64_t first;
  int64_t count;
  int registers;
};

inline std::vector<Block> blocksOf(int64_t channels) {
  std::vector<Block> blocks;
  for (int64_t first = 0; first < channels;) {
    const int64_t left = channels - first;
    const int registers = left > 2 * lanes ? 4 : left > lanes ? 2 : 1;
    blocks.push_back({first, std::min<int64_t>(left, registers * lanes), registers});
    first += registers * lanes;
  }
  return blocks;
}

struct Pass {
  Images input;
  Images output;
  /// Input pixels that one step on the output grid of a phase moves.
  int64_t inputStep;
  /// Output pixels between two of the same phase.
  int64_t outputStep;
  std::vector<Phase> phases;
  /// Distances in the kernel's memory.
  int64_t weightsPerOutput, weightsPerInput, weightsPerRow, weightsPerColumn;

  /// Few or an odd number of channels: the taps' channels are copied side by side first.
  bool copiesChannels() const { return input.channels < 8 || input.channels % 2 == 1; }
  int64_t pairs(const Phase &phase) const {
    const auto taps = static_cast<int64_t>(phase.taps.size());
    return copiesChannels() ? (taps * input.channels + 1) / 2 : taps * (input.channels / 2);
  }
  /// Rows and columns of a phase's grid.
  int64_t height(const Phase &phase) const { return (output.height - phase.top + outputStep - 1) / outputStep; }
  int64_t width(const Phase &phase) const { return (output.width - phase.left + outputStep - 1) / outputStep; }
  /// A tap's weights from the first input channel to the block's first output channel.
  const float *weightsAt(const Tap &tap, const Block &block, const float *weights) const {
    return weights + block.first * weightsPerOutput + tap.row * weightsPerRow + tap.column * weightsPerColumn;
  }
};

/// Up to four taps whose weights are added before they are rounded.
struct WeightSum {
  const float *taps[4];
  int count = 0;
};

/// `[sum][pairs][registers · 16][2]` of the weights for one block of output channels.
///
/// Where a pass copies its channels, they are counted through all sums, each of a single tap.
void pack(const Pass &pass, const std::vector<WeightSum> &sums, const Block &block, bfloat16 *packed);

/// Whether there are so few output channels that `multiplyTaps` is the faster way.
bool hasFewOutputs(const Pass &pass);

/// Computes a pass with few output channels.
void multiplyTaps(
    const Pass &pass, const float *weights, const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue,
    const ParallelFor &parallel);

/// Whether Winograd's filtering needs clearly fewer products than the `directProducts` (for each image and each pair of
/// channels) of the sums as they are written.
bool prefersWinograd(const Pass &pass, int64_t directProducts);

/// Computes a pass by Winograd's minimal filtering, `winograd.hpp`.
void filterByWinograd(
    const Pass &pass, const float *weights, const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue,
    const Workspace &workspace, const ParallelFor &parallel);

}  // namespace ctorch::kernels
