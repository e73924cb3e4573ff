// Named tests of kernels, checks that count, seeded numbers.
#ifndef AFTERIMAGE_KERNEL_TEST_H
#define AFTERIMAGE_KERNEL_TEST_H

#include <stdint.h>

#include <string>
#include <vector>

#include "kernels.h"

namespace test {

struct Test {
  Test(const char* name, void (*body)());
  std::string name;
  void (*body)();
};

void check(bool holds, const char* format, ...) __attribute__((format(printf, 2, 3)));
void note(const char* format, ...) __attribute__((format(printf, 1, 2)));

uint64_t random_bits();
int between(int a, int b);  // inclusive
double uniform();           // [0, 1)
double normal();

// count unit vectors, float.
std::vector<float> unit_rows(int count, int dim);
// Labels with runs of about `length`, some negative where `removed`.
std::vector<int32_t> labels(int count, int classes, int length, bool removed);

// The double reference: sums[t][b][c] of scores[b][k].
std::vector<double> reference_sums(const std::vector<double>& scores, const std::vector<int32_t>& labels,
                                   const std::vector<float>& references, const std::vector<float>& thetas, int classes);
// Fails where p, the sums of a row divided by their total, is off by more than `tolerance`; both must be finite.
void check_probabilities(const std::vector<double>& sums, const std::vector<double>& expected, int classes,
                         double tolerance, const char* what);

float from_ordered(int32_t value);

// Rows (count, dim) with `pitch` elements from one to the next, rounded to a 16-bit type, zeros behind.
std::vector<uint16_t> padded(const std::vector<float>& rows, int count, int dim, int rows_padded, int pitch,
                             bool bfloat16);
float widened(uint16_t bits, bool bfloat16);

}  // namespace test

#endif
