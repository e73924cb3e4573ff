package io.github.afterimage.serve.protocol;

import java.nio.ByteBuffer;

/** The types of tensors that this server reads or writes; the protocol has a few more. */
public enum DataType {
    UINT8(1, 0, (1 << 8) - 1),
    INT8(1, Byte.MIN_VALUE, Byte.MAX_VALUE),
    INT16(2, Short.MIN_VALUE, Short.MAX_VALUE),
    INT32(4, Integer.MIN_VALUE, Integer.MAX_VALUE),
    INT64(8, Long.MIN_VALUE, Long.MAX_VALUE),
    FP32(4, 0, 0),
    FP64(8, 0, 0),
    /** Strings of bytes, each with its length before it. */
    BYTES(0, 0, 0);

    private final int bytes;
    private final long least;
    private final long greatest;

    /** @param greatest 0 for a type that is not of whole numbers */
    DataType(int bytes, long least, long greatest) {
        this.bytes = bytes;
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
        for (int i = 0; greatest > 0 && i < values.length; i++) {
            if (!(values[i] >= least && values[i] <= greatest) || values[i] != Math.rint(values[i])) {
                throw RequestException.bad("element " + i + " of input " + name + " is " + values[i]
                        + ": expected a whole number in " + least + ".." + greatest + ", the range of " + this);
            }
        }
    }

    /** Returns the bytes of an element; 0 for {@link #BYTES}. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether elements are numbers. */
    public boolean isNumeric() {
        return this != BYTES;
    }

    /**
     * Finds a type by its name in the protocol.
     *
     * @throws RequestException if this server does not know it
     */
    public static DataType named(String name) {
        for (DataType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw RequestException.bad("datatype " + name + ": expected FP32, FP64, INT8 to INT64, UINT8 or BYTES");
    }

    /** Reads an element of a little-endian buffer as float32. */
    float read(ByteBuffer source) {
        return switch (this) {
            case UINT8 -> source.get() & 0xff;
            case INT8 -> source.get();
            case INT16 -> source.getShort();
            case INT32 -> source.getInt();
            case INT64 -> source.getLong();
            case FP32 -> source.getFloat();
            case FP64 -> (float) source.getDouble();
            case BYTES -> throw new IllegalStateException("BYTES are not numbers");
        };
    }
}
