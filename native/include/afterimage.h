// The interface between Java and the CPU kernels.
//
// Symbols are those of the paper: s = <query, key>, p(c) = sum over keys of class c of exp(theta s) / sum over all
// keys. Every matrix is row-major. No function throws, exits or keeps a pointer after it returns; every function that
// can fail returns a status. Counts are int64_t. Callers pass memory that is valid for the stated shapes; the Java side
// validates values. All functions are re-entrant and single-threaded: callers provide the threads.
#ifndef AFTERIMAGE_H
#define AFTERIMAGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Statuses.
#define AFTERIMAGE_OK 0
#define AFTERIMAGE_NO_MEMORY 1
#define AFTERIMAGE_IO_ERROR 2
#define AFTERIMAGE_CANCELLED 3
#define AFTERIMAGE_UNSUPPORTED 4

// Element types of keys.
#define AFTERIMAGE_FLOAT32 0
#define AFTERIMAGE_FLOAT16 1
#define AFTERIMAGE_BFLOAT16 2
#define AFTERIMAGE_INT8 3
#define AFTERIMAGE_TYPES 4

// ---- memory -------------------------------------------------------------------------------------------------------

// Allocates `bytes` (> 0) zeroed bytes, aligned to 64 bytes. From 2 MiB on they are aligned to 2 MiB, and huge pages
// are requested.
int afterimage_allocate(int64_t bytes, int64_t* address);
void afterimage_release(int64_t address, int64_t bytes);

// Maps a whole file read-only and sets *bytes to its length. An empty file is not mapped: *address is 0. On
// AFTERIMAGE_IO_ERROR *error holds errno.
int afterimage_map(const char* path, int64_t* bytes, int64_t* address, int32_t* error);
void afterimage_unmap(int64_t address, int64_t bytes);

// Reserves room on the disk for bytes of an existing file from an offset on, which read as zeros, and makes the file
// that long. On AFTERIMAGE_IO_ERROR *error holds errno.
int afterimage_reserve(const char* path, int64_t offset, int64_t bytes, int32_t* error);

// ---- instruction sets ---------------------------------------------------------------------------------------------

// The names of the instruction-set tiers compiled in, slowest first: index 0 is "scalar". NULL after the last.
const char* afterimage_tier_name(int32_t tier);
// The best tier that this processor runs.
int32_t afterimage_best_tier(void);
// The tier in use: the best one until afterimage_use_tier is called.
int32_t afterimage_tier(void);
// Uses `tier` from now on, in every thread. Returns AFTERIMAGE_UNSUPPORTED and changes nothing if this processor cannot
// run it.
int afterimage_use_tier(int32_t tier);

// ---- rows ---------------------------------------------------------------------------------------------------------

// Scales each row of rows (count, dim) to unit L2 norm in place; the norm is computed in double. Returns the first row
// that holds a NaN or an infinity or is zero (rows before it are normalized), or -1.
int64_t afterimage_normalize(float* rows, int64_t count, int64_t dim);

// Converts float rows (count, dim) to `type`. Writes `scales` (count) for AFTERIMAGE_INT8 only:
// key = scale * q with q in -127..127 and scale = max |key| / 127.
int afterimage_store(const float* rows, int64_t count, int64_t dim, int32_t type, void* stored, float* scales);
// The inverse: converts stored rows to float rows (count, dim).
int afterimage_load(const void* stored, const float* scales, int64_t count, int64_t dim, int32_t type, float* rows);

// squares (count): the sum of squares of each row of (count, dim) of `type`, as stored and not scaled. The relative
// error is at most 3e-6. Not finite if an element is not finite, or if its square overflows float32.
int afterimage_squares(const void* stored, int64_t count, int64_t dim, int32_t type, double* squares);

// The subsampled Walsh-Hadamard transform H of each row of rows (count, dim); D holds the signs (dim):
//   reduced[r][j] = scale * (H D rows[r])[places[j]]
// Rows are padded with zeros to `padded`, a power of two >= dim. places (kept) are below `padded`; transformed (padded)
// is scratch memory; reduced: (count, kept).
void afterimage_hadamard(const float* rows, int64_t count, int64_t dim, const float* signs, int64_t padded,
                         const int32_t* places, int64_t kept, float scale, float* transformed, float* reduced);

