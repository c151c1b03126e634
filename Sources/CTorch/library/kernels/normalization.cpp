// Batch normalisation with LeakyReLU, and LeakyReLU's gradient.
#if defined(__x86_64__)
#include "normalization.hpp"

#include <algorithm>
#include <cmath>

#include "tiles.hpp"

namespace ctorch::kernels {

namespace {

// Sums are taken over a fixed number of parts, so that they do not depend on the number of threads.
constexpr int64_t parts = 16;

int64_t beginOf(int64_t part, int64_t count) { return count * part / parts; }

CT_BFLOAT16_INLINE __m512 load(const bfloat16 *from, __mmask16 mask) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16));
}

CT_BFLOAT16_INLINE void save(bfloat16 *to, __m512 values, __mmask16 mask) {
  _mm256_mask_storeu_epi16(to, mask, (__m256i)_mm512_cvtneps_pbh(values));
}

CT_BFLOAT16_INLINE __m512 leaky(__m512 values, __m512 slope) {
  return _mm512_mask_mul_ps(values, _mm512_cmp_ps_mask(values, _mm512_setzero_ps(), _CMP_LE_OQ), values, slope);
}

/// Column sums of x − origin and its square over some rows.
CT_BFLOAT16 void sumMoments(
    const Rows &rows, const bfloat16 *input, int64_t begin, int64_t end, float *sums, float *squares) {
  std::fill(sums, sums + rows.channels, 0.f);
  std::fill(squares, squares + rows.channels, 0.f);
  // A few rows at a time keep the reads running along memory while the sums stay in the first-level cache.
  constexpr int64_t rowsAtOnce = 8;
  for (int64_t first = begin; first < end; first += rowsAtOnce) {
    const int64_t last = std::min(end, first + rowsAtOnce);
    for (int64_t c = 0; c < rows.channels; c += lanes) {
      const __mmask16 mask = firstLanes(rows.channels - c);
      const __m512 origin = load(input + c, mask);
      __m512 sum = _mm512_maskz_loadu_ps(mask, sums + c), square = _mm512_maskz_loadu_ps(mask, squares + c);
      for (int64_t r = first; r < last; r++) {
        const __m512 x = _mm512_sub_ps(load(input + r * rows.channels + c, mask), origin);
        sum = _mm512_add_ps(sum, x);
        square = _mm512_fmadd_ps(x, x, square);
      }
      _mm512_mask_storeu_ps(sums + c, mask, sum);
      _mm512_mask_storeu_ps(squares + c, mask, square);
    }
  }
}

float widen(bfloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value) << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof wide);
  return wide;
}

CT_BFLOAT16 void scaleRows(
    const Rows &rows, const bfloat16 *input, const float *scale, const float *shift, float slope, bfloat16 *output,
    int64_t begin, int64_t end) {
  const __m512 slopes = _mm512_set1_ps(slope);
  for (int64_t r = begin; r < end; r++)
    for (int64_t c = 0; c < rows.channels; c += lanes) {
      const __mmask16 mask = firstLanes(rows.channels - c);
      const int64_t place = r * rows.channels + c;
      const __m512 x = load(input + place, mask);
      const __m512 y =
          _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(mask, scale + c), _mm512_maskz_loadu_ps(mask, shift + c));
      save(output + place, leaky(y, slopes), mask);
    }
}

/// The gradient before the activation, and x̂, of sixteen channels of a row.
struct Differential {
  __m512 gradient, normalized;
};

CT_BFLOAT16_INLINE Differential
differentiate(const Normalization &n, const bfloat16 *input, const bfloat16 *gradient, int64_t c, __mmask16 mask) {
  const __m512 x = _mm512_mul_ps(
      _mm512_sub_ps(load(input, mask), _mm512_maskz_loadu_ps(mask, n.mean + c)),
      _mm512_maskz_loadu_ps(mask, n.inverseDeviation + c));
  const __m512 y =
      _mm512_fmadd_ps(x, _mm512_maskz_loadu_ps(mask, n.weight + c), _mm512_maskz_loadu_ps(mask, n.bias + c));
  const __m512 above = load(gradient, mask);
  return {
      _mm512_mask_mul_ps(above, _mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_LE_OQ), above, _mm512_set1_ps(n.slope)),
      x};
}

