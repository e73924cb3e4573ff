package io.github.afterimage.tensors;

import java.nio.ByteBuffer;

/** The number types of array files, and how an element becomes a float or an integer. */
public enum NumberType {
    F64(8, false),
    F32(4, false),
    F16(2, false),
    BF16(2, false),
    I64(8, true),
    U64(8, true),
    I32(4, true),
    U32(4, true),
    I16(2, true),
    U16(2, true),
    I8(1, true),
    U8(1, true);

    public final int bytes;
    public final boolean integer;

    NumberType(int bytes, boolean integer) {
        this.bytes = bytes;
        this.integer = integer;
    }

    /** The type that safetensors calls so, or null. */
    static NumberType ofSafeTensors(String name) {
        for (NumberType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** The type of a NumPy kind (f, i or u) and size in bytes, or null. */
    static NumberType ofNumpy(char kind, int bytes) {
        return ofSafeTensors(Character.toUpperCase(kind) + String.valueOf(8 * bytes));
    }

    /** The element at a byte offset, as float32: rounded from float64, exact from the smaller types. */
    public float toFloat(ByteBuffer source, int offset) {
        return switch (this) {
            case F64 -> (float) source.getDouble(offset);
            case F32 -> source.getFloat(offset);
            case F16 -> halfToFloat(source.getShort(offset));
            case BF16 -> Float.intBitsToFloat(source.getShort(offset) << 16);
            default -> toLong(source, offset);
        };
    }

    /** The element at a byte offset of an integer type; an unsigned 64-bit one above the signed range is negative. */
    long toLong(ByteBuffer source, int offset) {
        return switch (this) {
            case I64, U64 -> source.getLong(offset);
            case I32 -> source.getInt(offset);
            case U32 -> Integer.toUnsignedLong(source.getInt(offset));
            case I16 -> source.getShort(offset);
            case U16 -> Short.toUnsignedInt(source.getShort(offset));
            case I8 -> source.get(offset);
            case U8 -> Byte.toUnsignedInt(source.get(offset));
            default -> throw new IllegalStateException(this + " is not an integer type");
        };
    }

    private static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        }
        if (exponent == 0) { // zero or subnormal: fraction * 2^-24, exact in float32
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | exponent + 112 << 23 | fraction << 13); // 112 = 127 - 15, the biases
    }
}
