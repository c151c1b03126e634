// Winograd's minimal filtering F(2×2, 2×2): four outputs of a 2×2 kernel from nine products instead of sixteen.
//
// In one dimension, with d the input and g the kernel's two taps,
//     y0 = d0·g0 + d1·g1 = (d0 − d1)·g0 + d1·(g0 + g1)
//     y1 = d1·g0 + d2·g1 = d1·(g0 + g1) − (d1 − d2)·g1,
// and in two dimensions the same for rows of columns. A 4×4 kernel at every second pixel is four such kernels, each on
// the pixels of its own parity, summed (coarsen) or apart (refine). Lavin and Gray, "Fast algorithms for convolutional
// neural networks", 2016.
#pragma once

#include <vector>

#include "pass.hpp"

namespace ctorch::kernels {

/// The input, its differences to the right and downwards, and the differences of these: what the products take.
enum Variant { plain, right, down, both, variants };
constexpr int products = 9;

/// Four taps of a phase, one step apart.
struct Quad {
  int64_t top, left;
  /// `[row][column]`
  const Tap *taps[2][2];
};

/// How the differences lie in memory: `[image][height][width][variant][channels]`, the first at (top, left).
struct Differences {
  int64_t top, left, height, width, channels;
  int64_t perPixel() const { return variants * channels; }
  int64_t perImage() const { return height * width * perPixel(); }
};

struct PhasePlan {
  const Phase *phase;
  std::vector<Quad> quads;
  /// Tiles of two by two outputs.
  int64_t rows, columns;
};

struct Plan {
  const Pass *pass;
  std::vector<PhasePlan> phases;
  Differences differences;
};

/// What filtering a pass by Winograd's way takes; a phase whose taps do not go into fours has no quads.
Plan planOf(const Pass &pass);

/// The four variants of one row of one image; `zeros` stands in beyond the border.
void writeDifferences(const Plan &plan, const bfloat16 *image, int64_t row, const bfloat16 *zeros, bfloat16 *to);

/// The nine sums of a quad's taps that the products take.
std::vector<WeightSum> sumsOf(const Pass &pass, const Quad &quad, const Block &block, const float *weights);

}  // namespace ctorch::kernels
