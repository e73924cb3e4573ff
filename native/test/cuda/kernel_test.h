// Problems of the kernels for GPUs, and their answers in double.
#ifndef AFTERIMAGE_KERNEL_TEST_H
#define AFTERIMAGE_KERNEL_TEST_H

#include <stdint.h>

#include <string>
#include <vector>

#include "harness.h"
#include "kernels.h"

namespace test {

// Draws `count` unit vectors.
std::vector<float> unit_rows(int count, int dim);
// Draws labels with runs of about `length`, some of them negative if `removed`.
std::vector<int32_t> labels(int count, int classes, int length, bool removed);

// The reference in double: sums[t][b][c] of scores[b][k].
std::vector<double> reference_sums(const std::vector<double>& scores, const std::vector<int32_t>& labels,
                                   const std::vector<float>& references, const std::vector<float>& thetas, int classes);
// Fails if p, the sums of a row divided by their total, is off by more than `tolerance`; both must be finite.
void check_probabilities(const std::vector<double>& sums, const std::vector<double>& expected, int classes,
                         double tolerance, const char* what);

float from_ordered(int32_t value);

// Rows (count, dim) rounded to a 16-bit type, `pitch` elements apart and padded with zeros.
std::vector<uint16_t> padded(const std::vector<float>& rows, int count, int dim, int rows_padded, int pitch,
                             bool bfloat16);
float widened(uint16_t bits, bool bfloat16);

}  // namespace test

#endif
