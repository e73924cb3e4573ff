// Tests the conversion of rows to other types and back.
#include <math.h>

#include "../../include/afterimage.h"
#include "kernel_test.h"

namespace test {
namespace {

int element_bytes(int type) { return type == kFloat32 ? 4 : type == kInt8 ? 1 : 2; }

Test there_and_back("rows survive conversion and back, within the rounding of the type", [] {
  static_assert(kFloat32 == AFTERIMAGE_FLOAT32 && kFloat16 == AFTERIMAGE_FLOAT16 && kBfloat16 == AFTERIMAGE_BFLOAT16 &&
                    kInt8 == AFTERIMAGE_INT8,
                "the types of afterimage.h");
  for (int type : {kFloat32, kFloat16, kBfloat16, kInt8}) {
    for (int dim : {1, 2, 15, 16, 17, 33, 63, 64, 65, 129, 300}) {
      const int per_line = 64 / element_bytes(type);
      const int pitch = (dim + per_line - 1) / per_line * per_line;
      const int float_pitch = (dim + 15) / 16 * 16;
      const int count = 3;
      const int rows = 5;
      std::vector<float> source(count * dim);
      for (float& value : source) value = static_cast<float>(normal());
      if (dim > 1) source[1] = 0;
      for (int i = 0; i < dim; i++) source[2 * dim + i] = 0;
      Buffer<float> source_buffer(source);
      in_every_schedule([&] {
        Buffer<char> rounded(std::vector<char>(static_cast<size_t>(rows) * pitch * element_bytes(type), 77));
        Buffer<float> scales(std::vector<float>(rows, NAN));
        RoundRowsArguments a = {};
        a.source = source_buffer.data();
        a.target = rounded.data();
        a.scales = type == kInt8 ? scales.data() : nullptr;
        a.pitch = pitch;
        a.count = count;
        a.dim = dim;
        a.type = type;
        launch(round_rows, dim3(rows), 128, 0, a);
        Buffer<float> wide(std::vector<float>(rows * float_pitch, NAN));
        WidenRowsArguments w = {};
        w.source = rounded.data();
        w.scales = scales.data();
        w.target = wide.data();
        w.pitch = pitch;
        w.float_pitch = float_pitch;
        w.dim = dim;
        w.type = type;
        launch(widen_rows, dim3(rows), 128, 0, w);
        const std::vector<float> found = wide.read();
        for (int row = 0; row < rows; row++) {
          double maximum = 0;
          for (int i = 0; row < count && i < dim; i++) maximum = fmax(maximum, fabs(source[row * dim + i]));
          for (int i = 0; i < float_pitch; i++) {
            const double expected = row < count && i < dim ? source[row * dim + i] : 0;
            const double tolerance = type == kFloat32    ? 0
                                     : type == kFloat16  ? fabs(expected) * 0x1p-11 + 0x1p-25
                                     : type == kBfloat16 ? fabs(expected) * 0x1p-8
                                                         : maximum / 254 * 1.0001;
            check(fabs(found[row * float_pitch + i] - expected) <= tolerance, "type %d dim %d: %g, not %g", type, dim,
                  found[row * float_pitch + i], expected);
          }
        }
        const std::vector<char> bytes = rounded.read();
        for (int row = 0; row < rows; row++) {
          for (int i = row < count ? dim * element_bytes(type) : 0; i < pitch * element_bytes(type); i++) {
            check(bytes[row * pitch * element_bytes(type) + i] == 0, "type %d dim %d: not padded with zeros", type,
                  dim);
          }
        }
      });
    }
  }
});

}  // namespace
}  // namespace test
