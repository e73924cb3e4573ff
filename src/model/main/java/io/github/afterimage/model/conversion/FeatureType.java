package io.github.afterimage.model.conversion;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a float is written into a file of features; rounded to nearest even. */
public enum FeatureType {
    /** IEEE 754 single precision. */
    F32(Float.BYTES) {
        @Override
        void put(ByteBuffer target, float value) {
            target.putFloat(value);
        }
    },
    /** IEEE 754 half precision; what is too large becomes infinite. */
    F16(Short.BYTES) {
        @Override
        void put(ByteBuffer target, float value) {
            target.putShort(half(value));
        }
    },
    /** The upper half of a single-precision number. */
    BF16(Short.BYTES) {
        @Override
        void put(ByteBuffer target, float value) {
            int bits = Float.floatToIntBits(value);
            // Half of the last place, or just below it where the upper half is even already.
            target.putShort((short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16));
        }
    };

    private static final int HALF_GREATEST_EXPONENT = 15;
    private static final int HALF_LEAST_EXPONENT = -14;

    final int bytes;

    FeatureType(int bytes) {
        this.bytes = bytes;
    }

    abstract void put(ByteBuffer target, float value);

    /** The type in which probabilities go with such features: bfloat16 has too few digits for them. */
    FeatureType ofProbabilities() {
        return this == F32 ? F32 : F16;
    }

    /**
     * The type of a short name: {@code f32}, {@code f16} or {@code bf16}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static FeatureType named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.shortName().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("feature type \"" + name + "\": expected "
                        + Arrays.stream(values()).map(FeatureType::shortName).collect(Collectors.joining(", "))));
    }

    /** The name on the command line. */
    public String shortName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static short half(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        int bits;
        if (Float.isNaN(value)) {
            bits = 0x7e00;
        } else if (magnitude >= 65_520f) { // half way between the greatest half, 65504, and what would follow it
            bits = 0x7c00;
        } else {
            int exponent = Math.max(HALF_LEAST_EXPONENT, Math.getExponent(magnitude));
            // Ten bits follow the point: rint is to nearest even, and a carry runs on into the exponent, rightly.
            int fraction = (int) Math.rint(Math.scalb((double) magnitude, 10 - exponent));
            bits = fraction + (exponent + HALF_GREATEST_EXPONENT - 1 << 10);
        }
        return (short) (sign | bits);
    }
}
