// Weights as the tiles read them: pairs of input channels, sixteen output channels side by side.
#if defined(__x86_64__)
#include "pass.hpp"

namespace ctorch::kernels {

namespace {

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

}  // namespace

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

}  // namespace ctorch::kernels
#endif
