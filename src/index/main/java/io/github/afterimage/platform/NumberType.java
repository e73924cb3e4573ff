package io.github.afterimage.platform;

import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The number types of array files and keys, and the conversion of their elements. */
public enum NumberType {
    F64(8, false),
    F32(4, false),
    /** IEEE 754 half precision. */
    F16(2, false),
    /** The upper half of an F32. */
    BF16(2, false),
    I64(8, true),
    U64(8, true),
    I32(4, true),
    U32(4, true),
    I16(2, true),
    U16(2, true),
    I8(1, true),
    U8(1, true);

    private static final int HALF_BIAS = 15;
    private static final int HALF_FRACTION_BITS = 10;
    private static final int MIN_HALF_EXPONENT = -14;
    /** The midpoint between the largest finite half, 65504, and the next value of the format; it rounds to infinity. */
    private static final float HALF_OVERFLOW = 65_520;

    /** Bytes of an element. */
    public final int bytes;
    /** True for signed and unsigned integers. */
    public final boolean integer;

    NumberType(int bytes, boolean integer) {
        this.bytes = bytes;
        this.integer = integer;
    }

    /** Returns the type in which elements of keys are stored. */
    public static NumberType of(ElementType type) {
        return switch (type) {
            case FLOAT32 -> F32;
            case FLOAT16 -> F16;
            case BFLOAT16 -> BF16;
            case INT8 -> I8;
        };
    }

    /** Returns the type with this name in safetensors, or null if there is none. */
    public static @Nullable NumberType ofSafeTensors(String name) {
        for (NumberType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** Returns the type with this NumPy kind (f, i or u) and size in bytes, or null if there is none. */
    public static @Nullable NumberType ofNumpy(char kind, int bytes) {
        return ofSafeTensors(Character.toUpperCase(kind) + String.valueOf(8 * bytes));
    }

    /** Returns NumPy's name of the little-endian type, such as {@code <f4}. NumPy has no {@link #BF16}. */
    public String numpyName() {
        return "<" + Character.toLowerCase(name().charAt(0)) + bytes;
    }

    /** Reads the element of a number as float32; see {@link #toFloat}. */
    public float read(ByteBuffer elements, int index) {
        return toFloat(elements, index * bytes);
    }

    /** Reads the element at a byte offset as float32. F64 and large integers are rounded; other types are exact. */
    public float toFloat(ByteBuffer source, int offset) {
        return switch (this) {
            case F64 -> (float) source.getDouble(offset);
            case F32 -> source.getFloat(offset);
            case F16 -> halfToFloat(source.getShort(offset));
            case BF16 -> Float.intBitsToFloat(source.getShort(offset) << 16);
            default -> toLong(source, offset);
        };
    }

    /**
     * Writes a float at the buffer's position, rounded to nearest even. A value beyond the range becomes infinite.
     *
     * @throws IllegalStateException if this type is not F32, F16 or BF16
     */
    public void put(ByteBuffer target, float value) {
        switch (this) {
            case F32 -> target.putFloat(value);
            case F16 -> target.putShort(floatToHalf(value));
            case BF16 -> {
                int bits = Float.floatToIntBits(value);
                // Adds half a unit of the last place kept; if that place is even, 1 bit less, so that ties round to
                // even.
                target.putShort((short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16));
            }
            default -> throw new IllegalStateException("no float is written as " + this);
        }
    }

    /** Reads the element of an integer type at a byte offset; a U64 above the signed range becomes negative. */
    public long toLong(ByteBuffer source, int offset) {
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

    private static short floatToHalf(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        int bits;
        if (Float.isNaN(value)) {
            bits = 0x7e00;
        } else if (magnitude >= HALF_OVERFLOW) {
            bits = 0x7c00;
        } else {
            int exponent = Math.max(MIN_HALF_EXPONENT, Math.getExponent(magnitude));
            // rint rounds to nearest even. A carry correctly increases the exponent.
            int fraction = (int) Math.rint(Math.scalb((double) magnitude, HALF_FRACTION_BITS - exponent));
            bits = fraction + (exponent + HALF_BIAS - 1 << HALF_FRACTION_BITS);
        }
        return (short) (sign | bits);
    }
}
