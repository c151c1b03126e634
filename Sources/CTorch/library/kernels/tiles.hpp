// The innermost loops: tiles of a matrix product held in registers, products of bfloat16 pairs summed in float32.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#define CT_BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define CT_BFLOAT16_INLINE CT_BFLOAT16 __attribute__((always_inline)) static inline

namespace ctorch::kernels {

using bfloat16 = uint16_t;

/// Lanes of one register of float32.
constexpr int lanes = 16;

/// Rows of a tile with so many registers of columns: with their weights they fill the 32 registers.
constexpr int rowsForColumns(int registers) { return registers == 4 ? 6 : registers == 2 ? 12 : 24; }

CT_BFLOAT16_INLINE __m512 multiplyPairs(__m512 sum, __m512i pairs, __m512i weights) {
  return _mm512_dpbf16_ps(sum, (__m512bh)pairs, (__m512bh)weights);
}

CT_BFLOAT16_INLINE __m512i broadcastPair(const bfloat16 *pair) {
  int32_t bits;
  std::memcpy(&bits, pair, sizeof bits);
  return _mm512_set1_epi32(bits);
}

/// Adds to every row i the product of `pairs` pairs at `rows[i]` with the packed weights `[pairs][Registers · 16][2]`.
template <int Rows, int Registers>
CT_BFLOAT16_INLINE void multiplyRows(
    __m512 (&sums)[Rows][Registers], const bfloat16 *const *rows, const bfloat16 *weights, int64_t pairs) {
  for (int64_t pair = 0; pair < pairs; pair++) {
    __m512i columns[Registers];
#pragma GCC unroll 4
    for (int j = 0; j < Registers; j++) columns[j] = _mm512_loadu_si512(weights + (pair * Registers + j) * 2 * lanes);
#pragma GCC unroll 24
    for (int i = 0; i < Rows; i++) {
      const __m512i row = broadcastPair(rows[i] + 2 * pair);
#pragma GCC unroll 4
      for (int j = 0; j < Registers; j++) sums[i][j] = multiplyPairs(sums[i][j], row, columns[j]);
    }
  }
}

/// Sixteen sums rounded to bfloat16 and stored, the first `count` of them.
CT_BFLOAT16_INLINE void store(bfloat16 *to, __m512 sums, int64_t count) {
  const __m256i rounded = (__m256i)_mm512_cvtneps_pbh(sums);
  if (count >= lanes) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), rounded);
  } else if (count > 0) {
    _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << count) - 1), rounded);
  }
}

CT_BFLOAT16_INLINE __mmask16 firstLanes(int64_t count) {
  return count >= lanes ? static_cast<__mmask16>(0xffff) : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}

/// Sixteen pairs (a[i], b[i]) from two registers of float32, rounded.
CT_BFLOAT16_INLINE __m512i interleave(__m512 first, __m512 second) {
  const __m512i a = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
  const __m512i b = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
  return _mm512_or_si512(a, _mm512_slli_epi32(b, 16));
}

/// Sixteen pairs (a[i], b[i]) from two runs of bfloat16.
CT_BFLOAT16_INLINE __m512i interleave(__m256i first, __m256i second) {
  return _mm512_or_si512(_mm512_cvtepu16_epi32(first), _mm512_slli_epi32(_mm512_cvtepu16_epi32(second), 16));
}

}  // namespace ctorch::kernels
