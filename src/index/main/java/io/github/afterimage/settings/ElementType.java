package io.github.afterimage.settings;

import io.github.afterimage.binding.Native;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How one element of a key is stored. */
public enum ElementType {
    /** IEEE 754 single precision. */
    FLOAT32("f32", 4, Native.AFTERIMAGE_FLOAT32),
    /** IEEE 754 half precision, rounded to nearest even. */
    FLOAT16("f16", 2, Native.AFTERIMAGE_FLOAT16),
    /** The upper half of a single-precision number, rounded to nearest even. */
    BFLOAT16("bf16", 2, Native.AFTERIMAGE_BFLOAT16),
    /** An integer in -127..127 times a float32 scale that each key has of its own. */
    INT8("i8", 1, Native.AFTERIMAGE_INT8);

    private final String shortName;
    private final int bytes;
    private final int code;

    ElementType(String shortName, int bytes, int code) {
        this.shortName = shortName;
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

    /** The code of this type in {@code afterimage.h}. Public because those of the engines and keys use it. */
    public int code() {
        return code;
    }

    /** True where each key has a float32 scale. */
    public boolean scaled() {
        return this == INT8;
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
