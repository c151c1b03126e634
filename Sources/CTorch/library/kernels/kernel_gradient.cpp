// The gradient of a convolution's parameters.
#if defined(__x86_64__)
#include <algorithm>

#include "convolution.hpp"
#include "tiles.hpp"

namespace ctorch::kernels {

namespace {

// Products are summed over pixels, two at a time, so both images are first rearranged into pairs of neighbouring
// pixels: `[tile][pair][channels of a tile][2]`.
constexpr int rowsOfTile = 12;
constexpr int registersOfTile = 2;
constexpr int columnsOfTile = registersOfTile * lanes;
/// Pairs of pixels whose panels stay in the second-level cache.
constexpr int64_t pairsAtOnce = 512;
/// Bytes of panels that are prepared together: within the third-level cache.
constexpr int64_t panelBytes = 6 << 20;

/// Pairs up to `Width` channels of two pixels (null stands for zeros).
template <int Width>
CT_BFLOAT16_INLINE void storePair(bfloat16 *to, const bfloat16 *first, const bfloat16 *second, int64_t channels) {
  static_assert(Width <= lanes);
  const __mmask16 mask = firstLanes(std::min<int64_t>(channels, Width));
  const __m256i a = first ? _mm256_maskz_loadu_epi16(mask, first) : _mm256_setzero_si256();
  const __m256i b = second ? _mm256_maskz_loadu_epi16(mask, second) : _mm256_setzero_si256();
  _mm512_mask_storeu_epi32(to, firstLanes(Width), interleave(a, b));
}

int64_t tilesFor(int64_t channels, int64_t width) { return (channels + width - 1) / width; }

/// One row of pixels as pairs into the panels of all its channels.
///
/// Pixel `i` of the row stands at `first + i · step` and exists while that is inside `0..<width`; a panel of one tile
/// holds `panelPairs` pairs.
template <int Width>
CT_BFLOAT16 void pairRow(
    const bfloat16 *row, int64_t width, int64_t channels, int64_t first, int64_t step, int64_t count, bfloat16 *to,
    int64_t panelPairs) {
  const int64_t wholes = Width == rowsOfTile ? 1 : 2;  // stores per pair and tile
  const int64_t tileWidth = Width * wholes;
  for (int64_t pair = 0; 2 * pair < count; pair++) {
    const int64_t x = first + 2 * pair * step, next = x + step;
    const bfloat16 *a = x >= 0 && x < width ? row + x * channels : nullptr;
    const bfloat16 *b = 2 * pair + 1 < count && next >= 0 && next < width ? row + next * channels : nullptr;
    for (int64_t tile = 0, c = 0; c < channels; tile++)
      for (int64_t part = 0; part < wholes; part++, c += Width) {
        bfloat16 *place = to + (tile * panelPairs + pair) * tileWidth * 2 + part * Width * 2;
        storePair<Width>(place, a ? a + std::min(c, channels) : a, b ? b + std::min(c, channels) : b, channels - c);
      }
  }
}

/// Adds to a tile `[12][32]` of the gradient, rows `rowStride` apart, the products of `pairs` pairs of each run.
struct Runs {
  /// Offsets in pairs of each run's beginning in the two panels.
  const int64_t *rowOffsets;
  const int64_t *columnOffsets;
  int64_t count;
  int64_t pairs;
};

CT_BFLOAT16 void addProducts(
    const bfloat16 *rowPanel, const bfloat16 *columnPanel, const Runs &runs, float *gradient, int64_t rowStride,
    int64_t rowCount, int64_t columnCount, bool begins) {
  __m512 sums[rowsOfTile][registersOfTile];
  const __mmask16 masks[registersOfTile] = {firstLanes(columnCount), firstLanes(columnCount - lanes)};
#pragma GCC unroll 12
  for (int i = 0; i < rowsOfTile; i++)
#pragma GCC unroll 2
    for (int j = 0; j < registersOfTile; j++)
      sums[i][j] = begins || i >= rowCount ? _mm512_setzero_ps()
                                           : _mm512_maskz_loadu_ps(masks[j], gradient + i * rowStride + j * lanes);
  for (int64_t run = 0; run < runs.count; run++) {
    const bfloat16 *rows = rowPanel + runs.rowOffsets[run] * rowsOfTile * 2;
    const bfloat16 *columns = columnPanel + runs.columnOffsets[run] * columnsOfTile * 2;
    for (int64_t pair = 0; pair < runs.pairs; pair++, rows += rowsOfTile * 2, columns += columnsOfTile * 2) {
      const __m512i left = _mm512_loadu_si512(columns), right = _mm512_loadu_si512(columns + 2 * lanes);
#pragma GCC unroll 12
      for (int i = 0; i < rowsOfTile; i++) {
        const __m512i row = broadcastPair(rows + 2 * i);
        sums[i][0] = multiplyPairs(sums[i][0], row, left);
        sums[i][1] = multiplyPairs(sums[i][1], row, right);
      }
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < rowsOfTile; i++) {
    if (i >= rowCount) break;
#pragma GCC unroll 2
    for (int j = 0; j < registersOfTile; j++)
      _mm512_mask_storeu_ps(gradient + i * rowStride + j * lanes, masks[j], sums[i][j]);
  }
}

/// The sum over pixels of (rows' channel) · (columns' channel at a tap), for every tap.
struct Product {
  /// Rows of the result; their pixels are visited one after another.
  Images rows;
  /// Columns of the result; the pixel beneath the tap is visited.
  Images columns;
  int64_t size, stride, paddingTop, paddingLeft;
  /// Of the result `[rows][size][size][columns]`.
  int64_t rowStride() const { return size * size * columns.channels; }
};

/// Some of the images, rearranged.
struct Panels {
  int64_t firstImage, images;
  bfloat16 *rows, *columns;
  /// Pairs of one tile.
  int64_t rowPairs, columnPairs;
  int64_t linePairs;
  /// Elements of the columns' panels for one tap column.
  int64_t columnsPerTap;
};

void fill(
    const Product &product, const bfloat16 *rowData, const bfloat16 *columnData, const Panels &panels,
    const ParallelFor &parallel) {
  const Images &rows = product.rows, &columns = product.columns;
  rowData += panels.firstImage * rows.height * rows.width * rows.channels;
  columnData += panels.firstImage * columns.height * columns.width * columns.channels;
  parallel(panels.images * rows.height, [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; line++)
      pairRow<rowsOfTile>(
          rowData + line * rows.width * rows.channels, rows.width, rows.channels, 0, 1, rows.width,
          panels.rows + line * panels.linePairs * rowsOfTile * 2, panels.rowPairs);
    // The same share of the columns' lines: one loop for both is one wait less for the threads.
    const int64_t lines = panels.images * rows.height, columnLines = panels.images * columns.height;
    for (int64_t line = columnLines * begin / lines; line < columnLines * end / lines; line++)
      for (int64_t tap = 0; tap < product.size; tap++)
        pairRow<lanes>(
            columnData + line * columns.width * columns.channels, columns.width, columns.channels,
            tap - product.paddingLeft, product.stride, rows.width,
            panels.columns + tap * panels.columnsPerTap + line * panels.linePairs * columnsOfTile * 2,
            panels.columnPairs);
  });
}

/// The lines of some images that meet under one row of taps.
struct Lines {
  std::vector<int64_t> rowOffsets, columnOffsets;