CT_BFLOAT16 void sumGradients(
    const Rows &rows, const bfloat16 *input, const bfloat16 *gradient, const Normalization &n, int64_t begin,
    int64_t end, float *sums, float *products) {
  std::fill(sums, sums + rows.channels, 0.f);
  std::fill(products, products + rows.channels, 0.f);
  constexpr int64_t rowsAtOnce = 8;
  for (int64_t first = begin; first < end; first += rowsAtOnce) {
    const int64_t last = std::min(end, first + rowsAtOnce);
    for (int64_t c = 0; c < rows.channels; c += lanes) {
      const __mmask16 mask = firstLanes(rows.channels - c);
      __m512 sum = _mm512_maskz_loadu_ps(mask, sums + c), product = _mm512_maskz_loadu_ps(mask, products + c);
      for (int64_t r = first; r < last; r++) {
        const int64_t place = r * rows.channels + c;
        const Differential d = differentiate(n, input + place, gradient + place, c, mask);
        sum = _mm512_add_ps(sum, d.gradient);
        product = _mm512_fmadd_ps(d.gradient, d.normalized, product);
      }
      _mm512_mask_storeu_ps(sums + c, mask, sum);
      _mm512_mask_storeu_ps(products + c, mask, product);
    }
  }
}

/// γ/σ · (g − Σg/n − x̂ · Σg·x̂/n).
CT_BFLOAT16 void inputGradients(
    const Rows &rows, const bfloat16 *input, const bfloat16 *gradient, const Normalization &n,
    const float *meanGradient, const float *meanProduct, bfloat16 *result, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r++)
    for (int64_t c = 0; c < rows.channels; c += lanes) {
      const __mmask16 mask = firstLanes(rows.channels - c);
      const int64_t place = r * rows.channels + c;
      const Differential d = differentiate(n, input + place, gradient + place, c, mask);
      const __m512 centred = _mm512_sub_ps(d.gradient, _mm512_maskz_loadu_ps(mask, meanGradient + c));
      const __m512 left = _mm512_fnmadd_ps(d.normalized, _mm512_maskz_loadu_ps(mask, meanProduct + c), centred);
      const __m512 scale =
          _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, n.weight + c), _mm512_maskz_loadu_ps(mask, n.inverseDeviation + c));
      save(result + place, _mm512_mul_ps(left, scale), mask);
    }
}

CT_BFLOAT16 void activationGradients(
    const Rows &rows, const bfloat16 *activated, const bfloat16 *gradient, float slope, bfloat16 *result, float *sums,
    int64_t begin, int64_t end) {
  if (sums) std::fill(sums, sums + rows.channels, 0.f);
  const __m512 slopes = _mm512_set1_ps(slope);
  for (int64_t r = begin; r < end; r++)
    for (int64_t c = 0; c < rows.channels; c += lanes) {
      const __mmask16 mask = firstLanes(rows.channels - c);
      const int64_t place = r * rows.channels + c;
      const __m512 above = load(gradient + place, mask);
      const __mmask16 isBelow = _mm512_cmp_ps_mask(load(activated + place, mask), _mm512_setzero_ps(), _CMP_LE_OQ);
      const __m512 below = _mm512_mask_mul_ps(above, isBelow, above, slopes);
      save(result + place, below, mask);
      if (sums) _mm512_mask_storeu_ps(sums + c, mask, _mm512_add_ps(_mm512_maskz_loadu_ps(mask, sums + c), below));
    }
}

CT_BFLOAT16 void addRows(const Rows &rows, const bfloat16 *input, float *sums, int64_t begin, int64_t end) {
  std::fill(sums, sums + rows.channels, 0.f);
  for (int64_t r = begin; r < end; r++)
    for (int64_t c = 0; c < rows.channels; c += lanes) {
      const __mmask16 mask = firstLanes(rows.channels - c);
      const __m512 x = load(input + r * rows.channels + c, mask);
      _mm512_mask_storeu_ps(sums + c, mask, _mm512_add_ps(_mm512_maskz_loadu_ps(mask, sums + c), x));
    }
}

