package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Random elements of the size of key elements. Zeros or equal numbers would draw less power, so that the clock would be higher
 * than with keys.
 */
final class Noise {
    private static final int BLOCK_BYTES = 16 << 20;

    private Noise() {}

    /** Fills the buffer with copies of one block of noise. */
    static void fill(Cuda cuda, CudaStream stream, DeviceBuffer target, ElementType type) {
        // Random signs and fractions; the exponents of floats are that of 1/128.
        int random =
                switch (type) {
                    case FLOAT32 -> 0x807fffff;
                    case FLOAT16 -> 0x83ff83ff;
                    case BFLOAT16 -> 0x807f807f;
                    case INT8 -> 0xffffffff;
                };
        int exponent =
                switch (type) {
                    case FLOAT32 -> 0x3c000000;
                    case FLOAT16 -> 0x20002000;
                    case BFLOAT16 -> 0x3c003c00;
                    case INT8 -> 0;
                };
        SplittableRandom bits = new SplittableRandom(3);
        try (PinnedBuffer block = PinnedBuffer.allocate(cuda, BLOCK_BYTES)) {
            ByteBuffer values = block.buffer(0, BLOCK_BYTES);
            for (int i = 0; i < BLOCK_BYTES; i += Integer.BYTES) {
                values.putInt(i, bits.nextInt() & random | exponent);
            }
            for (long at = 0; at < target.bytes(); at += BLOCK_BYTES) {
                stream.copyIn(target.at(at), block.at(0), Math.min(BLOCK_BYTES, target.bytes() - at));
            }
            stream.synchronize();
        }
    }
}