  void find(const Product &product, const Panels &panels, int64_t tapRow, int64_t image, int64_t endImage) {
    rowOffsets.clear(), columnOffsets.clear();
    for (int64_t n = image; n < endImage; n++)
      for (int64_t y = 0; y < product.rows.height; y++) {
        const int64_t beneath = y * product.stride + tapRow - product.paddingTop;
        if (beneath < 0 || beneath >= product.columns.height) continue;
        rowOffsets.push_back((n * product.rows.height + y) * panels.linePairs);
        columnOffsets.push_back((n * product.columns.height + beneath) * panels.linePairs);
      }
  }
};

/// Each task owns some rows of the result under one tap and one tile of columns.
void addPanels(const Product &product, const Panels &panels, float *result, const ParallelFor &parallel) {
  const Images &rows = product.rows, &columns = product.columns;
  const int64_t rowTiles = tilesFor(rows.channels, rowsOfTile), columnTiles = tilesFor(columns.channels, columnsOfTile);
  const int64_t parts = std::min<int64_t>(rowTiles, 2);
  const int64_t imagesAtOnce = std::max<int64_t>(1, pairsAtOnce / (panels.linePairs * rows.height));
  parallel(product.size * product.size * columnTiles * parts, [&](int64_t begin, int64_t end) {
    Lines lines;
    for (int64_t image = 0; image < panels.images; image += imagesAtOnce) {
      int64_t prepared = -1;
      for (int64_t task = begin; task < end; task++) {
        const int64_t tap = task / (columnTiles * parts), tile = task / parts % columnTiles, part = task % parts;
        const int64_t tapRow = tap / product.size, tapColumn = tap % product.size;
        if (tapRow != prepared)
          lines.find(product, panels, tapRow, image, std::min(panels.images, image + imagesAtOnce));
        prepared = tapRow;
        const Runs runs{
            lines.rowOffsets.data(), lines.columnOffsets.data(), static_cast<int64_t>(lines.rowOffsets.size()),
            panels.linePairs};
        const bfloat16 *columnPanel =
            panels.columns + tapColumn * panels.columnsPerTap + tile * panels.columnPairs * columnsOfTile * 2;
        for (int64_t r = rowTiles * part / parts; r < rowTiles * (part + 1) / parts; r++)
          addProducts(
              panels.rows + r * panels.rowPairs * rowsOfTile * 2, columnPanel, runs,
              result + r * rowsOfTile * product.rowStride() + tap * columns.channels + tile * columnsOfTile,
              product.rowStride(), rows.channels - r * rowsOfTile, columns.channels - tile * columnsOfTile,
              panels.firstImage == 0 && image == 0);
      }
    }
  });
}

void multiply(
    const Product &product, const bfloat16 *rowData, const bfloat16 *columnData, float *result,
    const Workspace &workspace, const ParallelFor &parallel) {
  const Images &rows = product.rows, &columns = product.columns;
  const int64_t linePairs = (rows.width + 1) / 2;
  const int64_t rowTiles = tilesFor(rows.channels, rowsOfTile), columnTiles = tilesFor(columns.channels, columnsOfTile);
  const int64_t rowSize = rowTiles * rows.height * linePairs * rowsOfTile * 2;
  const int64_t columnSize = product.size * columnTiles * columns.height * linePairs * columnsOfTile * 2;
  const int64_t bytesOfImage = (rowSize + columnSize) * static_cast<int64_t>(sizeof(bfloat16));
  const int64_t images = std::clamp<int64_t>(panelBytes / bytesOfImage, 1, rows.count);
  Panels panels{
      0,
      images,
      static_cast<bfloat16 *>(workspace(images * rowSize * sizeof(bfloat16))),
      static_cast<bfloat16 *>(workspace(images * columnSize * sizeof(bfloat16))),
      0,
      0,
      linePairs,
      0};
  for (; panels.firstImage < rows.count; panels.firstImage += images) {
    panels.images = std::min(images, rows.count - panels.firstImage);
    panels.rowPairs = panels.images * rows.height * linePairs;
    panels.columnPairs = panels.images * columns.height * linePairs;
    panels.columnsPerTap = columnTiles * panels.columnPairs * columnsOfTile * 2;
    fill(product, rowData, columnData, panels, parallel);
    addPanels(product, panels, result, parallel);
  }
}

/// The pixels beneath all taps side by side, `[positions][size · size · channels]`: for few channels.
void unfold(
    const Kernel &kernel, const Images &fine, const bfloat16 *fineData, const Images &coarse, bfloat16 *unfolded,
    const ParallelFor &parallel) {
  const int64_t channels = fine.channels;
  parallel(coarse.count * coarse.height, [&](int64_t begin, int64_t end) {
    bfloat16 *to = unfolded + begin * coarse.width * kernel.size * kernel.size * channels;
    for (int64_t line = begin; line < end; line++) {
      const int64_t image = line / coarse.height, y = line % coarse.height;
      for (int64_t x = 0; x < coarse.width; x++)
        for (int64_t row = 0; row < kernel.size; row++, to += kernel.size * channels) {
          const int64_t beneath = y * kernel.stride + row - kernel.paddingTop;
          if (beneath < 0 || beneath >= fine.height) {
            std::fill(to, to + kernel.size * channels, 0);
            continue;
          }
          // The taps of one row that lie on the image are copied together.
          const int64_t across = x * kernel.stride - kernel.paddingLeft;
          const int64_t begin = std::clamp<int64_t>(-across, 0, kernel.size);
          const int64_t end = std::clamp<int64_t>(fine.width - across, begin, kernel.size);
          const bfloat16 *from = fineData + ((image * fine.height + beneath) * fine.width + across) * channels;
          std::fill(to, to + begin * channels, 0);
          std::copy(from + begin * channels, from + end * channels, to + begin * channels);
          std::fill(to + end * channels, to + kernel.size * channels, 0);
        }
    }
  });
}

}  // namespace

void kernelGradient(
    const Kernel &kernel, const Images &fine, const bfloat16 *fineData, const Images &coarse,
    const bfloat16 *coarseData, float *gradient, const Workspace &workspace, const ParallelFor &parallel) {
  const int64_t taps = kernel.size * kernel.size;
  if (fine.channels < 8) {
    const Images unfolded{coarse.count, 1, coarse.height * coarse.width, taps * fine.channels};
    auto *data = static_cast<bfloat16 *>(workspace(unfolded.pixels() * unfolded.channels * sizeof(bfloat16)));
    unfold(kernel, fine, fineData, coarse, data, parallel);
    const Images flat{coarse.count, 1, coarse.height * coarse.width, coarse.channels};
    multiply({flat, unfolded, 1, 1, 0, 0}, coarseData, data, gradient, workspace, parallel);
  } else if (coarse.channels < 8 && kernel.stride == 1) {
    // Seen from the fine side the taps lie the other way round; the result is turned back.
    const Kernel turned{
        nullptr,
        fine.channels,
        coarse.channels,
        kernel.size,
        1,
        kernel.size - 1 - kernel.paddingTop,
        kernel.size - 1 - kernel.paddingLeft};
    const Images unfolded{fine.count, 1, fine.height * fine.width, taps * coarse.channels};
    auto *data = static_cast<bfloat16 *>(workspace(unfolded.pixels() * unfolded.channels * sizeof(bfloat16)));
    auto *transposed = static_cast<float *>(workspace(fine.channels * taps * coarse.channels * sizeof(float)));
    unfold(turned, coarse, coarseData, fine, data, parallel);
    const Images flat{fine.count, 1, fine.height * fine.width, fine.channels};
    multiply({flat, unfolded, 1, 1, 0, 0}, fineData, data, transposed, workspace, parallel);
    for (int64_t outer = 0; outer < coarse.channels; outer++)
      for (int64_t tap = 0; tap < taps; tap++)
        for (int64_t inner = 0; inner < fine.channels; inner++)
          gradient[(outer * taps + tap) * fine.channels + inner] =
              transposed[(inner * taps + taps - 1 - tap) * coarse.channels + outer];
  } else {
    multiply(
        {coarse, fine, kernel.size, kernel.stride, kernel.paddingTop, kernel.paddingLeft}, coarseData, fineData,
        gradient, workspace, parallel);
  }
}

}  // namespace ctorch::kernels
#endif
