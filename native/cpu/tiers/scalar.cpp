// The tier of every processor: plain loops, which show the structure that the vector tiers follow.
#include <math.h>

#include "kernels.h"
#include "templates/hadamard.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

constexpr int64_t kLanes = 8;
constexpr int64_t kSumElements = 2048;  // in a partial sum (`runner "p is within"`)

// Of NaN, NaN.
float term(float exponent) { return exp2f(exponent < kMinExponent ? kMinExponent : exponent); }
float zero_below(float value, float smallest) { return value < smallest ? 0 : value; }

template <class Stored>
void packed_product(const PackedArguments& arguments) {
  load_rows<Stored>(arguments.unpacked, reinterpret_cast<float*>(arguments.packed), kPackedStride);
  for (int64_t key = 0; key < arguments.keys; key++) {
    const float* packed = reinterpret_cast<float*>(arguments.packed) + key * kPackedStride;
    const float* panel = reinterpret_cast<const float*>(arguments.panel);
    float* scores = arguments.scores + key * kBlockLanes;
    for (int64_t first = 0; first < arguments.lanes; first += kLanes) {
      float totals[kLanes] = {};
      for (int64_t word = 0; word < arguments.words;) {
        const int64_t end = word + kFloatSumWords < arguments.words ? word + kFloatSumWords : arguments.words;
        float sums[kLanes] = {};
        for (; word < end; word++) {
          for (int64_t lane = 0; lane < kLanes; lane++) {
            sums[lane] += packed[word] * panel[word * arguments.lanes + first + lane];
          }
        }
        for (int64_t lane = 0; lane < kLanes; lane++) totals[lane] += sums[lane];
      }
      for (int64_t lane = 0; lane < kLanes; lane++) {
        scores[first + lane] = arguments.add ? scores[first + lane] + totals[lane] : totals[lane];
      }
    }
  }
}

template <class Stored>
void dot_product(const UnpackedArguments& arguments) {
  for (int64_t key = 0; key < arguments.keys.count; key++) {
    const typename Stored::Element* elements = elements_of<Stored>(arguments.keys, key);
    const float scale = arguments.keys.scales == nullptr ? 1 : arguments.keys.scales[key];
    for (int64_t query = 0; query < arguments.query_count; query++) {
      const float* words = reinterpret_cast<const float*>(arguments.queries) + query * arguments.query_stride;
      float sum = 0;
      for (int64_t i = 0; i < arguments.keys.elements;) {
        const int64_t end = i + kSumElements < arguments.keys.elements ? i + kSumElements : arguments.keys.elements;
        float sums[kLanes] = {};
        for (; i + kLanes <= end; i += kLanes) {
          for (int64_t lane = 0; lane < kLanes; lane++) {
            sums[lane] += Stored::load(elements[i + lane]) * words[i + lane];
          }
        }
        for (; i < end; i++) sums[i % kLanes] += Stored::load(elements[i]) * words[i];
        for (int64_t lane = 0; lane < kLanes; lane++) sum += sums[lane];
      }
      float& score = arguments.scores[key * arguments.strides.key + query * arguments.strides.query];
      score = arguments.add ? score + sum * scale : sum * scale;
    }
  }
}

void add_class_sums(const ScoreBlock& block, const Chain* chains, int64_t chain_count, int64_t theta_count,
                    double* sums, float* maxima) {
  for (int64_t position = 0; block.single && position < block.keys.keys; position++) {
    const float score = block.scores[block.keys.order[position] * block.stride];
    const float power = term(chains->factor * (score - block.references[0]));
    maxima[0] = fmaxf(maxima[0], score);
    sums[block.keys.labels[position]] += zero_below(power, kMinSum);
  }
  for (int64_t index = 0; !block.single && index < block.keys.run_count; index++) {
    const Run& run = block.keys.runs[index];
    double* class_sums = sums + run.label * theta_count * block.lanes;
    for (int64_t lane = 0; lane < block.lanes; lane++) {
      for (int64_t position = run.begin; position < run.end; position++) {
        maxima[lane] = fmaxf(maxima[lane], block.scores[block.keys.order[position] * block.stride + lane]);
      }
      for (const Chain* chain = chains; chain < chains + chain_count; chain++) {
        for (int64_t theta = 0; theta < chain->count; theta++) {
          const float factor = chain->factor + chain->step * static_cast<float>(theta);
          float sum = 0;
          for (int64_t position = run.begin; position < run.end; position++) {
            const float score = block.scores[block.keys.order[position] * block.stride + lane];
            sum += term(factor * (score - block.references[lane]));
          }
          class_sums[(chain->first + theta) * block.lanes + lane] += zero_below(sum, kMinSum);
        }
      }
    }
  }
}

