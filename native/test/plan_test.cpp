// Tests the plan of a pass by stand-ins for the kernels of a tier: no tier that this processor lacks is needed.
#include "pass/plan.h"

#include "harness.h"

namespace test {
namespace {

using afterimage::PassPlan;
using afterimage::Slice;
using afterimage::Slices;
using afterimage::TypeKernels;

TypeKernels kernels(int64_t element_bytes, bool packs) {
  TypeKernels type = {};
  type.element_bytes = element_bytes;
  type.scaled = element_bytes == 1;
  type.elements_per_word = 4 / element_bytes;
  type.packed_from = afterimage::kNeverPacked;
  type.unpacked_product = [](const afterimage::UnpackedArguments&) {};
  if (packs) {
    type.packed_from = {.one_vector = 9, .next_vector = 5, .two_vectors = 17};
    type.packed_product = [](const afterimage::PackedArguments&) {};
  }
  return type;
}

PassPlan plan(const TypeKernels& type, int64_t dim, int64_t queries) {
  static afterimage::ScoreKernels scores = {};
  scores.vector_lanes = 16;
  return PassPlan(type, scores, false, dim, {.first = 0, .count = queries}, false);
}

Test tiles(
    "tiles multiply rows of up to 2,048 bytes 512 bytes at a time, and longer ones in chunks of up to 1,024 bytes",
    [] {
      for (int64_t element_bytes : {2, 1}) {
        const TypeKernels type = kernels(element_bytes, false);
        for (int64_t bytes : {512, 1024, 2048 - 64, 2048, 2048 + 4, 2048 + 64, 4096}) {
          const PassPlan planned = plan(type, bytes / element_bytes, 256);
          const int64_t most = bytes <= 2048 ? 512 : 1024;
          check(planned.chunk_words * 4 <= most && planned.chunk_count == (bytes + most - 1) / most,
                "rows of %lld bytes: %lld chunks of %lld words", static_cast<long long>(bytes),
                static_cast<long long>(planned.chunk_count), static_cast<long long>(planned.chunk_words));
        }
        check(plan(type, 2048 / element_bytes, 16).chunk_count == 1, "one block needs no chunks");
      }
    },
    true);

Test blocks(
    "blocks hold each query once and chunks each word, for every batch",
    [] {
      for (bool packs : {false, true}) {
        for (int64_t element_bytes : {4, 2, 1}) {
          const TypeKernels type = kernels(element_bytes, packs);
          for (int64_t queries = 1; queries <= afterimage::kSliceQueries; queries++) {
            const int64_t dim = between(1, 20000);
            const PassPlan planned = plan(type, dim, queries);
            int64_t next = 0;
            int64_t lane = 0;
            for (int64_t index = 0; index < planned.block_count; index++) {
              const afterimage::QueryBlock& block = planned.blocks[index];
              check(block.first == next && block.first_lane == lane && block.count <= block.lanes &&
                        block.lanes <= afterimage::kBlockLanes,
                    "%lld queries: block %lld of %lld queries in %lld lanes", static_cast<long long>(queries),
                    static_cast<long long>(index), static_cast<long long>(block.count),
                    static_cast<long long>(block.lanes));
              next += block.count;
              lane += block.lanes;
            }
            check(next == queries, "%lld of %lld queries", static_cast<long long>(next),
                  static_cast<long long>(queries));
            const int64_t whole = (planned.chunk_count - 1) * planned.chunk_words;
            check(whole < planned.words && planned.words <= whole + planned.chunk_words,
                  "%lld chunks of %lld words for %lld", static_cast<long long>(planned.chunk_count),
                  static_cast<long long>(planned.chunk_words), static_cast<long long>(planned.words));
          }
        }
      }
    },
    true);

Test slices(
    "slices hold each query once, and no more than they may",
    [] {
      for (int64_t most : {64, 320, 512}) {
        for (int64_t batch = 0; batch <= 2000; batch++) {
          const Slices cut(batch, most);
          int64_t next = 0;
          for (int64_t index = 0; index < cut.count(); index++) {
            const Slice slice = cut[index];
            check(slice.first == next && slice.count > 0 && slice.count <= cut.largest() && cut.largest() <= most,
                  "%lld queries: slice %lld has %lld from %lld on", static_cast<long long>(batch),
                  static_cast<long long>(index), static_cast<long long>(slice.count),
                  static_cast<long long>(slice.first));
            next += slice.count;
          }
          check(next == batch, "%lld of %lld queries", static_cast<long long>(next), static_cast<long long>(batch));
        }
      }
    },
    true);

}  // namespace
}  // namespace test
