// What Winograd's filtering multiplies: differences of inputs and sums of weights; and when it pays.
#if defined(__x86_64__)
#include "winograd.hpp"

namespace ctorch::kernels {

namespace {

const Tap *tapAt(const Phase &phase, int64_t down, int64_t right) {
  for (const Tap &tap : phase.taps)
    if (tap.down == down && tap.right == right) return &tap;
  return nullptr;
}

std::vector<Quad> quadsOf(const Phase &phase, int64_t step) {
  std::vector<const Tap *> used;
  std::vector<Quad> quads;
  for (const Tap &tap : phase.taps) {
    if (std::find(used.begin(), used.end(), &tap) != used.end()) continue;
    Quad quad{tap.down, tap.right, {}};
    for (int64_t i = 0; i < 2; i++)
      for (int64_t j = 0; j < 2; j++) {
        quad.taps[i][j] = tapAt(phase, tap.down + i * step, tap.right + j * step);
        if (!quad.taps[i][j]) return {};
        used.push_back(quad.taps[i][j]);
      }
    quads.push_back(quad);
  }
  return quads;
}

CT_BFLOAT16_INLINE void subtract(__m512i first, __m512i second, __m512 &low, __m512 &high) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000));
  low = _mm512_sub_ps(
      _mm512_castsi512_ps(_mm512_slli_epi32(first, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(second, 16)));
  high = _mm512_sub_ps(
      _mm512_castsi512_ps(_mm512_and_si512(first, upper)), _mm512_castsi512_ps(_mm512_and_si512(second, upper)));
}

/// Pairs again, from their even and their odd members.
CT_BFLOAT16_INLINE void storePairs(bfloat16 *to, __m512 even, __m512 odd) {
  _mm512_storeu_si512(to, interleave(even, odd));
}

}  // namespace

Plan planOf(const Pass &pass) {
  Plan plan{&pass, {}, {0, 0, 0, 0, pass.input.channels}};
  Differences &d = plan.differences;
  int64_t endRow = 0, endColumn = 0;
  for (const Phase &phase : pass.phases) {
    PhasePlan part{&phase, quadsOf(phase, pass.inputStep), (pass.height(phase) + 1) / 2, (pass.width(phase) + 1) / 2};
    for (const Quad &quad : part.quads) {
      d.top = std::min(d.top, quad.top), d.left = std::min(d.left, quad.left);
      endRow = std::max(endRow, quad.top + (2 * part.rows - 1) * pass.inputStep + 1);
      endColumn = std::max(endColumn, quad.left + (2 * part.columns - 1) * pass.inputStep + 1);
    }
    plan.phases.push_back(std::move(part));
  }
  d.height = endRow - d.top, d.width = endColumn - d.left;
  return plan;
}

CT_BFLOAT16 void writeDifferences(
    const Plan &plan, const bfloat16 *image, int64_t row, const bfloat16 *zeros, bfloat16 *to) {
  const Differences &d = plan.differences;
  const Images &input = plan.pass->input;
  const int64_t step = plan.pass->inputStep, channels = d.channels;
  auto pixel = [&](int64_t y, int64_t x) {
    const bool isInside = y >= 0 && y < input.height && x >= 0 && x < input.width;
    return isInside ? image + (y * input.width + x) * channels : zeros;
  };
  for (int64_t column = 0; column < d.width; column++, to += d.perPixel()) {
    const int64_t y = row + d.top, x = column + d.left;
    const bfloat16 *here = pixel(y, x), *beside = pixel(y, x + step);
    const bfloat16 *below = pixel(y + step, x), *across = pixel(y + step, x + step);
    for (int64_t c = 0; c < channels; c += 2 * lanes) {
      const __m512i a = _mm512_loadu_si512(here + c), b = _mm512_loadu_si512(beside + c);
      const __m512i e = _mm512_loadu_si512(below + c), f = _mm512_loadu_si512(across + c);
      __m512 even, odd, evenDown, oddDown, evenBelow, oddBelow;
      _mm512_storeu_si512(to + plain * channels + c, a);
      subtract(a, b, even, odd);
      storePairs(to + right * channels + c, even, odd);
      subtract(a, e, evenDown, oddDown);
      storePairs(to + down * channels + c, evenDown, oddDown);
      subtract(e, f, evenBelow, oddBelow);
      storePairs(to + both * channels + c, _mm512_sub_ps(even, evenBelow), _mm512_sub_ps(odd, oddBelow));
    }
  }
}

std::vector<WeightSum> sumsOf(const Pass &pass, const Quad &quad, const Block &block, const float *weights) {
  std::vector<WeightSum> sums;
  for (int product = 0; product < products; product++) {
    // The first row, both, the second row; columns alike.
    const int row = product / 3, column = product % 3;
    WeightSum sum;
    for (int i = row / 2; i <= (row + 1) / 2; i++)
      for (int j = column / 2; j <= (column + 1) / 2; j++)
        sum.taps[sum.count++] = pass.weightsAt(*quad.taps[i][j], block, weights);
    sums.push_back(sum);
  }
  return sums;
}

bool prefersWinograd(const Pass &pass, int64_t directProducts) {
  if (pass.input.channels % (2 * lanes) != 0) return false;
  if (pass.weightsPerOutput != 1 && pass.weightsPerInput != 1) return false;
  const Plan plan = planOf(pass);
  int64_t tiles = 0, fewest = 0;
  for (const PhasePlan &part : plan.phases) {
    if (part.quads.empty()) return false;
    tiles += part.rows * part.columns;
    fewest += part.rows * part.columns * products * static_cast<int64_t>(part.quads.size());
  }
  // In instructions: a multiplication takes a pair of channels for a register of outputs, and what goes before and
  // after about fifty for 32 channels of a pixel and for sixteen of a tile.
  const int64_t pairs = pass.input.channels / 2, registers = (pass.output.channels + lanes - 1) / lanes;
  const int64_t around = 50 * (plan.differences.height * plan.differences.width * pairs / lanes + tiles * registers);
  return fewest * pairs * registers + around < directProducts * pairs * registers;
}

}  // namespace ctorch::kernels
#endif
