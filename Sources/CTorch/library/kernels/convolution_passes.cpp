// Outputs and input gradients of convolutions: `coarsen` and `refine`.
#if defined(__x86_64__)
#include "convolution.hpp"
#include "pass.hpp"

namespace ctorch::kernels {

namespace {

/// Rows `top..<bottom` and columns `left..<right` of a phase's grid, whose pixels have the same taps inside the image.
struct Region {
  int64_t top, bottom, left, right;
  /// Positions in the phase's list.
  std::vector<int64_t> taps;
  int64_t pixels() const { return (bottom - top) * (right - left); }
};

/// Where along one dimension the taps inside the image change.
std::vector<int64_t> changes(
    int64_t length, int64_t step, int64_t inputLength, const std::vector<Tap> &taps, int64_t Tap::*offset) {
  auto isInside = [&](int64_t place, const Tap &tap) {
    const int64_t beneath = place * step + tap.*offset;
    return beneath >= 0 && beneath < inputLength;
  };
  std::vector<int64_t> places{0};
  for (int64_t place = 1; place < length; place++)
    if (std::any_of(
            taps.begin(), taps.end(), [&](const Tap &tap) { return isInside(place, tap) != isInside(place - 1, tap); }))
      places.push_back(place);
  places.push_back(length);
  return places;
}

/// Products with the zeros beyond the border are left out: on a 4×4 image they would be every fourth.
std::vector<Region> regionsOf(const Pass &pass, const Phase &phase) {
  const auto rows = changes(pass.height(phase), pass.inputStep, pass.input.height, phase.taps, &Tap::down);
  const auto columns = changes(pass.width(phase), pass.inputStep, pass.input.width, phase.taps, &Tap::right);
  std::vector<Region> regions;
  for (size_t i = 0; i + 1 < rows.size(); i++)
    for (size_t j = 0; j + 1 < columns.size(); j++) {
      Region region{rows[i], rows[i + 1], columns[j], columns[j + 1], {}};
      for (size_t t = 0; t < phase.taps.size(); t++) {
        const int64_t y = region.top * pass.inputStep + phase.taps[t].down;
        const int64_t x = region.left * pass.inputStep + phase.taps[t].right;
        const bool isInside = y >= 0 && y < pass.input.height && x >= 0 && x < pass.input.width;
        if (isInside) region.taps.push_back(static_cast<int64_t>(t));
      }
      regions.push_back(std::move(region));
    }
  return regions;
}

/// One phase for one block of output channels.
struct Task {
  const Phase *phase;
  const Block *block;
  bfloat16 *packed;
  std::vector<Region> regions;
};

/// What one thread needs beside the tensors.
struct Scratch {
  std::vector<bfloat16> copied;
  std::vector<const bfloat16 *> rows;
};

template <int Rows, int Registers>
CT_BFLOAT16_INLINE void finish(
    __m512 (&sums)[Rows][Registers], bfloat16 *const *outputs, int64_t rows, const Block &block,
    const Epilogue &epilogue) {
  const __m512 slope = _mm512_set1_ps(epilogue.slope);
#pragma GCC unroll 4
  for (int j = 0; j < Registers; j++) {
    const int64_t count = block.count - j * lanes;
    const __m512 bias = epilogue.bias
        ? _mm512_maskz_loadu_ps(firstLanes(count), epilogue.bias + block.first + j * lanes)
        : _mm512_setzero_ps();
#pragma GCC unroll 24
    for (int i = 0; i < Rows; i++) {
      if (i >= rows) break;
      const __m512 sum = _mm512_add_ps(sums[i][j], bias);
      store(outputs[i] + j * lanes, _mm512_max_ps(sum, _mm512_mul_ps(sum, slope)), count);
    }
  }
}

/// Channels of neighbouring taps that lie together in the input as they do in the packed weights.
struct Run {
  int64_t from, to, length;
};

std::vector<Run> runsOf(const Pass &pass, const Phase &phase, const Region &region) {
  const int64_t channels = pass.input.channels;
  std::vector<Run> runs;
  for (const int64_t place : region.taps) {
    const Tap &tap = phase.taps[place];
    const Run run{(tap.down * pass.input.width + tap.right) * channels, place * channels, channels};
    const bool continues = !runs.empty() && runs.back().from + runs.back().length == run.from
        && runs.back().to + runs.back().length == run.to;
    if (continues)
      runs.back().length += channels;
    else
      runs.push_back(run);
  }
  return runs;
}

/// Copies the channels under all taps of one pixel side by side; a position without a tap keeps its zeros.
CT_BFLOAT16_INLINE void copyChannels(const bfloat16 *origin, const std::vector<Run> &runs, bfloat16 *to) {
  for (const Run &run : runs) {
    const bfloat16 *from = origin + run.from;
    // Lengths that are known beforehand become single moves.
    switch (run.length) {
      case 1: to[run.to] = *from; break;
      case 2: std::memcpy(to + run.to, from, 2 * sizeof *to); break;
      case 3: std::memcpy(to + run.to, from, 3 * sizeof *to); break;
      case 4: std::memcpy(to + run.to, from, 4 * sizeof *to); break;
      case 6: std::memcpy(to + run.to, from, 6 * sizeof *to); break;
      case 9: std::memcpy(to + run.to, from, 9 * sizeof *to); break;
      case 12: std::memcpy(to + run.to, from, 12 * sizeof *to); break;
      default: std::memcpy(to + run.to, from, run.length * sizeof *to);
    }
  }
}

/// A region's pixels in the images `firstImage..<endImage`, a tile at a time.
template <int Registers>
CT_BFLOAT16 void run(
    const Pass &pass, const Task &task, const Region &region, const bfloat16 *input, bfloat16 *output,
    const Epilogue &epilogue, int64_t firstImage, int64_t endImage, Scratch &scratch) {
  constexpr int Rows = rowsForColumns(Registers);
  const Phase &phase = *task.phase;
  const int64_t channels = pass.input.channels, pairs = pass.pairs(phase);
  const bool copies = pass.copiesChannels();
  const std::vector<Run> runs = runsOf(pass, phase, region);
  if (copies)
    scratch.copied.assign(Rows * pairs * 2, 0);
  else
    scratch.rows.resize(runs.size() * Rows);

  int64_t column = region.left, row = region.top, image = firstImage;
  for (int64_t left = (endImage - firstImage) * region.pixels(); left > 0; left -= Rows) {
    bfloat16 *outputs[Rows];
    const bfloat16 *origin = input;
    for (int64_t i = 0; i < Rows; i++) {
      // Rows beyond the last pixel repeat it and are not stored.
      if (i < left) {
        outputs[i] = output
            + ((image * pass.output.height + row * pass.outputStep + phase.top) * pass.output.width
               + column * pass.outputStep + phase.left)
                * pass.output.channels
            + task.block->first;
        origin = input
            + ((image * pass.input.height + row * pass.inputStep) * pass.input.width + column * pass.inputStep)
                * channels;
        if (++column == region.right) {
          column = region.left;
          if (++row == region.bottom) row = region.top, image++;
        }
      }
      if (copies)
        copyChannels(origin, runs, scratch.copied.data() + i * pairs * 2);
      else
        for (size_t r = 0; r < runs.size(); r++) scratch.rows[r * Rows + i] = origin + runs[r].from;
    }

    __m512 sums[Rows][Registers];
#pragma GCC unroll 24
    for (int i = 0; i < Rows; i++)
#pragma GCC unroll 4
      for (int j = 0; j < Registers; j++) sums[i][j] = _mm512_setzero_ps();
    if (copies) {
      const bfloat16 *rows[Rows];
      for (int64_t i = 0; i < Rows; i++) rows[i] = scratch.copied.data() + i * pairs * 2;
      multiplyRows(sums, rows, task.packed, pairs);
    } else {
      for (size_t r = 0; r < runs.size(); r++)
        multiplyRows(
            sums, scratch.rows.data() + r * Rows, task.packed + runs[r].to * Registers * lanes, runs[r].length / 2);
    }
    finish(sums, outputs, std::min<int64_t>(left, Rows), *task.block, epilogue);
  }
}

void run(
    const Pass &pass, const float *weights, const bfloat16 *input, bfloat16 *output, const Epilogue &epilogue,
    const Workspace &workspace, const ParallelFor &parallel) {
  if (hasFewOutputs(pass)) return multiplyTaps(pass, weights, input, output, epilogue, parallel);
  const auto blocks = blocksOf(pass.output.channels);
  std::vector<Task> tasks;
  int64_t products = 0;
  for (const Phase &phase : pass.phases) {
    const auto regions = regionsOf(pass, phase);
    for (const Region &region : regions) products += region.pixels() * static_cast<int64_t>(region.taps.size());
    for (const Block &block : blocks) tasks.push_back({&phase, &block, nullptr, regions});
  }
  if (prefersWinograd(pass, products))
    return filterByWinograd(pass, weights, input, output, epilogue, workspace, parallel);
  for (Task &task : tasks)
    task.packed = static_cast<bfloat16 *>(
        workspace(pass.pairs(*task.phase) * task.block->registers * lanes * 2 * sizeof(bfloat16)));
  parallel(static_cast<int64_t>(tasks.size()), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      std::vector<WeightSum> sums;
      for (const Tap &tap : tasks[i].phase->taps) sums.push_back({{pass.weightsAt(tap, *tasks[i].block, weights)}, 1});
      pack(pass, sums, *tasks[i].block, tasks[i].packed);
    }
  });
  // The weights of a task stay in the cache while its groups of images pass; groups are equal pieces of work.
  const int64_t images = pass.output.count, groups = std::min(images, std::clamp<int64_t>(images / 28, 8, 64));
  parallel(static_cast<int64_t>(tasks.size()) * groups, [&](int64_t begin, int64_t end) {
    Scratch scratch;
    for (int64_t i = begin; i < end; i++) {
      const Task &task = tasks[i / groups];
      const int64_t first = images * (i % groups) / groups, last = images * (i % groups + 1) / groups;
      const auto body = task.block->registers == 4 ? run<4> : task.block->registers == 2 ? run<2> : run<1>;
      for (const Region &region : task.regions) body(pass, task, region, input, output, epilogue, first, last, scratch);
    }
  });
}

}  // namespace

