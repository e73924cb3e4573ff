package io.github.afterimage;

import io.github.afterimage.binding.Native;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How one element of a key is stored. */
public enum ElementType {
    /** IEEE 754 single precision. */
    FLOAT32("f32", "F32", 4, Native.AFTERIMAGE_FLOAT32),
    /** IEEE 754 half precision, rounded to nearest even. */
    FLOAT16("f16", "F16", 2, Native.AFTERIMAGE_FLOAT16),
    /** The upper half of a single-precision number, rounded to nearest even. */
    BFLOAT16("bf16", "BF16", 2, Native.AFTERIMAGE_BFLOAT16),
    /** An integer in -127..127 times a float32 scale that each key has of its own. */
    INT8("i8", "I8", 1, Native.AFTERIMAGE_INT8);

    private final String shortName;
    private final String tensorType;
    private final int bytes;
    private final int code;

    ElementType(String shortName, String tensorType, int bytes, int code) {
        this.shortName = shortName;
        this.tensorType = tensorType;
        this.bytes = bytes;
        this.code = code;
    }

    /** The name on the command line: {@code f32}, {@code f16}, {@code bf16} or {@code i8}. */
    public String shortName() {
        return shortName;
    }

    /** Bytes of one element, the scales of {@link #INT8} not counted. */
    public int bytes() {
        return bytes;
    }

    /** The code of this type in {@code afterimage.h}. */
    public int code() {
        return code;
    }

    /** True where each key has a float32 scale. */
    public boolean scaled() {
        return this == INT8;
    }

    /** The name of this type in a safetensors header. */
    public String tensorType() {
        return tensorType;
    }

    /** The stored number at {@code index} of {@code elements}, native byte order, not yet multiplied by a scale. */
    public float read(ByteBuffer elements, int index) {
        return switch (this) {
            case FLOAT32 -> elements.getFloat(index * 4);
            case FLOAT16 -> halfToFloat(elements.getShort(index * 2));
            case BFLOAT16 -> Float.intBitsToFloat(elements.getShort(index * 2) << 16);
            case INT8 -> elements.get(index);
        };
    }

    /**
     * The type of a short name.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static ElementType named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.shortName.equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("element type \"" + name + "\": expected "
                        + Arrays.stream(values()).map(ElementType::shortName).collect(Collectors.joining(", "))));
    }

    private static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) { // zero and subnormal numbers: fraction * 2^-24
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
        }
        int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
