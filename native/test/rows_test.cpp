// Tests operations on rows: normalization, conversion, sums of squares and the Walsh-Hadamard transform.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"

namespace test {
namespace {

Test norms("rows are scaled to unit norm, whatever their size", [] {
  for (int64_t dim = 1; dim <= 140; dim++) {
    const int64_t count = 3;
    Guarded<float> rows(count * dim);
    for (float scale : {1.0f, 1e-30f, 1e-42f, 1e37f}) {
      for (float& value : rows) value = static_cast<float>(normal() + 3) * scale / 4;
      std::vector<double> expected(rows.begin(), rows.end());
      check(afterimage_normalize(rows.data(), count, dim) == -1, "dim %lld", static_cast<long long>(dim));
      for (int64_t row = 0; row < count; row++) {
        double norm = 0;
        for (int64_t i = 0; i < dim; i++) norm += expected[row * dim + i] * expected[row * dim + i];
        norm = sqrt(norm);
        for (int64_t i = 0; i < dim; i++) {
          const double difference = fabs(rows[row * dim + i] - expected[row * dim + i] / norm);
          check(difference <= 6e-8, "dim %lld scale %g: off by %g", static_cast<long long>(dim), scale, difference);
        }
      }
    }
  }
});

Test squares("sums of squares of stored rows equal those of loaded rows, and are not finite if a value is not", [] {
  for (int32_t type : kTypes) {
    for (int64_t dim : {1, 7, 31, 32, 33, 1023, 1024, 1025, 5000}) {
      const int64_t count = 2;
      std::vector<float> rows(count * dim), loaded(count * dim), scales(count), ones(count, 1);
      for (float& value : rows) value = static_cast<float>(normal());
      std::vector<char> stored(count * dim * 4);
      check(afterimage_store(rows.data(), count, dim, type, stored.data(), scales.data()) == AFTERIMAGE_OK, "store");
      check(afterimage_load(stored.data(), ones.data(), count, dim, type, loaded.data()) == AFTERIMAGE_OK, "load");
      std::vector<double> sums(count);
      check(afterimage_squares(stored.data(), count, dim, type, sums.data()) == AFTERIMAGE_OK, "type %d", type);
      for (int64_t row = 0; row < count; row++) {
        double expected = 0;
        for (int64_t i = 0; i < dim; i++)
          expected += static_cast<double>(loaded[row * dim + i]) * loaded[row * dim + i];
        check(fabs(sums[row] - expected) <= 3e-6 * expected, "type %d dim %lld: %g of %g", type,
              static_cast<long long>(dim), sums[row], expected);
      }
    }
  }
  for (float bad : {NAN, INFINITY, -INFINITY, 1e30f}) {
    std::vector<float> row(40, 0.1f);
    row[35] = bad;
    double sum = 0;
    check(afterimage_squares(row.data(), 1, 40, AFTERIMAGE_FLOAT32, &sum) == AFTERIMAGE_OK, "status");
    check(!isfinite(sum), "%g gives %g", bad, sum);
  }
  check(afterimage_squares(nullptr, 0, 1, 9, nullptr) == AFTERIMAGE_UNSUPPORTED, "type 9 was taken");
});

Test bad_rows("the first row without a norm is reported, and rows before it are scaled", [] {
  for (float bad : {NAN, INFINITY, -INFINITY, 0.0f}) {
    for (int64_t dim : {1, 2, 15, 16, 17, 31, 32, 33, 100}) {
      for (int64_t place : {int64_t{0}, dim / 2, dim - 1}) {
        std::vector<float> rows(4 * dim, 2);
        if (bad == 0) {
          for (int64_t i = 0; i < dim; i++) rows[2 * dim + i] = i % 2 ? 0.0f : -0.0f;
        } else {
          rows[2 * dim + place] = bad;
        }
        check(afterimage_normalize(rows.data(), 4, dim) == 2, "dim %lld, %g at %lld", static_cast<long long>(dim), bad,
              static_cast<long long>(place));
        check(fabs(rows[0] * sqrt(static_cast<double>(dim)) - 1) <= 1e-6 && rows[3 * dim] == 2, "other rows changed");
      }
    }
  }
  float nothing = 0;
  check(afterimage_normalize(&nothing, 0, 1) == -1, "no rows");
});

float loaded_16(int32_t type, uint16_t bits) {
  float value;
  afterimage_load(&bits, nullptr, 1, 1, type, &value);
  return value;
}

Test all_halves("every float16 and bfloat16 survives loading and storing", [] {
  std::vector<uint16_t> all(65536), again(65536);
  for (int64_t i = 0; i < 65536; i++) all[i] = static_cast<uint16_t>(i);
  for (int32_t type : {AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16}) {
    std::vector<float> values(65536);
    afterimage_load(all.data(), nullptr, 256, 256, type, values.data());
    afterimage_store(values.data(), 256, 256, type, again.data(), nullptr);
    for (int64_t i = 0; i < 65536; i++) {
      if (isnan(values[i])) {
        check(isnan(loaded_16(type, again[i])), "%s %llx is no longer NaN", type_name(type), static_cast<long long>(i));
      } else {
        check(again[i] == all[i], "%s %llx became %x", type_name(type), static_cast<long long>(i), again[i]);
      }
    }
  }
  check(loaded_16(AFTERIMAGE_FLOAT16, 0x3c00) == 1 && loaded_16(AFTERIMAGE_FLOAT16, 1) == 0x1p-24f &&
            loaded_16(AFTERIMAGE_FLOAT16, 0xfbff) == -65504 && loaded_16(AFTERIMAGE_BFLOAT16, 0x3f80) == 1,
        "values");
});

Test nearest_even("16-bit types are rounded to the nearest, ties to even", [] {
  for (int32_t type : {AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16}) {
    std::vector<float> values;
    std::vector<uint16_t> expected;
    const uint16_t infinity = type == AFTERIMAGE_FLOAT16 ? 0x7c00 : 0x7f80;
    for (int round = 0; round < 4000; round++) {
      const uint16_t low = static_cast<uint16_t>(between(0, infinity - 2));
      const double a = loaded_16(type, low), b = loaded_16(type, static_cast<uint16_t>(low + 1));
      const float middle = static_cast<float>((a + b) / 2);
      values.insert(values.end(), {middle, -middle, nextafterf(middle, 0), nextafterf(middle, INFINITY)});
      const uint16_t even = low % 2 == 0 ? low : low + 1;
      expected.insert(expected.end(),
                      {even, static_cast<uint16_t>(even | 0x8000), low, static_cast<uint16_t>(low + 1)});
    }
    std::vector<uint16_t> stored(values.size());
    afterimage_store(values.data(), 1, static_cast<int64_t>(values.size()), type, stored.data(), nullptr);
    for (size_t i = 0; i < values.size(); i++) {
      check(stored[i] == expected[i], "%s: %a became %x, not %x", type_name(type), values[i], stored[i], expected[i]);
    }
  }
});

Test int8_rows("int8 rows have their largest value at 127 and errors of half a step", [] {
  for (int64_t dim = 1; dim <= 140; dim++) {
    Guarded<float> rows(3 * dim), loaded(3 * dim), scales(3);
    Guarded<char> stored(3 * dim);
    for (int64_t i = 0; i < 2 * dim; i++) rows[i] = static_cast<float>(normal());
    afterimage_store(rows.data(), 3, dim, AFTERIMAGE_INT8, stored.data(), scales.data());
    afterimage_load(stored.data(), scales.data(), 3, dim, AFTERIMAGE_INT8, loaded.data());
    for (int64_t row = 0; row < 3; row++) {
      int largest = 0;
      for (int64_t i = 0; i < dim; i++) {
        largest = std::max(largest, abs(static_cast<int8_t>(stored[row * dim + i])));
        const double difference = fabs(loaded[row * dim + i] - rows[row * dim + i]);
        check(difference <= scales[row] * 0.50001, "dim %lld: off by %g of a step", static_cast<long long>(dim),
              difference / scales[row]);
      }
      check(largest == (row == 2 ? 0 : 127), "dim %lld row %lld: largest %d", static_cast<long long>(dim),
            static_cast<long long>(row), largest);
    }
    check(scales[2] == 0 && loaded[2 * dim] == 0, "a row of zeros has scale %g", scales[2]);
  }
});

Test ends("conversion reads and writes nothing past the rows", [] {
  for (int64_t dim = 1; dim <= 140; dim++) {
    for (int32_t type : kTypes) {
      Guarded<float> rows(dim), loaded(dim), scales(1);
      Guarded<char> stored(dim * element_bytes(type));
      for (float& value : rows) value = static_cast<float>(uniform());
      afterimage_store(rows.data(), 1, dim, type, stored.data(), scales.data());
      afterimage_load(stored.data(), scales.data(), 1, dim, type, loaded.data());
      for (int64_t i = 0; i < dim; i++) {
        check(fabsf(loaded[i] - rows[i]) <= 0.005f, "%s: %g became %g", type_name(type), rows[i], loaded[i]);
      }
    }
  }
});

Test transforms("the Walsh-Hadamard transform matches its definition for every size", [] {
  for (int64_t padded = 1; padded <= 4096; padded *= 2) {
    for (int64_t dim : {padded / 2 + 1, padded * 3 / 4, padded - 1, padded}) {
      if (dim < 1) continue;
      const int64_t kept = padded < 40 ? padded : 40;
      Guarded<float> rows(2 * dim), signs(dim), transformed(padded), reduced(2 * kept);
      Guarded<int32_t> places(kept);
      for (float& value : rows) value = static_cast<float>(between(-1000, 1000));  // sums are exact
      for (float& sign : signs) sign = between(0, 1) == 0 ? 1.0f : -1.0f;
      for (int64_t j = 0; j < kept; j++) places[j] = static_cast<int32_t>(padded * j / kept);
      afterimage_hadamard(rows.data(), 2, dim, signs.data(), padded, places.data(), kept, 0.5f, transformed.data(),
                          reduced.data());
      for (int64_t at = 0; at < 2 * kept; at++) {
        double expected = 0;
        for (int64_t i = 0; i < dim; i++) {
          const double value = static_cast<double>(rows[at / kept * dim + i]) * signs[i];
          expected += __builtin_popcountll(i & places[at % kept]) % 2 == 0 ? value : -value;
        }
        check(reduced[at] == static_cast<float>(expected / 2), "padded %lld dim %lld: %g instead of %g",
              static_cast<long long>(padded), static_cast<long long>(dim), reduced[at], expected / 2);
      }
    }
  }
});

}  // namespace
}  // namespace test
