#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "pass/codes.h"
#include "pass/lane_sums.h"

namespace afterimage {
namespace {

// Multiples of the root mean square of a row that are tried as its scale. For normally distributed elements, the best
// ones are 0.335 with 4 bits and 0.031 with 8. Short rows seldom have an element beyond three times the root mean
// square: smaller scales are better then.
constexpr float kScalesOf4Bits[] = {0.30f, 0.335f, 0.37f};
constexpr float kScalesOf8Bits[] = {0.021f, 0.025f, 0.030f};

struct Rounded {
  float scale;
  float residual;
};

// Rounds a row to codes, one for each element.
Rounded round_row(const float* row, int64_t dim, int64_t bits, uint8_t* codes, uint8_t* tried) {
  const float greatest = static_cast<float>(greatest_code(bits));
  const float middle = greatest / 2;
  const double square = sum_of<double>(dim, [&](int64_t i) { return static_cast<double>(row[i]) * row[i]; });
  const float spread = static_cast<float>(sqrt(square / static_cast<double>(dim)));
  float best_share = -1;
  memset(codes, (greatest_code(bits) + 1) / 2, dim);
  for (const float multiple : bits == 4 ? kScalesOf4Bits : kScalesOf8Bits) {
    const float inverse = 1 / (multiple * spread);
    if (!(inverse < 1e30f)) break;  // a row of zeros
    for (int64_t i = 0; i < dim; i++) {
      const float level = std::min(greatest, std::max(0.0f, row[i] * inverse + (middle + 0.5f)));
      tried[i] = static_cast<uint8_t>(static_cast<int32_t>(level));
    }
    const auto value = [&](int64_t i) { return static_cast<float>(tried[i]) - middle; };
    const float product = sum_of<float>(dim, [&](int64_t i) { return row[i] * value(i); });
    const float squares = sum_of<float>(dim, [&](int64_t i) { return value(i) * value(i); });
    const float share = product * product / squares;  // |a|^2 with the best scale for these codes
    if (share > best_share) {
      best_share = share;
      memcpy(codes, tried, dim);
    }
  }
  // The scale that makes the rest orthogonal, more exactly than above.
  const auto value = [&](int64_t i) { return codes[i] - static_cast<double>(middle); };
  const double product = sum_of<double>(dim, [&](int64_t i) { return row[i] * value(i); });
  const double squares = sum_of<double>(dim, [&](int64_t i) { return value(i) * value(i); });
  const float scale = best_share < 0 ? 0 : static_cast<float>(product / squares);
  const double rest = sum_of<double>(dim, [&](int64_t i) {
    const double difference = row[i] - scale * value(i);
    return difference * difference;
  });
  return {.scale = scale, .residual = rounded_up(sqrt(rest))};
}

void pack(const uint8_t* codes, int64_t dim, int64_t bits, uint8_t* row) {
  memset(row, 0, code_row_bytes(dim, bits));
  if (bits == 8) {
    memcpy(row, codes, dim);
    return;
  }
  constexpr int64_t kHalf = kUnitElements / 2;
  for (int64_t i = 0; i < dim; i++) {
    const int64_t place = i % kUnitElements;
    row[i / kUnitElements * kHalf + place % kHalf] |= static_cast<uint8_t>(codes[i] << (place / kHalf * 4));
  }
}

}  // namespace

void CodeRows::store(const afterimage_screen& screen, const float* rows, int64_t first, int64_t count) {
  const int64_t dim = screen.dim;
  const int64_t row_bytes = code_row_bytes(dim, screen.bits);
  rotation_.prepare();
  for (int64_t row = 0; row < count; row++) {
    rotation_.rotate(rows + row * dim, rotated_);
    const Rounded rounded = round_row(rotated_, dim, screen.bits, codes_, tried_);
    pack(codes_, dim, screen.bits, screen.rows + (first + row) * row_bytes);
    screen.scales[first + row] = rounded.scale;
    screen.residuals[first + row] = rounded.residual;
  }
}

}  // namespace afterimage
