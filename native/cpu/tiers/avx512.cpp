// AVX-512 F, BW, DQ and VL: every type is multiplied in float32.
#include "tiers/avx512.h"

#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/type_kernels.h"
#include "tiers/avx512_formats.h"

namespace afterimage {
namespace {

template <class Stored>
constexpr PackedFrom kPackedFromOf = kPackedFrom512;
template <>
constexpr PackedFrom kPackedFromOf<StoredFloat32> = {.one_vector = 17, .next_vector = 10, .two_vectors = 17};
template <>
constexpr PackedFrom kPackedFromOf<StoredInt8> = {.one_vector = 17, .next_vector = 14, .two_vectors = 25};

template <class... Stored>
struct Types {
  static constexpr TypeTable kTable = {{type_kernels<Rows512<Stored>>(kPackedFromOf<Stored>)...}};
};

}  // namespace

constinit const TypeTable avx512_types = StoredTypes<Types>::kTable;

constinit const ScoreKernels avx512_scores = {.vector_lanes = Vector512::kLanes,
                                              .add_class_sums = add_class_sums<Vector512>,
                                              .weigh = weigh<Vector512>,
                                              .add_gradient = add_gradient<Vector512>,
                                              .find_candidates = find_candidates<Vector512>,
                                              .normalize = normalize,
                                              .hadamard = hadamard<SixteenLanes, 16>};

constinit const Kernels avx512_kernels =
    kernels_of("avx512", avx512_types, avx512_scores);

}  // namespace afterimage