void coarsen(
    const Kernel &kernel, const Images &fine, const bfloat16 *fineData, const Images &coarse, bfloat16 *coarseData,
    const Epilogue &epilogue, const Workspace &workspace, const ParallelFor &parallel) {
  Pass pass{
      fine,
      coarse,
      kernel.stride,
      1,
      {{0, 0, {}}},
      kernel.size * kernel.size * kernel.inner,
      1,
      kernel.size * kernel.inner,
      kernel.inner};
  for (int64_t row = 0; row < kernel.size; row++)
    for (int64_t column = 0; column < kernel.size; column++)
      pass.phases[0].taps.push_back({row, column, row - kernel.paddingTop, column - kernel.paddingLeft});
  run(pass, kernel.weights, fineData, coarseData, epilogue, workspace, parallel);
}

void refine(
    const Kernel &kernel, const Images &coarse, const bfloat16 *coarseData, const Images &fine, bfloat16 *fineData,
    const Epilogue &epilogue, const Workspace &workspace, const ParallelFor &parallel) {
  Pass pass{
      coarse,      fine, 1, kernel.stride, {}, 1, kernel.size * kernel.size * kernel.inner, kernel.size * kernel.inner,
      kernel.inner};
  // The fine pixel y lies under the tap `row` of the coarse pixel (y + padding − row) / stride, where that is whole.
  for (int64_t top = 0; top < std::min(kernel.stride, fine.height); top++)
    for (int64_t left = 0; left < std::min(kernel.stride, fine.width); left++) {
      Phase phase{top, left, {}};
      // Backwards through the kernel is onwards through the image.
      for (int64_t row = kernel.size - 1; row >= 0; row--)
        for (int64_t column = kernel.size - 1; column >= 0; column--) {
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