float *table(const Rows &rows, const Workspace &workspace) {
  return static_cast<float *>(workspace(parts * rows.channels * sizeof(float)));
}

std::pair<float *, float *> twoTables(const Rows &rows, const Workspace &workspace) {
  return {table(rows, workspace), table(rows, workspace)};
}

/// Adds up what the parts found, in their order.
void combine(const float *found, int64_t channels, float *sums) {
  for (int64_t c = 0; c < channels; c++) {
    double sum = 0;
    for (int64_t part = 0; part < parts; part++) sum += found[part * channels + c];
    sums[c] = static_cast<float>(sum);
  }
}

}  // namespace

void moments(
    const Rows &rows, const bfloat16 *input, float *mean, float *variance, const Workspace &workspace,
    const ParallelFor &parallel) {
  const auto tables = twoTables(rows, workspace);
  float *sums = tables.first, *squares = tables.second;
  parallel(parts, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++)
      sumMoments(
          rows, input, beginOf(part, rows.count), beginOf(part + 1, rows.count), &sums[part * rows.channels],
          &squares[part * rows.channels]);
  });
  for (int64_t c = 0; c < rows.channels; c++) {
    double sum = 0, square = 0;
    for (int64_t part = 0; part < parts; part++) {
      sum += sums[part * rows.channels + c];
      square += squares[part * rows.channels + c];
    }
    const double shifted = sum / rows.count;
    mean[c] = static_cast<float>(widen(input[c]) + shifted);
    variance[c] = static_cast<float>(std::max(0.0, square / rows.count - shifted * shifted));
  }
}

void scaleAndActivate(
    const Rows &rows, const bfloat16 *input, const float *scale, const float *shift, float slope, bfloat16 *output,
    const ParallelFor &parallel) {
  parallel(parts, [&](int64_t begin, int64_t end) {
    scaleRows(rows, input, scale, shift, slope, output, beginOf(begin, rows.count), beginOf(end, rows.count));
  });
}

void normalizationGradient(
    const Rows &rows, const bfloat16 *input, const bfloat16 *outputGradient, const Normalization &normalization,
    bfloat16 *inputGradient, float *weightGradient, float *biasGradient, const Workspace &workspace,
    const ParallelFor &parallel) {
  const auto tables = twoTables(rows, workspace);
  float *sums = tables.first, *products = tables.second;
  parallel(parts, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++)
      sumGradients(
          rows, input, outputGradient, normalization, beginOf(part, rows.count), beginOf(part + 1, rows.count),
          &sums[part * rows.channels], &products[part * rows.channels]);
  });
  combine(sums, rows.channels, biasGradient);
  combine(products, rows.channels, weightGradient);
  if (!inputGradient) return;
  std::vector<float> meanGradient(rows.channels), meanProduct(rows.channels);
  for (int64_t c = 0; c < rows.channels; c++) {
    meanGradient[c] = biasGradient[c] / rows.count;
    meanProduct[c] = weightGradient[c] / rows.count;
  }
  parallel(parts, [&](int64_t begin, int64_t end) {
    inputGradients(
        rows, input, outputGradient, normalization, meanGradient.data(), meanProduct.data(), inputGradient,
        beginOf(begin, rows.count), beginOf(end, rows.count));
  });
}

void activationGradient(
    const Rows &rows, const bfloat16 *activated, const bfloat16 *gradient, float slope, bfloat16 *result, float *sums,
    const Workspace &workspace, const ParallelFor &parallel) {
  float *found = sums ? table(rows, workspace) : nullptr;
  parallel(parts, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++)
      activationGradients(
          rows, activated, gradient, slope, result, sums ? &found[part * rows.channels] : nullptr,
          beginOf(part, rows.count), beginOf(part + 1, rows.count));
  });
  if (sums) combine(found, rows.channels, sums);
}

void columnSums(
    const Rows &rows, const bfloat16 *input, float *sums, const Workspace &workspace, const ParallelFor &parallel) {
  float *found = table(rows, workspace);
  parallel(parts, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++)
      addRows(rows, input, &found[part * rows.channels], beginOf(part, rows.count), beginOf(part + 1, rows.count));
  });
  combine(found, rows.channels, sums);
}

}  // namespace ctorch::kernels
#endif