void weigh(const ScoreBlock& block, float factor, const float* coefficients) {
  for (int64_t index = 0; index < block.keys.run_count; index++) {
    const Run& run = block.keys.runs[index];
    for (int64_t position = run.begin; position < run.end; position++) {
      float* scores = block.scores + block.keys.order[position] * block.stride;
      for (int64_t lane = 0; lane < block.lanes; lane++) {
        const float weight = zero_below(term(factor * (scores[lane] - block.references[lane])), kMinSum);
        scores[lane] = weight * coefficients[run.label * kBlockLanes + lane];
      }
    }
  }
}

void add_gradient(const GradientArguments& arguments) {
  for (int64_t query = 0; query < arguments.queries; query++) {
    float* gradient = arguments.gradient + query * arguments.gradient_stride;
    for (int64_t first = 0; first < arguments.elements; first += kLanes) {
      const int64_t left = arguments.elements - first;
      const int64_t lanes = left < kLanes ? left : kLanes;
      float sums[kLanes] = {};
      for (int64_t key = 0; key < arguments.key_count; key++) {
        const float weight = arguments.weights[key * kBlockLanes + query];
        const float* row = arguments.keys + key * kPackedStride + first;
        for (int64_t lane = 0; lane < lanes; lane++) sums[lane] += weight * row[lane];
      }
      for (int64_t lane = 0; lane < lanes; lane++) gradient[first + lane] += sums[lane];
    }
  }
}

void find_candidates(const float* scores, int64_t stride, int64_t keys, const float* thresholds, int64_t lanes,
                     uint32_t* masks) {
  for (int64_t key = 0; key < keys; key++) {
    uint32_t mask = 0;
    for (int64_t lane = 0; lane < lanes; lane++) {
      mask |= static_cast<uint32_t>(scores[key * stride + lane] >= thresholds[lane]) << lane;
    }
    masks[key] = mask;
  }
}

bool normalize(float* row, int64_t dim) {
  double sums[kLanes] = {};
  for (int64_t i = 0; i < dim; i++) sums[i % kLanes] += static_cast<double>(row[i]) * row[i];
  double sum = 0;
  for (int64_t lane = 0; lane < kLanes; lane++) sum += sums[lane];
  // In double, squares of finite floats cannot overflow, and those of denormal ones cannot underflow.
  if (!(sum > 0) || !(sum <= 1.7976931348623157e308)) return false;
  const double scale = 1 / sqrt(sum);
  for (int64_t i = 0; i < dim; i++) row[i] = static_cast<float>(row[i] * scale);
  return true;
}

// A dot product converts a key for each query. That takes longest for float16, and little for float32 and bfloat16.
template <class Stored>
constexpr PackedFrom kPackedFromOf = kNeverPacked;
template <>
constexpr PackedFrom kPackedFromOf<StoredFloat16> = {.one_vector = 3, .next_vector = 2, .two_vectors = 10};
template <>
constexpr PackedFrom kPackedFromOf<StoredInt8> = {.one_vector = 6, .next_vector = 4, .two_vectors = 13};

template <class... Stored>
struct Types {
  static constexpr TypeTable kTable = {{{.element_bytes = sizeof(typename Stored::Element),
                                         .scaled = Stored::kScaled,
                                         .elements_per_word = 1,
                                         .packed_from = kPackedFromOf<Stored>,
                                         .packed_product = packed_product<Stored>,
                                         .dot_product = dot_product<Stored>,
                                         .load = load_rows<Stored>,
                                         .store = store_rows<Stored>}...}};
};
constexpr TypeTable kTable = StoredTypes<Types>::kTable;

constexpr ScoreKernels scores = {.vector_lanes = kLanes,
                                 .add_class_sums = add_class_sums,
                                 .weigh = weigh,
                                 .add_gradient = add_gradient,
                                 .find_candidates = find_candidates,
                                 .normalize = normalize,
                                 .hadamard = hadamard<FourLanes, 8>};

}  // namespace

constinit const Kernels scalar_kernels = kernels_of("scalar", kTable, scores);

}  // namespace afterimage