// ---- the operator -------------------------------------------------------------------------------------------------

// Keys of unit norm: rows (count, dim) of `type`; scales (count) for AFTERIMAGE_INT8, else NULL; labels (count).
// removals (count): the version from which on the key is removed, or 0; NULL if no key is removed. Operations skip the
// keys that are removed at `version`. Another thread may write later versions meanwhile.
struct afterimage_keys {
  const void* rows;
  const float* scales;
  const int32_t* labels;
  int64_t count;
  int64_t dim;
  int32_t type;
  const int64_t* removals;
  int64_t version;
};

// Queries of unit norm: rows (batch, dim). references (batch): the score that exponents are taken relative to.
struct afterimage_queries {
  const float* rows;
  const float* references;
  int64_t batch;
  int64_t dim;
};

// Bytes of workspace that the operations below need. It must be aligned to 64 bytes.
int64_t afterimage_workspace_bytes(int64_t batch, int64_t dim, int64_t classes, int64_t thetas, int64_t k);

// The fused operator: equations (1) and (2) without the division, for a list of thetas in one pass.
//   sums[t][b][c] += sum over keys k with labels[k] == c of exp(thetas[t] * (s[b][k] - references[b]))
//   maxima[b] = max(maxima[b], max over k of s[b][k])
// sums: (thetas, batch, classes) double; maxima: (batch). Every label is in 0..classes-1. Terms are float32: one
// term, or the sum that a group of keys adds to one class, is dropped below 2^-100 and infinite above FLT_MAX. If the sums of a query
// total less than 1e-10, or are infinite, repeat the query with its maximum as reference. Returns AFTERIMAGE_CANCELLED
// within 20 ms after *cancelled becomes non-zero; sums are then meaningless.
int afterimage_class_sums(const struct afterimage_keys* keys, const struct afterimage_queries* queries,
                          const float* thetas, int64_t theta_count, int64_t classes, void* workspace, double* sums,
                          float* maxima, const volatile int32_t* cancelled);

// The same sums and maxima from scores (count, stride) that the caller computed: scores[k][b] for b < batch <= stride.
// Reads only labels, count, removals and version of the keys.
int afterimage_class_sums_of_scores(const float* scores, int64_t stride, const struct afterimage_keys* keys,
                                    const float* references, int64_t batch, const float* thetas, int64_t theta_count,
                                    int64_t classes, void* workspace, double* sums, float* maxima);

// Merges the k best keys of each query into `scores` and `rows` (batch, k). A key is better if its score is greater, or
// equal and its row lower; equal keys have equal scores. The places of a query form a binary heap: place 0 holds the
// worst key, and the key in place (i - 1) / 2 is no better than that in place i. Unused places hold -infinity and -1,
// which is worse than every key. Rows are counted from `first_row`.
int afterimage_nearest(const struct afterimage_keys* keys, const struct afterimage_queries* queries, int64_t first_row,
                       int64_t k, void* workspace, float* scores, int64_t* rows, const volatile int32_t* cancelled);
// The same from scores (count, stride) that the caller computed. Reads only count, removals and version of the keys.
int afterimage_nearest_of_scores(const float* scores, int64_t stride, const struct afterimage_keys* keys, int64_t batch,
                                 int64_t first_row, int64_t k, float* best_scores, int64_t* best_rows);

// One term of the gradient with respect to the queries, without storing the scores of all keys:
//   gradient[b] += sum over k of exp(theta * (s[b][k] - references[b])) * coefficients[b][labels[k]] *
//   key[k]
// coefficients: (batch, classes); gradient: (batch, dim) float.
int afterimage_gradient(const struct afterimage_keys* keys, const struct afterimage_queries* queries, float theta,
                        const float* coefficients, int64_t classes, void* workspace, float* gradient,
                        const volatile int32_t* cancelled);

#ifdef __cplusplus
}
#endif

#endif
