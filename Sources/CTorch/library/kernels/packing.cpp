// Weights as the tiles read them: pairs of input channels, sixteen output channels side by side.
#if defined(__x86_64__)
#include "pass.hpp"

namespace ctorch::kernels {

namespace {

CT_BFLOAT16_INLINE __m512 load(const WeightSum &sum, int64_t offset, __mmask16 mask) {
  __m512 loaded = _mm512_maskz_loadu_ps(mask, sum.taps[0] + offset);
  for (int i = 1; i < sum.count; i++) loaded = _mm512_add_ps(loaded, _mm512_maskz_loadu_ps(mask, sum.taps[i] + offset));
  return loaded;
}

CT_BFLOAT16_INLINE __m512 gather(const WeightSum &sum, int64_t offset, __m512i index, __mmask16 mask) {
  const __m512 zero = _mm512_setzero_ps();
  __m512 gathered = zero;
  for (int i = 0; i < sum.count; i++)
    gathered = _mm512_add_ps(gathered, _mm512_mask_i32gather_ps(zero, mask, index, sum.taps[i] + offset, 4));
  return gathered;
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

/// Packs where the input channels lie side by side, 32 of them at a time.
CT_BFLOAT16 void packInputsTogether(
    const Pass &pass, const std::vector<WeightSum> &sums, const Block &block, bfloat16 *packed) {
  const int64_t channels = pass.input.channels, perSum = channels * block.registers * lanes;
  for (int64_t c = 0; c < channels; c += 2 * lanes, packed += lanes * block.registers * 2 * lanes)
    for (size_t t = 0; t < sums.size(); t++)
      for (int j = 0; j < block.registers; j++) {
        __m512i rows[lanes];
#pragma GCC unroll 16
        for (int i = 0; i < lanes; i++) {
          const int64_t row = (j * lanes + i) * pass.weightsPerOutput + c;
          rows[i] = j * lanes + i < block.count
              ? (__m512i)_mm512_cvtne2ps_pbh(load(sums[t], row + lanes, 0xffff), load(sums[t], row, 0xffff))
              : _mm512_setzero_si512();
        }
        transpose(rows);
        bfloat16 *to = packed + static_cast<int64_t>(t) * perSum;
#pragma GCC unroll 16
        for (int i = 0; i < lanes; i++) _mm512_storeu_si512(to + (i * block.registers + j) * 2 * lanes, rows[i]);
      }
}

/// Packs where the output channels lie side by side and the input channels are even in number.
CT_BFLOAT16 void packOutputsTogether(
    const Pass &pass, const std::vector<WeightSum> &sums, const Block &block, bfloat16 *packed) {
  const int64_t channels = pass.input.channels, perSum = channels * block.registers * lanes;
  for (int64_t c = 0; c < channels; c += 2, packed += block.registers * 2 * lanes)
    for (size_t t = 0; t < sums.size(); t++)
      for (int j = 0; j < block.registers; j++) {
        const __mmask16 mask = firstLanes(block.count - j * lanes);
        const int64_t first = c * pass.weightsPerInput + j * lanes;
        _mm512_storeu_si512(
            packed + static_cast<int64_t>(t) * perSum + j * 2 * lanes,
            interleave(load(sums[t], first, mask), load(sums[t], first + pass.weightsPerInput, mask)));
      }
}

}  // namespace

CT_BFLOAT16 void pack(const Pass &pass, const std::vector<WeightSum> &sums, const Block &block, bfloat16 *packed) {
  const int64_t channels = pass.input.channels, count = static_cast<int64_t>(sums.size()) * channels;
  if (pass.weightsPerInput == 1 && channels % (2 * lanes) == 0) return packInputsTogether(pass, sums, block, packed);
  if (pass.weightsPerOutput == 1 && channels % 2 == 0) return packOutputsTogether(pass, sums, block, packed);
  const __m512i index = _mm512_mullo_epi32(
      _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
      _mm512_set1_epi32(static_cast<int>(pass.weightsPerOutput)));
  for (int64_t place = 0; place < count; place += 2)
    for (int j = 0; j < block.registers; j++, packed += 2 * lanes) {
      const __mmask16 mask = firstLanes(block.count - j * lanes);
      auto weights = [&](int64_t at, __mmask16 chosen) CT_BFLOAT16 {
        const int64_t offset = at % channels * pass.weightsPerInput + j * lanes * pass.weightsPerOutput;
        return gather(sums[at / channels], offset, index, chosen);
      };
      const bool hasSecond = place + 1 < count;
      _mm512_storeu_si512(
          packed, interleave(weights(place, mask), weights(hasSecond ? place + 1 : place, hasSecond ? mask : 0)));
    }
}

}  // namespace ctorch::kernels
#endif
