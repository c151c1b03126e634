// Convolutions to few channels, such as the three colours of an image.
#if defined(__x86_64__)
#include "pass.hpp"

namespace ctorch::kernels {

namespace {

/// Few output channels would leave most of a register empty. So every input pixel is multiplied with the weights of all
/// taps, and each output pixel then sums what its taps found: `[input pixels][taps · outputs]` for one image at a time.
struct TapProducts {
  const Pass &pass;
  int64_t outputs = pass.output.channels;
  int64_t columns = 0;
  std::vector<Block> blocks;
  std::vector<bfloat16> packed;

  explicit TapProducts(const Pass &pass) : pass(pass) {
    for (const Phase &phase : pass.phases) columns += static_cast<int64_t>(phase.taps.size()) * outputs;
    blocks = blocksOf(columns);
  }

  /// Floats from one pixel's products to the next's.
  int64_t stride() const { return (columns + lanes - 1) / lanes * lanes; }

  void pack(const float *weights) {
    const int64_t channels = pass.input.channels;
    std::vector<float> plain(channels * 4 * lanes, 0.f);
    for (int64_t column = 0; const Phase &phase : pass.phases)
      for (const Tap &tap : phase.taps)
        for (int64_t output = 0; output < outputs; output++, column++)
          for (int64_t c = 0; c < channels; c++)
            plain[c * 4 * lanes + column] = weights
                [output * pass.weightsPerOutput + c * pass.weightsPerInput + tap.row * pass.weightsPerRow
                 + tap.column * pass.weightsPerColumn];
    interleaveRows(plain);
  }

  CT_BFLOAT16 void interleaveRows(const std::vector<float> &plain) {
    for (const Block &block : blocks)
      for (int64_t c = 0; c < pass.input.channels; c += 2)
        for (int j = 0; j < block.registers; j++) {
          const float *first = plain.data() + c * 4 * lanes + block.first + j * lanes;
          packed.resize(packed.size() + 2 * lanes);
          _mm512_storeu_si512(
              packed.data() + packed.size() - 2 * lanes,
              interleave(_mm512_loadu_ps(first), _mm512_loadu_ps(first + 4 * lanes)));
        }
  }

  template <int Registers>
  CT_BFLOAT16 void multiply(const Block &block, const bfloat16 *weights, const bfloat16 *image, float *products) const {
    constexpr int Rows = rowsForColumns(Registers);
    const int64_t pixels = pass.input.height * pass.input.width, channels = pass.input.channels;
    for (int64_t pixel = 0; pixel < pixels; pixel += Rows) {
      const bfloat16 *rows[Rows];
      for (int64_t i = 0; i < Rows; i++) rows[i] = image + std::min(pixel + i, pixels - 1) * channels;
      __m512 sums[Rows][Registers];
#pragma GCC unroll 24
      for (int i = 0; i < Rows; i++)
#pragma GCC unroll 4
        for (int j = 0; j < Registers; j++) sums[i][j] = _mm512_setzero_ps();
      multiplyRows(sums, rows, weights, channels / 2);
#pragma GCC unroll 24
      for (int i = 0; i < Rows; i++) {
        if (pixel + i >= pixels) break;
#pragma GCC unroll 4
        for (int j = 0; j < Registers; j++)
          _mm512_storeu_ps(products + (pixel + i) * stride() + block.first + j * lanes, sums[i][j]);
      }
    }
  }

  CT_BFLOAT16 void sum(const float *products, const Epilogue &epilogue, bfloat16 *image) const {
    const __mmask8 mask = static_cast<__mmask8>((1u << outputs) - 1);
    const __m128 bias = epilogue.bias ? _mm_maskz_loadu_ps(mask, epilogue.bias) : _mm_setzero_ps();
    const __m128 slope = _mm_set1_ps(epilogue.slope);
    for (int64_t column = 0; const Phase &phase : pass.phases) {
      for (int64_t y = 0; y * pass.outputStep + phase.top < pass.output.height; y++)
        for (int64_t x = 0; x * pass.outputStep + phase.left < pass.output.width; x++) {
          __m128 total = bias;
          for (size_t t = 0; t < phase.taps.size(); t++) {
            const int64_t row = y * pass.inputStep + phase.taps[t].down,
                          across = x * pass.inputStep + phase.taps[t].right;
            if (row < 0 || row >= pass.input.height || across < 0 || across >= pass.input.width) continue;
            const float *found = products + (row * pass.input.width + across) * stride() + column + t * outputs;
            total = _mm_add_ps(total, _mm_maskz_loadu_ps(mask, found));
          }
          total = _mm_max_ps(total, _mm_mul_ps(total, slope));
          bfloat16 *to = image
              + ((y * pass.outputStep + phase.top) * pass.output.width + x * pass.outputStep + phase.left) * outputs;
          _mm_mask_storeu_epi16(to, mask, (__m128i)_mm_cvtneps_pbh(total));
        }
      column += static_cast<int64_t>(phase.taps.size()) * outputs;
    }
  }

  void run(const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue, const ParallelFor &parallel) const {
    const int64_t inputSize = pass.input.height * pass.input.width * pass.input.channels;
    const int64_t outputSize = pass.output.height * pass.output.width * outputs;
    parallel(pass.input.count, [&](int64_t begin, int64_t end) {
      std::vector<float> products(pass.input.height * pass.input.width * stride() + 4 * lanes);
      for (int64_t n = begin; n < end; n++) {
        const bfloat16 *weights = packed.data();
        for (const Block &block : blocks) {
          const bfloat16 *image = input + n * inputSize;
          switch (block.registers) {
            case 4: multiply<4>(block, weights, image, products.data()); break;
            case 2: multiply<2>(block, weights, image, products.data()); break;
            default: multiply<1>(block, weights, image, products.data());
          }
          weights += pass.input.channels * block.registers * lanes;
        }
        sum(products.data(), epilogue, output + n * outputSize);
      }
    });
  }
};

}  // namespace

bool hasFewOutputs(const Pass &pass) {
  size_t taps = 0;
  for (const Phase &phase : pass.phases) taps += phase.taps.size();
  return pass.output.channels < 4 && taps * pass.output.channels <= 4 * lanes && !pass.copiesChannels();
}

void multiplyTaps(
    const Pass &pass, const float *weights, const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue,
    const ParallelFor &parallel) {
  TapProducts products(pass);
  products.pack(weights);
  products.run(input, output, epilogue, parallel);
}

}  // namespace ctorch::kernels
#endif
