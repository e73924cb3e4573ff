// NEON of every 64-bit Arm processor: every type is multiplied in float32. A multiplication of 16-bit integers would
// add four products too.
#include "tiers/neon.h"

#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/type_kernels.h"
#include "tiers/neon_formats.h"

namespace afterimage {
namespace {

template <class... Stored>
struct Types {
  static constexpr TypeTable kTable = {{type_kernels<FloatRows<VectorNeon, Stored>>(kPackedFromNeon)...}};
};

}  // namespace

constinit const TypeTable neon_types = StoredTypes<Types>::kTable;

constinit const ScoreKernels neon_scores = {.vector_lanes = VectorNeon::kLanes,
                                            .add_class_sums = add_class_sums<VectorNeon>,
                                            .weigh = weigh<VectorNeon>,
                                            .add_gradient = add_gradient<VectorNeon>,
                                            .find_candidates = find_candidates<VectorNeon>,
                                            .normalize = normalize,
                                            .hadamard = hadamard<FourLanes, 16>};

constinit const Kernels neon_kernels = kernels_of("neon", neon_types, neon_scores);

}  // namespace afterimage
