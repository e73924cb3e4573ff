package io.github.afterimage.serve.protocol;

import java.nio.ByteBuffer;

/** The types of tensors that this server reads or writes; the protocol has a few more. */
public enum DataType {
    UINT8(1),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    FP32(4),
    FP64(8),
    /** Strings of bytes, each with its length before it. */
    BYTES(0);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
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
