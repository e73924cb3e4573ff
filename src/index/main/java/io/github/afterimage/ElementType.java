package io.github.afterimage;

import io.github.afterimage.binding.Native;
import io.github.afterimage.tensors.NumberType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How one element of a key is stored. */
public enum ElementType {
    /** IEEE 754 single precision. */
    FLOAT32("f32", NumberType.F32, Native.AFTERIMAGE_FLOAT32),
    /** IEEE 754 half precision, rounded to nearest even. */
    FLOAT16("f16", NumberType.F16, Native.AFTERIMAGE_FLOAT16),
    /** The upper half of a single-precision number, rounded to nearest even. */
    BFLOAT16("bf16", NumberType.BF16, Native.AFTERIMAGE_BFLOAT16),
    /** An integer in -127..127 times a float32 scale that each key has of its own. */
    INT8("i8", NumberType.I8, Native.AFTERIMAGE_INT8);

    private final String shortName;
    private final NumberType number;
    private final int code;

    ElementType(String shortName, NumberType number, int code) {
        this.shortName = shortName;
        this.number = number;
        this.code = code;
    }

    /** The name on the command line: {@code f32}, {@code f16}, {@code bf16} or {@code i8}. */
    public String shortName() {
        return shortName;
    }

    /** Bytes of one element, the scales of {@link #INT8} not counted. */
    public int bytes() {
        return number.bytes;
    }

    /** The code of this type in {@code afterimage.h}. Public because the packages of the engines and of the store use it. */
    public int code() {
        return code;
    }

    /** True where each key has a float32 scale. */
    public boolean scaled() {
        return this == INT8;
    }

    /** The name of this type in a safetensors header. Public because the package of the store uses it. */
    public String tensorType() {
        return number.name();
    }

    /** The stored number at {@code index} of {@code elements}, native byte order, not yet multiplied by a scale. */
    public float read(ByteBuffer elements, int index) {
        return number.toFloat(elements, index * number.bytes);
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
                .orElseThrow(() -> new IllegalArgumentException("dtype \"" + name + "\": expected "
                        + Arrays.stream(values()).map(ElementType::shortName).collect(Collectors.joining(", "))));
    }
}
