package io.github.afterimage.reduce;

/**
 * Computes the Walsh-Hadamard transform in natural order without a scale factor: value i becomes the sum over j of
 * (-1)^popcount(i &amp; j) times value j.
 *
 * <p>The values lie in blocks, each in an array of its own, which lets the JIT compiler use vector instructions. It uses them
 * only if loads and stores provably do not overlap: within a block if strides are constant, and between blocks if the index is
 * the same in each. It uses none for a single array with a variable stride.
 */
final class WalshHadamard {
    private static final int LOG_BLOCK = 8;
    private static final int BLOCK = 1 << LOG_BLOCK;

    private WalshHadamard() {}

    /** Creates zeroed blocks for {@code length} values, a power of two. */
    static float[][] blocks(int length) {
        return new float[Math.max(1, length / BLOCK)][Math.min(length, BLOCK)];
    }

    /** Returns the value at an index. */
    static float value(float[][] blocks, int index) {
        return blocks[index >>> LOG_BLOCK][index & BLOCK - 1];
    }

    /** Sets the value at an index. */
    static void set(float[][] blocks, int index, float value) {
        blocks[index >>> LOG_BLOCK][index & BLOCK - 1] = value;
    }

    /**
     * Transforms the blocks in place.
     *
     * @param used number of values before the padding, which is zeros
     */
    static void transform(float[][] blocks, int used) {
        for (int i = 0; i < (used + BLOCK - 1) / BLOCK; i++) {
            if (blocks[i].length == BLOCK) {
                transformBlock(blocks[i]);
            } else {
                transformShort(blocks[i]);
            }
        }
        int stride = 1;
        for (; 4 * stride <= blocks.length; stride *= 4) {
            for (int i = 0; i < blocks.length; i++) {
                if ((i & 3 * stride) == 0) {
                    four(blocks[i], blocks[i + stride], blocks[i + 2 * stride], blocks[i + 3 * stride]);
                }
            }
        }
        for (int i = 0; stride < blocks.length && i < stride; i++) {
            two(blocks[i], blocks[i + stride]);
        }
    }

    private static void transformShort(float[] values) {
        for (int stride = 1; stride < values.length; stride *= 2) {
            for (int i = 0; i < values.length; i++) {
                if ((i & stride) == 0) {
                    float a = values[i];
                    float b = values[i + stride];
                    values[i] = a + b;
                    values[i + stride] = a - b;
                }
            }
        }
    }

    private static void two(float[] x, float[] y) {
        for (int i = 0; i < x.length; i++) {
            float a = x[i];
            float b = y[i];
            x[i] = a + b;
            y[i] = a - b;
        }
    }

    private static void four(float[] x, float[] y, float[] z, float[] w) {
        for (int i = 0; i < x.length; i++) {
            float a = x[i] + y[i];
            float b = x[i] - y[i];
            float c = z[i] + w[i];
            float d = z[i] - w[i];
            x[i] = a + c;
            y[i] = b + d;
            z[i] = a - c;
            w[i] = b - d;
        }
    }

    private static void transformBlock(float[] v) {
        for (int i = 0; i < BLOCK; i += 16) {
            sixteen(v, i);
        }
        for (int start = 0; start < BLOCK; start += 64) {
            for (int i = start; i < start + 16; i++) {
                float a = v[i] + v[i + 16];
                float b = v[i] - v[i + 16];
                float c = v[i + 32] + v[i + 48];
                float d = v[i + 32] - v[i + 48];
                v[i] = a + c;
                v[i + 16] = b + d;
                v[i + 32] = a - c;
                v[i + 48] = b - d;
            }
        }
        for (int i = 0; i < 64; i++) {
            float a = v[i] + v[i + 64];
            float b = v[i] - v[i + 64];
            float c = v[i + 128] + v[i + 192];
            float d = v[i + 128] - v[i + 192];
            v[i] = a + c;
            v[i + 64] = b + d;
            v[i + 128] = a - c;
            v[i + 192] = b - d;
        }
    }

    /** Computes the stages of stride 1, 2, 4 and 8 in registers, because they are too short for vector instructions. */
    private static void sixteen(float[] v, int i) {
        float a0 = v[i] + v[i + 1];
        float a1 = v[i] - v[i + 1];
        float a2 = v[i + 2] + v[i + 3];
        float a3 = v[i + 2] - v[i + 3];
        float a4 = v[i + 4] + v[i + 5];
        float a5 = v[i + 4] - v[i + 5];
        float a6 = v[i + 6] + v[i + 7];
        float a7 = v[i + 6] - v[i + 7];
        float a8 = v[i + 8] + v[i + 9];
        float a9 = v[i + 8] - v[i + 9];
        float a10 = v[i + 10] + v[i + 11];
        float a11 = v[i + 10] - v[i + 11];
        float a12 = v[i + 12] + v[i + 13];
        float a13 = v[i + 12] - v[i + 13];
        float a14 = v[i + 14] + v[i + 15];
        float a15 = v[i + 14] - v[i + 15];
        float b0 = a0 + a2;
        float b2 = a0 - a2;
        float b1 = a1 + a3;
        float b3 = a1 - a3;
        float b4 = a4 + a6;
        float b6 = a4 - a6;
        float b5 = a5 + a7;
        float b7 = a5 - a7;
        float b8 = a8 + a10;
        float b10 = a8 - a10;
        float b9 = a9 + a11;
        float b11 = a9 - a11;
        float b12 = a12 + a14;
        float b14 = a12 - a14;
        float b13 = a13 + a15;
        float b15 = a13 - a15;
        float c0 = b0 + b4;
        float c4 = b0 - b4;
        float c1 = b1 + b5;
        float c5 = b1 - b5;
        float c2 = b2 + b6;
        float c6 = b2 - b6;
        float c3 = b3 + b7;
        float c7 = b3 - b7;
        float c8 = b8 + b12;
        float c12 = b8 - b12;
        float c9 = b9 + b13;
        float c13 = b9 - b13;
        float c10 = b10 + b14;
        float c14 = b10 - b14;
        float c11 = b11 + b15;
        float c15 = b11 - b15;
        v[i] = c0 + c8;
        v[i + 8] = c0 - c8;
        v[i + 1] = c1 + c9;
        v[i + 9] = c1 - c9;
        v[i + 2] = c2 + c10;
        v[i + 10] = c2 - c10;
        v[i + 3] = c3 + c11;
        v[i + 11] = c3 - c11;
        v[i + 4] = c4 + c12;
        v[i + 12] = c4 - c12;
        v[i + 5] = c5 + c13;
        v[i + 13] = c5 - c13;
        v[i + 6] = c6 + c14;
        v[i + 14] = c6 - c14;
        v[i + 7] = c7 + c15;
        v[i + 15] = c7 - c15;
    }
}
