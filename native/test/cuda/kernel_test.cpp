// Tests of the kernels in native/cuda: kernel_tests [FILTER [SEED]]
#include "kernel_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

namespace test {
std::vector<float> unit_rows(int count, int dim) {
  std::vector<float> rows(static_cast<size_t>(count) * dim);
  for (int row = 0; row < count; row++) {
    double norm = 0;
    for (int i = 0; i < dim; i++) {
      const double value = fabs(normal()) + 0.01;
      rows[row * dim + i] = static_cast<float>(value);
      norm += value * value;
    }
    for (int i = 0; i < dim; i++) rows[row * dim + i] = static_cast<float>(rows[row * dim + i] / sqrt(norm));
  }
  return rows;
}

std::vector<int32_t> labels(int count, int classes, int length, bool removed) {
  std::vector<int32_t> values(count);
  int label = between(0, classes - 1);
  for (int i = 0; i < count; i++) {
    if (between(1, length) == 1) label = between(0, classes - 1);
    values[i] = removed && between(0, 6) == 0 ? -1 : label;
  }
  return values;
}

std::vector<double> reference_sums(const std::vector<double>& scores, const std::vector<int32_t>& labels,
                                   const std::vector<float>& references, const std::vector<float>& thetas,
                                   int classes) {
  const size_t count = labels.size();
  const size_t batch = scores.size() / (count == 0 ? 1 : count);
  std::vector<double> sums(thetas.size() * batch * classes);
  for (size_t t = 0; t < thetas.size(); t++) {
    for (size_t b = 0; b < batch; b++) {
      for (size_t k = 0; k < count; k++) {
        if (labels[k] < 0) continue;
        sums[(t * batch + b) * classes + labels[k]] +=
            exp(thetas[t] * (scores[b * count + k] - references[b]));
      }
    }
  }
  return sums;
}

void check_probabilities(const std::vector<double>& sums, const std::vector<double>& expected, int classes,
                         double tolerance, const char* what) {
  for (size_t row = 0; row < sums.size() / classes; row++) {
    double total = 0;
    double expected_total = 0;
    for (int c = 0; c < classes; c++) {
      total += sums[row * classes + c];
      expected_total += expected[row * classes + c];
    }
    if (expected_total == 0) {
      check(total == 0, "%s: row %zu sums up to %g, not 0", what, row, total);
      continue;
    }
    for (int c = 0; c < classes; c++) {
      const double difference = fabs(sums[row * classes + c] / total - expected[row * classes + c] / expected_total);
      check(difference <= tolerance, "%s: p of row %zu, class %d is off by %g", what, row, c, difference);
    }
    check(fabs(total / expected_total - 1) <= 1e-3, "%s: row %zu sums up to %g, not %g", what, row, total,
          expected_total);
  }
}

float from_ordered(int32_t value) {
  const int32_t bits = value >= 0 ? value : value ^ 0x7fffffff;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

std::vector<uint16_t> padded(const std::vector<float>& rows, int count, int dim, int rows_padded, int pitch,
                             bool bfloat16) {
  std::vector<uint16_t> result(static_cast<size_t>(rows_padded) * pitch);
  for (int row = 0; row < count; row++) {
    for (int i = 0; i < dim; i++) {
      uint32_t bits;
      memcpy(&bits, &rows[row * dim + i], sizeof bits);
      // bfloat16 by rounding, float16 by truncation; the values are positive and not small.
      result[row * pitch + i] = static_cast<uint16_t>(bfloat16             ? (bits + 0x7fff + (bits >> 16 & 1)) >> 16
                                                      : bits < 0x38800000u ? 0
                                                                           : (bits - 0x38000000u) >> 13);
    }
  }
  return result;
}

float widened(uint16_t bits, bool bfloat16) {
  if (bfloat16) {
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
  }
  return static_cast<float>((bits & 0x8000 ? -1 : 1) * ((bits >> 10 & 0x1f) == 0
                                                            ? ldexp(bits & 0x3ff, -24)
                                                            : ldexp((bits & 0x3ff) + 1024, (bits >> 10 & 0x1f) - 25)));
}

}  // namespace test

int main(int argc, char** argv) {
  const std::string filter = argc > 1 ? argv[1] : "";
  const uint64_t seed = argc > 2 ? strtoull(argv[2], nullptr, 10) : 1;
  printf("seed %llu\n", static_cast<unsigned long long>(seed));
  int passed = 0;
  int failed = 0;
  for (const test::Test* test : test::all_tests()) {
    if (test->name.find(filter) == std::string::npos) continue;
    const bool right = test::run(*test, "GPU", seed);
    printf("%s: %s\n", test->name.c_str(), right ? "passed" : "FAILED");
    fflush(stdout);
    (right ? passed : failed)++;
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
