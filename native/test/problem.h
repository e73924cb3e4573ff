// Keys, labels and queries of one shape and type, and the expected answers in double.
#ifndef AFTERIMAGE_TEST_PROBLEM_H
#define AFTERIMAGE_TEST_PROBLEM_H

#include <afterimage.h>

#include <memory>

#include "harness.h"

namespace test {

// Properties of the tier in use.
bool int8_queries();      // int8 keys are multiplied with queries rounded to int8
bool int16_queries();     // int8 keys are multiplied with queries rounded to at most 16 bits
bool bfloat16_queries();  // bfloat16 keys are multiplied with queries rounded to bfloat16

constexpr int32_t kTypes[AFTERIMAGE_TYPES] = {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16, AFTERIMAGE_INT8};
const char* type_name(int32_t type);
int64_t element_bytes(int32_t type);

// Float32 keys without removals. Arguments that an operation does not read may be null.
afterimage_keys float_keys(const float* rows, const int32_t* labels, int64_t count, int64_t dim);

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
  // Draws non-negative activations of unit norm around a centre for each class, similar to those of a network.
  explicit Problem(const Shape& shape);

  afterimage_keys keys() const;
  afterimage_queries queries() const;
  bool is_there(int64_t key) const;
  std::string description() const;

  // s[b][k] in double, of the stored keys and the queries, which are rounded as the tier in use rounds them if
  // rounded_queries.
  std::vector<double> scores(bool rounded_queries) const;
  // Stores the keys in `loaded` and loads them again, rounded.
  void store_loaded();
  // Sets the reference of each query to its maximum.
  void use_own_maxima();

  Shape shape;
  Guarded<char> stored;
  Guarded<float> scales;
  Guarded<int32_t> labels;
  Guarded<float> query_rows;
  Guarded<float> references;
  std::vector<int64_t> removals;  // empty if there are none
  int64_t version = 0;
  std::vector<float> loaded;  // the stored keys in float32
};

// sums[t][b][c] in double.
std::vector<double> reference_sums(const Problem& problem, const std::vector<double>& scores,
                                   const std::vector<float>& thetas);

// sums of each (theta, query) scaled to 1.
std::vector<double> normalized(const double* sums, int64_t rows, int64_t classes);

// The library's answer; sums start at zero, maxima at -infinity.
struct Answer {
  std::vector<double> sums;
  std::vector<float> maxima;
};
Answer class_sums(const Problem& problem, const std::vector<float>& thetas);

// Memory of exactly the requested size, aligned to 64 bytes, filled with NaN.
class WorkspaceMemory {
 public:
  explicit WorkspaceMemory(int64_t bytes);
  void* data() { return aligned_; }

 private:
  Guarded<char> memory_;
  void* aligned_;
};

// Sorts the best keys of each query (batch, k): best first, equal scores by ascending row.
void sort_nearest(int64_t k, std::vector<float>* scores, std::vector<int64_t>* rows);

double largest_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace test

#endif
