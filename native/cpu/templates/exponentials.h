// Kernels for scores: exponentials that are summed by class or become weights, and the comparison that finds candidates
// for the nearest keys. The term of a key whose score is NaN is NaN, and so are the sums that hold it: raise(value,
// least) and zero_below(value, smallest) of a vector leave NaN as it is. Maxima are those of the other keys: max(a, b) and
// min(a, b) of a vector are b if a is NaN.
#ifndef AFTERIMAGE_CPU_TEMPLATES_EXPONENTIALS_H
#define AFTERIMAGE_CPU_TEMPLATES_EXPONENTIALS_H

#include <math.h>

#include "kernels.h"

namespace afterimage {
namespace {

// 2^f = 1 + f (c1 + f (c2 + ...)) for f in [0, 1): a minimax polynomial with a relative error of 8.3e-8 before
// rounding.
constexpr float kExp2Coefficients[] = {0.69315130f, 0.24016444f, 0.055799913f, 0.0090170307f, 0.0018671300f};

template <class Vector>
[[gnu::always_inline]] inline typename Vector::Type exp2_fraction(typename Vector::Type f) {
  typename Vector::Type p = Vector::all(kExp2Coefficients[4]);
#pragma GCC unroll 4
  for (int i = 3; i >= 0; i--) p = Vector::fused(p, f, Vector::all(kExp2Coefficients[i]));
  return Vector::fused(p, f, Vector::all(1.0f));
}

// Adds the lanes of a run's sum to the doubles, except those below kMinSum.
template <class Vector>
[[gnu::always_inline]] inline void add_sum(typename Vector::Type sum, double* sums) {
  Vector::add_to_doubles(Vector::zero_below(sum, kMinSum), sums);
}

template <class Vector, int kVectors>
[[gnu::always_inline]] inline void add_run(const ScoreBlock& block, const Run& run, int64_t lane, float factor,
                                           double* sums, float* maxima) {
  using Type = typename Vector::Type;
  const Type factors = Vector::all(factor);
  Type references[kVectors];
  Type largest[kVectors];
  Type sum[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; v++) {
    references[v] = Vector::load(block.references + lane + v * Vector::kLanes);
    largest[v] = Vector::load(maxima + lane + v * Vector::kLanes);
    sum[v] = Vector::all(0);
  }
  for (int32_t position = run.begin; position < run.end; position++) {
    const float* scores = block.scores + block.keys.order[position] * block.stride + lane;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) {
      const Type score = Vector::load(scores + v * Vector::kLanes);
      largest[v] = Vector::max(score, largest[v]);
      sum[v] = Vector::add(sum[v], Vector::exp2(Vector::mul(Vector::sub(score, references[v]), factors)));
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; v++) {
    Vector::store(maxima + lane + v * Vector::kLanes, largest[v]);
    add_sum<Vector>(sum[v], sums + lane + v * Vector::kLanes);
  }
}

// Exponentials of the keys of one run and one vector of lanes, advanced along a chain of thetas.
template <class Vector>
struct ChainTerms {
  alignas(64) float terms[kLongGroupKeys * Vector::kLanes];   // at the next theta
  alignas(64) float ratios[kLongGroupKeys * Vector::kLanes];  // from one theta to the next
  alignas(64) float jumps[kLongGroupKeys * Vector::kLanes];   // from one theta to the kChainStep-th after it
};

// Adds up the terms at kChainStep thetas, of which `count` exist, and advances them. kClamp: terms may fall below the
// smallest normal number.
template <class Vector, bool kClamp>
[[gnu::always_inline]] inline void add_chain_step(ChainTerms<Vector>& chain, int64_t keys, int64_t count, double* sums,
                                                  int64_t lanes) {
  using Type = typename Vector::Type;
  Type sum[kChainStep];
#pragma GCC unroll 8
  for (int theta = 0; theta < kChainStep; theta++) sum[theta] = Vector::all(0);
  for (int64_t place = 0; place < keys * Vector::kLanes; place += Vector::kLanes) {
    Type term = Vector::load(chain.terms + place);
    const Type ratio = Vector::load(chain.ratios + place);
    Type next = Vector::mul(term, Vector::load(chain.jumps + place));
    if (kClamp) next = Vector::raise(next, kMinNormal);
    Vector::store(chain.terms + place, next);
    sum[0] = Vector::add(sum[0], term);
#pragma GCC unroll 8
    for (int theta = 1; theta < kChainStep; theta++) {
      term = Vector::mul(term, ratio);
      if (kClamp) term = Vector::raise(term, kMinNormal);
      sum[theta] = Vector::add(sum[theta], term);
    }
  }
#pragma GCC unroll 8
  for (int theta = 0; theta < kChainStep; theta++) {
    if (theta < count) add_sum<Vector>(sum[theta], sums + theta * lanes);
  }
}

// One vector of lanes for a chain of thetas: three exponentials per key, then only products.
template <class Vector, bool kClamp>
void add_chain(const ScoreBlock& block, const Run& run, int64_t lane, const Chain& chain, double* sums) {
  using Type = typename Vector::Type;
  ChainTerms<Vector> terms;
  const Type reference = Vector::load(block.references + lane);
  const int64_t keys = run.end - run.begin;
  for (int64_t key = 0; key < keys; key++) {
    const Type score = Vector::load(block.scores + block.keys.order[run.begin + key] * block.stride + lane);
    const Type distance = Vector::sub(score, reference);
    const Type step = Vector::mul(distance, Vector::all(chain.step));
    const int64_t place = key * Vector::kLanes;
    Vector::store(terms.terms + place, Vector::exp2(Vector::mul(distance, Vector::all(chain.factor))));
    Vector::store(terms.ratios + place, Vector::exp2(step));
    Vector::store(terms.jumps + place, Vector::exp2(Vector::mul(step, Vector::all(kChainStep))));
  }
  int64_t theta = 0;
  for (; theta + 1 < chain.count; theta += kChainStep) {
    add_chain_step<Vector, kClamp>(terms, keys, chain.count - theta, sums + theta * block.lanes + lane, block.lanes);
  }
  if (theta < chain.count) {
    Type sum = Vector::all(0);
    for (int64_t key = 0; key < keys; key++) sum = Vector::add(sum, Vector::load(terms.terms + key * Vector::kLanes));
    add_sum<Vector>(sum, sums + theta * block.lanes + lane);
  }
}

// One query and one theta: keys occupy the lanes. The terms of a vector of keys of the same class as those before are
// summed in lanes; others are added to their classes one by one.
template <class Vector>
void add_single_query(const ScoreBlock& block, float factor, double* sums, float* maxima) {
  using Type = typename Vector::Type;
  const KeyOrder& keys = block.keys;
  alignas(64) float ordered[kLongGroupKeys];
  float* scores = block.scores;
  if (!keys.in_place || block.stride != 1) {
    for (int64_t key = 0; key < keys.keys; key++) ordered[key] = block.scores[keys.order[key] * block.stride];
    scores = ordered;
  }
  for (int64_t key = keys.keys; key % Vector::kLanes != 0; key++) scores[key] = scores[0];
  const Type reference = Vector::all(block.references[0]);
  Type largest = Vector::all(maxima[0]);
  Type run = Vector::all(0);
  bool in_run = false;
  int32_t label = -1;  // of the run, if there is one, and of the key before
  for (int64_t key = 0; key < keys.keys; key += Vector::kLanes) {
    const Type score = Vector::load(scores + key);
    largest = Vector::max(score, largest);
    const Type power = Vector::exp2(Vector::mul(Vector::sub(score, reference), Vector::all(factor)));
    const Type term = Vector::zero_below(power, kMinSum);
    const int32_t* labels = keys.labels + key;
    const int64_t count = keys.keys - key < Vector::kLanes ? keys.keys - key : Vector::kLanes;
    int32_t differences = count < Vector::kLanes;
    for (int64_t i = 0; count == Vector::kLanes && i < Vector::kLanes; i++) differences |= labels[i] ^ label;
    if (differences == 0) {
      run = Vector::add(run, term);
      in_run = true;
      continue;
    }
    if (in_run) {
      sums[label] += Vector::sum_of_lanes(run);
      run = Vector::all(0);
      in_run = false;
    }
    alignas(64) float terms[Vector::kLanes];
    Vector::store(terms, term);
    for (int64_t i = 0; i < count; i++) sums[labels[i]] += terms[i];
    label = labels[count - 1];
  }
  if (in_run) sums[label] += Vector::sum_of_lanes(run);
  maxima[0] = Vector::largest_lane(largest);
}

// Updates the maxima. Returns true if every exponent of every chain is above the smallest normal number.
template <class Vector>
bool find_extremes(const ScoreBlock& block, const Chain* chains, int64_t chain_count, float* maxima) {
  float factor = 0;
  for (int64_t chain = 0; chain < chain_count; chain++) {
    const float last = chains[chain].factor + chains[chain].step * static_cast<float>(chains[chain].count);
    factor = last > factor ? last : factor;
  }
  uint32_t below = 0;
  for (int64_t lane = 0; lane < block.lanes; lane += Vector::kLanes) {
    typename Vector::Type largest = Vector::load(maxima + lane);
    typename Vector::Type smallest = Vector::all(INFINITY);
    for (int64_t key = 0; key < block.keys.keys; key++) {
      const typename Vector::Type score = Vector::load(block.scores + block.keys.order[key] * block.stride + lane);
      largest = Vector::max(score, largest);
      smallest = Vector::min(score, smallest);
    }
    Vector::store(maxima + lane, largest);
    const typename Vector::Type distance = Vector::sub(smallest, Vector::load(block.references + lane));
    below |= Vector::at_least(Vector::all(kMinExponent), Vector::mul(distance, Vector::all(factor)));
  }
  return below == 0;
}

// Runs before a class at which its sums are prefetched. The sums of 1,000 classes and 256 queries exceed L2: int8 rows of
// 2,048 took 0.88 of the time (`runner bench classes`).
constexpr int64_t kRunsAhead = 8;

template <class Vector, bool kClamp>
void add_runs(const ScoreBlock& block, const Chain* chains, int64_t chain_count, int64_t theta_count, double* sums,
              float* maxima) {
  for (int64_t index = 0; index < block.keys.run_count; index++) {
    const Run& run = block.keys.runs[index];
    if (index + kRunsAhead < block.keys.run_count) {
      const double* later = sums + block.keys.runs[index + kRunsAhead].label * theta_count * block.lanes;
      for (int64_t lane = 0; lane < block.lanes; lane += 8) __builtin_prefetch(later + lane, 1, 3);
    }
    double* class_sums = sums + run.label * theta_count * block.lanes;
    for (int64_t chain = 0; chain < chain_count; chain++) {
      double* chain_sums = class_sums + chains[chain].first * block.lanes;
      if (chains[chain].count > 1) {
        for (int64_t lane = 0; lane < block.lanes; lane += Vector::kLanes) {
          add_chain<Vector, kClamp>(block, run, lane, chains[chain], chain_sums);
        }
      } else if (block.lanes == 2 * Vector::kLanes) {
        add_run<Vector, 2>(block, run, 0, chains[chain].factor, chain_sums, maxima);
      } else {
        for (int64_t lane = 0; lane < block.lanes; lane += Vector::kLanes) {
          add_run<Vector, 1>(block, run, lane, chains[chain].factor, chain_sums, maxima);
        }
      }
    }
  }
}

template <class Vector>
void add_class_sums(const ScoreBlock& block, const Chain* chains, int64_t chain_count, int64_t theta_count,
                    double* sums, float* maxima) {
  if (block.single) {
    add_single_query<Vector>(block, chains[0].factor, sums, maxima);
  } else if (theta_count == 1 || find_extremes<Vector>(block, chains, chain_count, maxima)) {
    add_runs<Vector, false>(block, chains, chain_count, theta_count, sums, maxima);
  } else {
    add_runs<Vector, true>(block, chains, chain_count, theta_count, sums, maxima);
  }
}

template <class Vector>
void weigh(const ScoreBlock& block, float factor, const float* coefficients) {
  for (int64_t index = 0; index < block.keys.run_count; index++) {
    const Run& run = block.keys.runs[index];
    for (int64_t lane = 0; lane < block.lanes; lane += Vector::kLanes) {
      const typename Vector::Type reference = Vector::load(block.references + lane);
      const typename Vector::Type coefficient = Vector::load(coefficients + run.label * kBlockLanes + lane);
      for (int32_t position = run.begin; position < run.end; position++) {
        float* place = block.scores + block.keys.order[position] * block.stride + lane;
        const typename Vector::Type distance = Vector::sub(Vector::load(place), reference);
        const typename Vector::Type weight = Vector::exp2(Vector::mul(distance, Vector::all(factor)));
        Vector::store(place, Vector::mul(Vector::zero_below(weight, kMinSum), coefficient));
      }
    }
  }
}

template <class Vector>
void find_candidates(const float* scores, int64_t stride, int64_t keys, const float* thresholds, int64_t lanes,
                     uint32_t* masks) {
  for (int64_t key = 0; key < keys; key++) {
    uint32_t mask = 0;
    for (int64_t lane = 0; lane < lanes; lane += Vector::kLanes) {
      mask |= Vector::at_least(Vector::load(scores + key * stride + lane), Vector::load(thresholds + lane)) << lane;
    }
    masks[key] = mask;
  }
}

}  // namespace
}  // namespace afterimage

#endif
