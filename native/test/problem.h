// Keys, labels and queries of one shape and type, and what the operator should answer, in double.
#ifndef AFTERIMAGE_TEST_PROBLEM_H
#define AFTERIMAGE_TEST_PROBLEM_H

#include <afterimage.h>

#include <memory>

#include "harness.h"

namespace test {

constexpr int32_t kTypes[] = {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16, AFTERIMAGE_INT8};
const char* type_name(int32_t type);
int64_t element_bytes(int32_t type);

struct Shape {
  int64_t batch;
  int64_t count;
  int64_t dim;
  int64_t classes;
  int32_t type;
  bool sorted = false;
};

class Problem {
 public:
  // Non-negative activations around a centre for each class, as a network gives them; unit norm.
  explicit Problem(const Shape& shape);

  afterimage_keys keys() const;
  afterimage_queries queries() const;
  bool is_there(int64_t key) const;
  std::string description() const;

  // s[b][k] in double, of the keys as stored, with the queries as they are, or as the tier in use rounds them.
  std::vector<double> scores(bool rounded_queries) const;
  // Stores the keys in `loaded`, which are then what was stored.
  void store_loaded();
  // References that are the own maxima of the queries.
  void use_own_maxima();

  Shape shape;
  Guarded<char> stored;
  Guarded<float> scales;
  Guarded<int32_t> labels;
  Guarded<float> query_rows;
  Guarded<float> references;
  std::vector<int64_t> removals;  // none where it is empty
  int64_t version = 0;
  std::vector<float> loaded;  // keys as stored, in float32
};

// sums[t][b][c] in double.
std::vector<double> reference_sums(const Problem& problem, const std::vector<double>& scores,
                                   const std::vector<float>& thetas);

// sums of each (theta, query) scaled to 1.
std::vector<double> normalized(const double* sums, int64_t rows, int64_t classes);

// The library's answer, from zero and -infinity.
struct Answer {
  std::vector<double> sums;
  std::vector<float> maxima;
};
Answer class_sums(const Problem& problem, const std::vector<float>& thetas);

// 64-byte aligned memory of exactly the bytes asked for, filled with a pattern that is NaN as a float or a double.
class WorkspaceMemory {
 public:
  explicit WorkspaceMemory(int64_t bytes);
  void* data() { return aligned_; }

 private:
  Guarded<char> memory_;
  void* aligned_;
};

// Puts the best keys of each query (batch, k) into order: best first, equal scores by ascending row.
void sort_nearest(int64_t k, std::vector<float>* scores, std::vector<int64_t>* rows);

double largest_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace test

#endif
