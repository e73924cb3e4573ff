// The arguments of each kernel: one struct by value, 8-byte members first, so that Java can write it member by member.
// A tile is a range of keys whose scores are in device memory at a time.
//
// Symbols and sums are those of afterimage.h. Pointers are device addresses. Rows on the device are padded with zeros
// to a multiple of 64 bytes: `pitch` elements from one row to the next.
#ifndef AFTERIMAGE_CUDA_ARGUMENTS_H
#define AFTERIMAGE_CUDA_ARGUMENTS_H

#include <stdint.h>

// Scores of a tile of keys as a matrix product computes them: (batch, stride), one row per query.
struct Scores {
  const void* values;         // float, or int32 if there are key_scales
  const float* key_scales;    // (count), or NULL
  const float* query_scales;  // (batch), or NULL
  int64_t stride;
};

// The keys of a tile by class: run r is order[run_starts[r]] to order[run_starts[r + 1] - 1], and all of its labels are
// run_labels[r], a column of the sums. No two runs have the same label. Rows in no run are skipped.
struct Runs {
  const int32_t* order;       // rows of the tile, or NULL if place i is row i
  const int32_t* run_starts;  // (runs + 1)
  const int32_t* run_labels;  // (runs)
};

// sums[t][b][run_labels[r]] += sum over the keys of r of exp(thetas[t] (s - references[b])); updates the
// maxima.
struct ClassSumsArguments {
  Scores scores;
  Runs runs;
  const float* references;  // (batch)
  const float* thetas;      // (thetas)
  double* sums;             // (thetas, batch, classes)
  int32_t* maxima;          // (batch), see ordered() in device.h
  int32_t run_count;
  int32_t batch;
  int32_t classes;
  int32_t theta_count;
  int32_t lanes;  // per run: a power of two, 4 to 32
};

// weights[b][k] = exp(theta (s - references[b])) coefficients[b][labels[k]], or 0 if labels[k] is negative.
struct GradientWeightsArguments {
  Scores scores;
  float* weights;             // (batch, scores.stride); may be scores.values
  const int32_t* labels;      // (count)
  const float* references;    // (batch)
  const float* coefficients;  // (batch, classes)
  int32_t count;
  int32_t classes;
  float theta;
};

// Merges a tile of keys, with rows from first_row on, into the k best of each query: scores descending, equal scores by
// ascending row. Later calls have greater rows. Keys with a negative label are skipped.
struct NearestArguments {
  Scores scores;
  const int32_t* labels;  // (count)
  int64_t first_row;
  float* best_scores;   // (batch, k); unused places hold -infinity
  int64_t* best_rows;   // (batch, k)
  float* other_scores;  // (batch, k), scratch
  int64_t* other_rows;  // (batch, k), scratch
  int32_t count;
  int32_t k;
};

// Converts float rows (count, dim) to rows (rows, pitch) of another type, with zeros after dim and from row `count` on.
struct RoundRowsArguments {
  const float* source;  // (count, dim)
  void* target;         // (rows, pitch)
  float* scales;        // (rows) for int8: row = scale * q, scale = max |row| / 127; else NULL
  int64_t pitch;
  int32_t count;
  int32_t dim;
  int32_t type;  // as in afterimage.h
};

// The inverse: converts rows (count, pitch) to float rows (count, float_pitch).
struct WidenRowsArguments {
  const void* source;   // (count, pitch)
  const float* scales;  // (count) for int8, else NULL
  float* target;        // (count, float_pitch)
  int64_t pitch;
  int64_t float_pitch;
  int32_t dim;
  int32_t type;
};

// Multiplies keys and queries (rows of a 16-bit type with the same pitch), exponentiates the scores and sums them by
// class without storing a score. The sum that 64 rows add to one class goes to a slot: slot_starts[i] is the slot of
// the first class of rows 64 i to 64 i + 63, and each further class of these rows has the next slot. A run of removed
// rows has no slot.
struct FusedClassSumsArguments {
  const void* keys;            // (count, pitch)
  const void* queries;         // (query_blocks * 128, pitch)
  const int32_t* labels;       // (count), negative if the key is removed
  const int32_t* slot_starts;  // (ceil(count / 64))
  const float* references;     // (query_blocks * 128)
  const float* thetas;         // (thetas)
  float* slots;                // (thetas, slots, query_blocks * 128)
  int32_t* maxima;             // (query_blocks * 128), see ordered() in device.h
  int64_t pitch;
  int64_t slot_count;
  int32_t count;
  int32_t query_blocks;
  int32_t theta_count;
};

// sums[t][b][c] += the slots of class c in a fixed order: slots_by_class[class_starts[c]] to
// slots_by_class[class_starts[c + 1] - 1].
struct SlotSumsArguments {
  const float* slots;             // (thetas, slots, stride)
  const int32_t* slots_by_class;  // (slots)
  const int32_t* class_starts;    // (classes + 1)
  double* sums;                   // (thetas, batch, classes)
  int64_t slot_count;
  int64_t stride;
  int32_t batch;
  int32_t classes;
};

// Computes rows first_row, first_row + 1, ... of a Gaussian projection (rows, columns) of reduce.Philox, one row per
// block row of the grid, with zeros after `columns`. They equal those of the processor except for the last bit of a
// float, because functions of the device round the double differently.
struct GaussianRowsArguments {
  float* target;  // (rows, pitch)
  int64_t seed;
  int64_t pitch;  // a multiple of 4
  int32_t first_row;
  int32_t columns;
};

// cuda.Kernel states the same sizes.
static_assert(sizeof(ClassSumsArguments) == 112, "");
static_assert(sizeof(GradientWeightsArguments) == 80, "");
static_assert(sizeof(NearestArguments) == 88, "");
static_assert(sizeof(RoundRowsArguments) == 48, "");
static_assert(sizeof(WidenRowsArguments) == 48, "");
static_assert(sizeof(FusedClassSumsArguments) == 96, "");
static_assert(sizeof(SlotSumsArguments) == 56, "");
static_assert(sizeof(GaussianRowsArguments) == 32, "");

#endif
