// Outputs and input gradients of convolutions: `coarsen` and `refine`.
#if defined(__x86_64__)
#include <algorithm>

#include "convolution.hpp"
#include "tiles.hpp"

namespace ctorch::kernels {

bool multipliesBFloat16() {
  static const bool found =
      __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return found;
}

namespace {

/// One position of the kernel: where its weights stand, and where the pixel beneath lies from the output's own.
struct Tap {
  int64_t row, column;
  int64_t down, right;
};

/// Outputs that use the same taps: all of a convolution, every `step`-th row and column of its transpose.
struct Phase {
  int64_t top, left;
  std::vector<Tap> taps;
};

/// Some output channels whose weights are packed together.
struct Block {
  int64_t first;
  int64_t count;
  int registers;
};

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
};

std::vector<Block> blocks(int64_t channels) {
  std::vector<Block> blocks;
  for (int64_t first = 0; first < channels;) {
    const int64_t left = channels - first;
    const int registers = left > 2 * lanes ? 4 : left > lanes ? 2 : 1;
    blocks.push_back({first, std::min<int64_t>(left, registers * lanes), registers});
    first += registers * lanes;
  }
  return blocks;
}

/// Weights of the channels `c` and `c + 1` (zero where `hasSecond` is false) for up to sixteen outputs, as pairs.
CT_BFLOAT16 __m512i weightPairs(
    const float *first, const float *second, bool hasSecond, int64_t outputStride, int64_t outputs) {
  const __mmask16 mask = firstLanes(outputs);
  const __mmask16 secondMask = hasSecond ? mask : 0;
  if (outputStride == 1)
    return interleave(_mm512_maskz_loadu_ps(mask, first), _mm512_maskz_loadu_ps(secondMask, second));
  const __m512i index = _mm512_mullo_epi32(
      _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
      _mm512_set1_epi32(static_cast<int>(outputStride)));
  const __m512 zero = _mm512_setzero_ps();
  return interleave(
      _mm512_mask_i32gather_ps(zero, mask, index, first, 4),
      _mm512_mask_i32gather_ps(zero, secondMask, index, second, 4));
}

/// Turns sixteen rows of sixteen pairs into sixteen columns.
CT_BFLOAT16_INLINE void transpose(__m512i (&rows)[lanes]) {
  __m512i pairs[lanes];
#pragma GCC unroll 8
  for (int i = 0; i < lanes; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < lanes; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  // Quarter q of rows[4g + c] now holds column 4q + c of the rows 4g..<4g + 4.
#pragma GCC unroll 4
  for (int c = 0; c < 4; c++) {
    const __m512i low = _mm512_shuffle_i32x4(rows[c], rows[4 + c], 0x88);
    const __m512i high = _mm512_shuffle_i32x4(rows[c], rows[4 + c], 0xdd);
    const __m512i nextLow = _mm512_shuffle_i32x4(rows[8 + c], rows[12 + c], 0x88);
    const __m512i nextHigh = _mm512_shuffle_i32x4(rows[8 + c], rows[12 + c], 0xdd);
    pairs[c] = _mm512_shuffle_i32x4(low, nextLow, 0x88);
    pairs[8 + c] = _mm512_shuffle_i32x4(low, nextLow, 0xdd);
    pairs[4 + c] = _mm512_shuffle_i32x4(high, nextHigh, 0x88);
    pairs[12 + c] = _mm512_shuffle_i32x4(high, nextHigh, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < lanes; i++) rows[i] = pairs[i];
}

/// Packs where a tap's input channels lie side by side, 32 of them at a time.
CT_BFLOAT16 void packContiguous(
    const Pass &pass, const Phase &phase, const Block &block, const float *weights, bfloat16 *packed) {
  for (const Tap &tap : phase.taps) {
    const float *place = weights + block.first * pass.weightsPerOutput + tap.row * pass.weightsPerRow
        + tap.column * pass.weightsPerColumn;
    for (int64_t c = 0; c < pass.input.channels; c += 2 * lanes, packed += lanes * block.registers * 2 * lanes)
      for (int j = 0; j < block.registers; j++) {
        __m512i rows[lanes];
#pragma GCC unroll 16
        for (int i = 0; i < lanes; i++) {
          const float *row = place + (j * lanes + i) * pass.weightsPerOutput + c;
          rows[i] = j * lanes + i < block.count
              ? (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(row + lanes), _mm512_loadu_ps(row))
              : _mm512_setzero_si512();
        }
        transpose(rows);
#pragma GCC unroll 16
        for (int i = 0; i < lanes; i++)
          _mm512_storeu_si512(packed + (i * block.registers + j) * 2 * lanes, rows[i]);
      }
  }
}

/// `[pairs][registers · 16][2]` for one block of output channels.
CT_BFLOAT16 void pack(
    const Pass &pass, const Phase &phase, const Block &block, const float *weights, bfloat16 *packed) {
  const int64_t taps = phase.taps.size(), channels = pass.input.channels;
  if (pass.weightsPerInput == 1 && channels % (2 * lanes) == 0)
    return packContiguous(pass, phase, block, weights, packed);
  auto place = [&](int64_t index) {
    const Tap &tap = phase.taps[index / channels];
    return weights + block.first * pass.weightsPerOutput + tap.row * pass.weightsPerRow
        + tap.column * pass.weightsPerColumn + index % channels * pass.weightsPerInput;
  };
  const int64_t products = taps * channels;
  for (int64_t index = 0; index < products; index += 2) {
    const bool hasSecond = index + 1 < products;
    const float *first = place(index), *second = hasSecond ? place(index + 1) : first;
    for (int j = 0; j < block.registers; j++, packed += 2 * lanes) {
      const int64_t skipped = j * lanes * pass.weightsPerOutput;
      _mm512_storeu_si512(
          packed, weightPairs(
              first + skipped, second + skipped, hasSecond, pass.weightsPerOutput, block.count - j * lanes));
    }
  }
}

/// What one thread needs beside the tensors.
struct Scratch {
  std::vector<bfloat16> zeros;
  std::vector<bfloat16> copied;
  std::vector<const bfloat16 *> rows;
};

template <int64_t Channels>
void copyChannels(const bfloat16 *const *from, int64_t step, int64_t taps, bfloat16 *to) {
  for (int64_t t = 0; t < taps; t++, from += step)
    for (int64_t c = 0; c < Channels; c++) *to++ = (*from)[c];
}

template <int Rows, int Registers>
CT_BFLOAT16_INLINE void finish(
    __m512 (&sums)[Rows][Registers], bfloat16 *const *outputs, int64_t rows, const Block &block,
    const Epilogue &epilogue) {
  const __m512 slope = _mm512_set1_ps(epilogue.slope);
#pragma GCC unroll 4
  for (int j = 0; j < Registers; j++) {
    const int64_t count = block.count - j * lanes;
    const __m512 bias = epilogue.bias
        ? _mm512_maskz_loadu_ps(firstLanes(count), epilogue.bias + block.first + j * lanes) : _mm512_setzero_ps();
#pragma GCC unroll 24
    for (int i = 0; i < Rows; i++) {
      if (i >= rows) break;
      const __m512 sum = _mm512_add_ps(sums[i][j], bias);
      store(outputs[i] + j * lanes, _mm512_max_ps(sum, _mm512_mul_ps(sum, slope)), count);
    }
  }
}

/// The output pixels `begin..<end` of a phase, counted over images, rows and columns of its grid.
template <int Registers>
CT_BFLOAT16 void run(
    const Pass &pass, const Phase &phase, const Block &block, const bfloat16 *packed, const bfloat16 *input,
    bfloat16 *output, const Epilogue &epilogue, int64_t begin, int64_t end, Scratch &scratch) {
  constexpr int Rows = rowsForColumns(Registers);
  const int64_t height = (pass.output.height - phase.top + pass.outputStep - 1) / pass.outputStep;
  const int64_t width = (pass.output.width - phase.left + pass.outputStep - 1) / pass.outputStep;
  const int64_t taps = phase.taps.size(), channels = pass.input.channels, pairs = pass.pairs(phase);
  const bool copies = pass.copiesChannels();
  scratch.rows.resize(taps * Rows);
  scratch.zeros.resize(channels + 2);
  if (copies) scratch.copied.assign(Rows * pairs * 2, 0);

  int64_t column = begin % width, row = begin / width % height, image = begin / (width * height);
  for (int64_t pixel = begin; pixel < end; pixel += Rows) {
    const int64_t count = std::min<int64_t>(Rows, end - pixel);
    bfloat16 *outputs[Rows];
    for (int64_t i = 0; i < Rows; i++) {
      if (i >= count) {
        for (int64_t t = 0; t < taps; t++) scratch.rows[t * Rows + i] = scratch.zeros.data();
        continue;
      }
      outputs[i] = output
          + ((image * pass.output.height + row * pass.outputStep + phase.top) * pass.output.width
             + column * pass.outputStep + phase.left) * pass.output.channels + block.first;
      const bfloat16 *origin = input + image * pass.input.height * pass.input.width * channels;
      for (int64_t t = 0; t < taps; t++) {
        const int64_t y = row * pass.inputStep + phase.taps[t].down, x = column * pass.inputStep + phase.taps[t].right;
        const bool isInside = y >= 0 && y < pass.input.height && x >= 0 && x < pass.input.width;
        scratch.rows[t * Rows + i] =
            isInside ? origin + (y * pass.input.width + x) * channels : scratch.zeros.data();
      }
      if (++column == width) {
        column = 0;
        if (++row == height) row = 0, image++;
      }
    }

    __m512 sums[Rows][Registers];
#pragma GCC unroll 24
    for (int i = 0; i < Rows; i++)
#pragma GCC unroll 4
      for (int j = 0; j < Registers; j++) sums[i][j] = _mm512_setzero_ps();
    if (copies) {
      const bfloat16 *rows[Rows];
      for (int64_t i = 0; i < Rows; i++) {
        bfloat16 *to = scratch.copied.data() + i * pairs * 2;
        rows[i] = to;
        const bfloat16 *const *from = scratch.rows.data() + i;
        switch (channels) {
          case 1: copyChannels<1>(from, Rows, taps, to); break;
          case 3: copyChannels<3>(from, Rows, taps, to); break;
          default:
            for (int64_t t = 0; t < taps; t++) to = std::copy(from[t * Rows], from[t * Rows] + channels, to);
        }
      }
      multiplyRows(sums, rows, packed, pairs);
    } else {
      for (int64_t t = 0; t < taps; t++)
        multiplyRows(
            sums, scratch.rows.data() + t * Rows, packed + t * (channels / 2) * Registers * 2 * lanes, channels / 2);
    }
    finish(sums, outputs, count, block, epilogue);
  }
}

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
    blocks = kernels::blocks(columns);
  }

  static bool suits(const Pass &pass) {
    size_t taps = 0;
    for (const Phase &phase : pass.phases) taps += phase.taps.size();
    return pass.output.channels < 4 && taps * pass.output.channels <= 64 && !pass.copiesChannels();
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
  CT_BFLOAT16 void multiply(
      const Block &block, const bfloat16 *weights, const bfloat16 *image, float *products) const {
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
            const int64_t row = y * pass.inputStep + phase.taps[t].down, across = x * pass.inputStep + phase.taps[t].right;
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

CT_BFLOAT16 void run(
    const Pass &pass, const float *weights, const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue,
    const Workspace &workspace, const ParallelFor &parallel) {
  if (TapProducts::suits(pass)) {
    TapProducts products(pass);
    products.pack(weights);
    return products.run(input, output, epilogue, parallel);
  }
  const auto blocks = kernels::blocks(pass.output.channels);
  struct Task {
    const Phase *phase;
    const Block *block;
    bfloat16 *packed;
  };
  std::vector<Task> tasks;
  for (const Phase &phase : pass.phases)
    for (const Block &block : blocks) {
      const size_t bytes = pass.pairs(phase) * block.registers * lanes * 2 * sizeof(bfloat16);
      tasks.push_back({&phase, &block, static_cast<bfloat16 *>(workspace(bytes))});
    }
  parallel(tasks.size(), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) pack(pass, *tasks[i].phase, *tasks[i].block, weights, tasks[i].packed);
  });
  parallel(pass.output.count, [&](int64_t firstImage, int64_t endImage) {
    Scratch scratch;
    for (const Task &task : tasks) {
      const int64_t height = (pass.output.height - task.phase->top + pass.outputStep - 1) / pass.outputStep;
      const int64_t width = (pass.output.width - task.phase->left + pass.outputStep - 1) / pass.outputStep;
      const int64_t begin = firstImage * height * width, end = endImage * height * width;
      const auto body = task.block->registers == 4 ? run<4> : task.block->registers == 2 ? run<2> : run<1>;
      body(pass, *task.phase, *task.block, task.packed, input, output, epilogue, begin, end, scratch);
    }
  });
}

}  // namespace

void coarsen(
    const Kernel &kernel, const Images &fine, const bfloat16 *fineData, const Images &coarse, bfloat16 *coarseData,
    const Epilogue &epilogue, const Workspace &workspace, const ParallelFor &parallel) {
  Pass pass{fine, coarse, kernel.stride, 1, {{0, 0, {}}}, kernel.size * kernel.size * kernel.inner, 1,
            kernel.size * kernel.inner, kernel.inner};
  for (int64_t row = 0; row < kernel.size; row++)
    for (int64_t column = 0; column < kernel.size; column++)
      pass.phases[0].taps.push_back({row, column, row - kernel.paddingTop, column - kernel.paddingLeft});
  run(pass, kernel.weights, fineData, coarseData, epilogue, workspace, parallel);
}

void refine(
    const Kernel &kernel, const Images &coarse, const bfloat16 *coarseData, const Images &fine, bfloat16 *fineData,
    const Epilogue &epilogue, const Workspace &workspace, const ParallelFor &parallel) {
  Pass pass{coarse, fine, 1, kernel.stride, {}, 1, kernel.size * kernel.size * kernel.inner,
            kernel.size * kernel.inner, kernel.inner};
  // The fine pixel y lies under the tap `row` of the coarse pixel (y + padding − row) / stride, where that is whole.
  for (int64_t top = 0; top < std::min(kernel.stride, fine.height); top++)
    for (int64_t left = 0; left < std::min(kernel.stride, fine.width); left++) {
      Phase phase{top, left, {}};
      for (int64_t row = 0; row < kernel.size; row++)
        for (int64_t column = 0; column < kernel.size; column++) {
          const int64_t down = top + kernel.paddingTop - row, right = left + kernel.paddingLeft - column;
          if (down % kernel.stride == 0 && right % kernel.stride == 0)
            phase.taps.push_back({row, column, down / kernel.stride, right / kernel.stride});
        }
      pass.phases.push_back(phase);
    }
  run(pass, kernel.weights, coarseData, fineData, epilogue, workspace, parallel);
}

}  // namespace ctorch::kernels
#endif
