package io.github.afterimage.serve.protocol;

import io.github.afterimage.platform.NumberType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The types of tensors. */
public enum DataType {
    BOOL(NumberType.U8, 0, 1),
    UINT8(NumberType.U8, 0, (1 << 8) - 1),
    UINT16(NumberType.U16, 0, (1 << 16) - 1),
    UINT32(NumberType.U32, 0, (1L << 32) - 1),
    UINT64(NumberType.U64, 0, -1),
    INT8(NumberType.I8, Byte.MIN_VALUE, Byte.MAX_VALUE),
    INT16(NumberType.I16, Short.MIN_VALUE, Short.MAX_VALUE),
    INT32(NumberType.I32, Integer.MIN_VALUE, Integer.MAX_VALUE),
    INT64(NumberType.I64, Long.MIN_VALUE, Long.MAX_VALUE),
    FP16(NumberType.F16, 0, 0),
    BF16(NumberType.BF16, 0, 0),
    FP32(NumberType.F32, 0, 0),
    FP64(NumberType.F64, 0, 0),
    /** Strings of bytes, each with its length before it. */
    BYTES(null, 0, 0);

    private static final float UNSIGNED = 0x1p64f;

    private final @Nullable NumberType number;
    private final long least;
    private final long greatest;

    /** @param greatest without a sign; 0 for a type that is not of whole numbers */
    DataType(@Nullable NumberType number, long least, long greatest) {
        this.number = number;
        this.least = least;
        this.greatest = greatest;
    }

    /**
     * Checks numbers that were written as text or in a wider type.
     *
     * @param name of the input
     * @throws RequestException if the type does not have one of them; names the first
     */
    void require(String name, float[] values) {
        float most = greatest < 0 ? UNSIGNED : greatest; // values are rounded, so the bound is too
        for (int i = 0; greatest != 0 && i < values.length; i++) {
            if (!(values[i] >= least && values[i] <= most) || values[i] != Math.rint(values[i])) {
                throw RequestException.bad("element " + i + " of input " + name + " is " + values[i]
                        + ": expected a whole number in " + least + ".." + Long.toUnsignedString(greatest)
                        + ", the range of " + this);
            }
        }
    }

    /** Returns the bytes of an element; 0 for {@link #BYTES}. */
    public int bytes() {
        return number == null ? 0 : number.bytes;
    }

    /** Returns whether elements are numbers. */
    public boolean isNumeric() {
        return number != null;
    }

    /**
     * Finds a type by its name in the protocol.
     *
     * @throws RequestException if this server does not know it
     */
    public static DataType named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        RequestException.bad("datatype " + name + ": expected one of " + Arrays.toString(values())));
    }

    /** Reads an element of a little-endian buffer as float32. */
    float read(ByteBuffer source, int offset) {
        if (number == null) {
            throw new IllegalStateException("BYTES are not numbers");
        }
        float value = number.toFloat(source, offset);
        return this == UINT64 && value < 0 ? value + UNSIGNED : value;
    }
}
