package io.github.afterimage.tensors;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.NumberType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * An array of numbers in a file, read in blocks.
 *
 * @param name name of the array and its file, for messages
 * @param order byte order of the elements
 * @param fortran true if the elements are in Fortran order, in which the first index changes fastest; false if row-major
 * @param region the bytes of the elements
 */
public record NumericArray(
        String name, NumberType type, ByteOrder order, long[] shape, boolean fortran, Region region) {
    // 64 KiB hold a whole number of elements of every type and fit the level-2 cache.
    private static final int BLOCK_BYTES = 1 << 16;

    /** Creates a row-major array. */
    NumericArray(String name, NumberType type, ByteOrder order, long[] shape, Region region) {
        this(name, type, order, shape, false, region);
    }

    /** Computes the bytes of a shape; refuses negative dimensions and sizes above 2^63. */
    static long bytes(String name, long elementBytes, long[] shape) throws CorruptDataException {
        long bytes = elementBytes;
        try {
            for (long dimension : shape) {
                if (dimension < 0) {
                    throw new CorruptDataException(
                            name + " has shape " + Arrays.toString(shape) + ": no dimension may be negative");
                }
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException e) {
            throw new CorruptDataException(name + " has shape " + Arrays.toString(shape) + ": more than 2^63 bytes", e);
        }
        return bytes;
    }

    /** Returns the shape as text, such as {@code [100, 512]}. */
    public String shapeText() {
        return Arrays.toString(shape);
    }

    /** Returns the number of elements of a row, which is everything at one index of the first dimension. */
    public long rowLength() {
        long length = 1;
        for (int i = 1; i < shape.length; i++) {
            length *= shape[i];
        }
        return length;
    }

    /** Reads {@code count} rows from row {@code first} on as row-major float32, and puts them at the target's position. */
    public void readRows(long first, int count, FloatBuffer target) throws IOException {
        if (!fortran) {
            readFloats(first * rowLength(), count * rowLength(), target);
            return;
        }
        int length = Math.toIntExact(rowLength());
        float[] column = new float[count];
        for (int place = 0; place < length; place++) {
            // In Fortran order, the elements at one place of all rows are adjacent.
            readFloats(fortranPlace(place) * shape[0] + first, count, FloatBuffer.wrap(column));
            for (int row = 0; row < count; row++) {
                target.put(target.position() + row * length + place, column[row]);
            }
        }
        target.position(target.position() + count * length);
    }

    /** Converts the place of an element within a row from row-major order to Fortran order. */
    private long fortranPlace(int place) {
        long fortranPlace = 0;
        long stride = rowLength();
        long left = place;
        for (int dimension = shape.length - 1; dimension > 0; dimension--) {
            stride /= shape[dimension]; // in Fortran order, the product of the dimensions before this one
            fortranPlace += left % shape[dimension] * stride;
            left /= shape[dimension];
        }
        return fortranPlace;
    }

    /** Reads {@code count} elements from element {@code from} on, in stored order, and puts them at the target's position. */
    private void readFloats(long from, long count, FloatBuffer target) throws IOException {
        ByteBuffer block = block(count);
        for (long done = 0; done < count; ) {
            int elements = fill(block, from + done, count - done);
            if (type == NumberType.F32) {
                target.put(block.asFloatBuffer());
            } else {
                for (int i = 0; i < elements; i++) {
                    target.put(type.toFloat(block, i * type.bytes));
                }
            }
            done += elements;
        }
    }

    /** Reads {@code count} elements of an integer type from element {@code from} on, in stored order. */
    public long[] readIntegers(long from, int count) throws IOException {
        long[] values = new long[count];
        ByteBuffer block = block(count);
        for (int done = 0; done < count; ) {
            int elements = fill(block, from + done, count - done);
            for (int i = 0; i < elements; i++) {
                values[done + i] = type.toLong(block, i * type.bytes);
            }
            done += elements;
        }
        return values;
    }

    private ByteBuffer block(long count) {
        return ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, count * type.bytes))
                .order(order);
    }

    private int fill(ByteBuffer block, long from, long left) throws IOException {
        int elements = (int) Math.min(left, block.capacity() / type.bytes);
        block.clear().limit(elements * type.bytes);
        region.read(from * type.bytes, block);
        block.flip();
        return elements;
    }
}
