// The products of Winograd's filtering, and the pass as a whole.
#if defined(__x86_64__)
#include "winograd.hpp"

namespace ctorch::kernels {

namespace {

/// Bytes of differences at a time.
constexpr int64_t keptInCache = 8 << 20;

/// Some tiles of one phase for one block of output channels.
struct Task {
  const PhasePlan *part;
  const Block *block;
  /// `[quad][product][pairs][registers · 16][2]`
  const bfloat16 *packed;
  int64_t firstTile, endTile;
};

/// Four outputs from nine products, sixteen channels of them.
CT_BFLOAT16_INLINE void combine(const float *sums, int64_t stride, __m512 (&outputs)[2][2]) {
  __m512 rows[2][3];
#pragma GCC unroll 3
  for (int j = 0; j < 3; j++) {
    const __m512 middle = _mm512_loadu_ps(sums + (3 + j) * stride);
    rows[0][j] = _mm512_add_ps(_mm512_loadu_ps(sums + j * stride), middle);
    rows[1][j] = _mm512_sub_ps(middle, _mm512_loadu_ps(sums + (6 + j) * stride));
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; i++) {
    outputs[i][0] = _mm512_add_ps(rows[i][0], rows[i][1]);
    outputs[i][1] = _mm512_sub_ps(rows[i][1], rows[i][2]);
  }
}

/// Where a tile's differences begin, and where its four outputs stand: null beyond the border.
struct Tile {
  const bfloat16 *origin;
  bfloat16 *outputs[2][2];
};

template <int Rows, int Registers>
CT_BFLOAT16_INLINE void finish(
    const float *sums, const Tile *tiles, int64_t count, const Block &block, const Epilogue &epilogue) {
  const __m512 slope = _mm512_set1_ps(epilogue.slope);
  for (int j = 0; j < Registers; j++) {
    const int64_t channels = block.count - j * lanes;
    const __m512 bias = epilogue.bias
        ? _mm512_maskz_loadu_ps(firstLanes(channels), epilogue.bias + block.first + j * lanes)
        : _mm512_setzero_ps();
    for (int64_t i = 0; i < count; i++) {
      __m512 found[2][2];
      combine(sums + (i * Registers + j) * lanes, Rows * Registers * lanes, found);
#pragma GCC unroll 2
      for (int y = 0; y < 2; y++)
#pragma GCC unroll 2
        for (int x = 0; x < 2; x++) {
          if (!tiles[i].outputs[y][x]) continue;
          const __m512 sum = _mm512_add_ps(found[y][x], bias);
          store(tiles[i].outputs[y][x] + j * lanes, _mm512_max_ps(sum, _mm512_mul_ps(sum, slope)), channels);
        }
    }
  }
}

/// The task's tiles, and so many more that the last group is full: they repeat the last one and are not stored.
std::vector<Tile> tilesOf(
    const Plan &plan, const Task &task, const bfloat16 *differences, bfloat16 *output, int64_t groupSize) {
  const Pass &pass = *plan.pass;
  const PhasePlan &part = *task.part;
  const Differences &d = plan.differences;
  const int64_t height = pass.height(*part.phase), width = pass.width(*part.phase);
  std::vector<Tile> tiles;
  for (int64_t place = task.firstTile; place < task.endTile; place++) {
    const int64_t column = place % part.columns, row = place / part.columns % part.rows;
    const int64_t image = place / (part.columns * part.rows);
    Tile tile{
        differences + image * d.perImage() + (2 * row * d.width + 2 * column) * pass.inputStep * d.perPixel(), {}};
    for (int64_t y = 0; y < 2; y++)
      for (int64_t x = 0; x < 2; x++) {
        if (2 * row + y >= height || 2 * column + x >= width) continue;
        const int64_t outputRow = (2 * row + y) * pass.outputStep + part.phase->top;
        const int64_t outputColumn = (2 * column + x) * pass.outputStep + part.phase->left;
        tile.outputs[y][x] = output + task.block->first
            + ((image * pass.output.height + outputRow) * pass.output.width + outputColumn) * pass.output.channels;
      }
    tiles.push_back(tile);
  }
  while (static_cast<int64_t>(tiles.size()) % groupSize != 0) tiles.push_back(tiles.back());
  return tiles;
}

/// From a tile's origin to what each product of each quad takes: `[product][quad]`.
std::vector<int64_t> offsetsOf(const Plan &plan, const PhasePlan &part) {
  const Differences &d = plan.differences;
  const int64_t step = plan.pass->inputStep;
  std::vector<int64_t> offsets;
  for (int64_t product = 0; product < products; product++)
    for (const Quad &quad : part.quads) {
      const int64_t row = product / 3, column = product % 3;
      const Variant variant = row == 1 ? (column == 1 ? plain : right) : column == 1 ? down : both;
      const int64_t y = quad.top - d.top + (row > 0 ? step : 0), x = quad.left - d.left + (column > 0 ? step : 0);
      offsets.push_back((y * d.width + x) * d.perPixel() + variant * d.channels);
    }
  return offsets;
}

template <int Registers>
CT_BFLOAT16 void run(
    const Plan &plan, const Task &task, const bfloat16 *differences, bfloat16 *output, const Epilogue &epilogue) {
  constexpr int Rows = rowsForColumns(Registers);
  const int64_t channels = plan.differences.channels, quads = task.part->quads.size();
  const int64_t weightsPerProduct = channels * Registers * lanes;
  const std::vector<int64_t> offsets = offsetsOf(plan, *task.part);
  const std::vector<Tile> tiles = tilesOf(plan, task, differences, output, Rows);
  const Tile *end = tiles.data() + tiles.size();
  alignas(64) float sums[products * Rows * Registers * lanes];

  for (const Tile *group = tiles.data(); group < end; group += Rows) {
    for (int64_t product = 0; product < products; product++) {
      __m512 found[Rows][Registers];
#pragma GCC unroll 24
      for (int i = 0; i < Rows; i++)
#pragma GCC unroll 4
        for (int j = 0; j < Registers; j++) found[i][j] = _mm512_setzero_ps();
      for (int64_t q = 0; q < quads; q++) {
        const int64_t place = product * quads + q;
        // Too scattered for the processor to foresee what comes next.
        const bool isLast = place + 1 == products * quads;
        const Tile *next = isLast && group + Rows < end ? group + Rows : group;
        const int64_t nextOffset = offsets[isLast ? 0 : place + 1];
        const bfloat16 *rows[Rows];
        for (int i = 0; i < Rows; i++) {
          rows[i] = group[i].origin + offsets[place];
          for (int64_t c = 0; c < channels; c += 2 * lanes)
            _mm_prefetch(reinterpret_cast<const char *>(next[i].origin + nextOffset + c), _MM_HINT_T0);
        }
        multiplyRows(found, rows, task.packed + (q * products + product) * weightsPerProduct, channels / 2);
      }
#pragma GCC unroll 24
      for (int i = 0; i < Rows; i++)
#pragma GCC unroll 4
        for (int j = 0; j < Registers; j++)
          _mm512_store_ps(sums + ((product * Rows + i) * Registers + j) * lanes, found[i][j]);
    }
    const int64_t count = std::min<int64_t>(Rows, task.endTile - task.firstTile - (group - tiles.data()));
    finish<Rows, Registers>(sums, group, count, *task.block, epilogue);
  }
}

}  // namespace

void filterByWinograd(
    const Pass &pass, const float *weights, const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue,
    const Workspace &workspace, const ParallelFor &parallel) {
  const Plan plan = planOf(pass);
  const Differences &d = plan.differences;
  const auto blocks = blocksOf(pass.output.channels);
  // Differences that have left the cache before they are used would be slower than more products.
  const int64_t chunk = std::clamp<int64_t>(keptInCache / (d.perImage() * 2), 1, pass.input.count);
  struct Packing {
    const Quad *quad;
    const Block *block;
    bfloat16 *packed;
  };
  std::vector<Packing> packings;
  std::vector<Task> tasks;
  for (const PhasePlan &part : plan.phases)
    for (const Block &block : blocks) {
      const int64_t perQuad = products * d.channels * block.registers * lanes;
      auto *packed = static_cast<bfloat16 *>(workspace(part.quads.size() * perQuad * sizeof(bfloat16)));
      for (size_t q = 0; q < part.quads.size(); q++)
        packings.push_back({&part.quads[q], &block, packed + static_cast<int64_t>(q) * perQuad});
      const int64_t rows = rowsForColumns(block.registers), tiles = chunk * part.rows * part.columns;
      // The weights of a task stay in the cache while its tiles pass.
      const int64_t size = (tiles + 8 * rows - 1) / (8 * rows) * rows;
      for (int64_t tile = 0; tile < tiles; tile += size)
        tasks.push_back({&part, &block, packed, tile, std::min(tile + size, tiles)});
    }
  parallel(packings.size(), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Packing &packing = packings[i];
      pack(pass, sumsOf(pass, *packing.quad, *packing.block, weights), *packing.block, packing.packed);
    }
  });
  auto *differing = static_cast<bfloat16 *>(workspace(chunk * d.perImage() * sizeof(bfloat16)));
  const std::vector<bfloat16> zeros(d.channels, 0);
  for (int64_t first = 0; first < pass.input.count; first += chunk) {
    const int64_t images = std::min(chunk, pass.input.count - first);
    const bfloat16 *inputs = input + first * pass.input.height * pass.input.width * d.channels;
    bfloat16 *outputs = output + first * pass.output.height * pass.output.width * pass.output.channels;
    parallel(images * d.height, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++)
        writeDifferences(
            plan, inputs + i / d.height * pass.input.height * pass.input.width * d.channels, i % d.height, zeros.data(),
            differing + i * d.width * d.perPixel());
    });
    parallel(static_cast<int64_t>(tasks.size()), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        Task task = tasks[i];
        task.endTile = std::min(task.endTile, images * task.part->rows * task.part->columns);
        if (task.firstTile >= task.endTile) continue;
        const int registers = task.block->registers;
        const auto body = registers == 4 ? run<4> : registers == 2 ? run<2> : run<1>;
        body(plan, task, differing, outputs, epilogue);
      }
    });
  }
}

}  // namespace ctorch::kernels
#endif
