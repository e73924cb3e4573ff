package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A block of native memory with one owner: allocated, zeroed and aligned to 64 bytes, or a file mapped read-only.
 *
 * <p>Guarantees: blocks of 2 MiB and more ask the system for huge pages; every byte is counted in {@link #bytesInUse}
 * until {@link #close}, which is idempotent.
 *
 * <p>Threads: the contents are as safe as any shared array; closing while another thread uses the block is the owner's
 * error, which {@code CacheIndex} prevents for its users.
 *
 * <p>Lifetime: pointers and buffers made from a block are valid until it is closed, and do not keep it alive.
 */
public final class Memory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final AtomicLong BYTES_IN_USE = new AtomicLong();
    private static final AtomicLong PEAK_BYTES = new AtomicLong();

    private final long address;
    private final long bytes;
    private final Runnable release;
    private boolean closed;

    private Memory(long address, long bytes, Runnable release) {
        this.address = address;
        this.bytes = bytes;
        this.release = release;
        PEAK_BYTES.accumulateAndGet(BYTES_IN_USE.addAndGet(bytes), Math::max);
    }

    /**
     * Allocates zeroed memory.
     *
     * @throws IllegalArgumentException if {@code bytes} is not positive
     * @throws NotEnoughMemoryException if the system refuses
     */
    public static Memory allocate(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes " + bytes + ": expected a positive number");
        }
        return NativeLibrary.available() ? allocateNative(bytes) : allocatePortable(bytes);
    }

    private static Memory allocateNative(long bytes) {
        long[] address = new long[1];
        if (Native.afterimage_allocate(bytes, address) != Native.AFTERIMAGE_OK) {
            throw new NotEnoughMemoryException(bytes, bytesInUse());
        }
        return new Memory(address[0], bytes, () -> Native.afterimage_release(address[0], bytes));
    }

    private static Memory allocatePortable(long bytes) {
        Pointer block = Pointer.calloc(1, Math.addExact(bytes, ALIGNMENT));
        if (block == null || block.isNull()) {
            throw new NotEnoughMemoryException(bytes, bytesInUse());
        }
        long aligned = (block.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return new Memory(aligned, bytes, () -> Pointer.free(block));
    }

    /** Maps the first {@code bytes} of a file, which must be that long and must not be truncated while it is mapped. */
    static Memory map(Path file, long bytes) throws IOException {
        long[] address = new long[1];
        int[] error = new int[1];
        if (Native.afterimage_map(file.toAbsolutePath().toString(), bytes, address, error) != Native.AFTERIMAGE_OK) {
            throw new IOException(file + ": cannot map " + bytes + " bytes (system error " + error[0] + ")");
        }
        return new Memory(address[0], bytes, () -> Native.afterimage_unmap(address[0], bytes));
    }

    /** Bytes of all blocks that are not closed, in this process. */
    public static long bytesInUse() {
        return BYTES_IN_USE.get();
    }

    /** The largest value that {@link #bytesInUse} has had. */
    public static long peakBytes() {
        return PEAK_BYTES.get();
    }

    /** The size of this block. */
    public long bytes() {
        return bytes;
    }

    /** The bytes from {@code offset} as native code takes them. */
    public Pointer at(long offset) {
        return new Address(address + checked(offset, 0));
    }

    /** The floats from byte {@code offset}. */
    public FloatPointer floats(long offset) {
        return new FloatPointer(at(offset));
    }

    /** The doubles from byte {@code offset}. */
    public DoublePointer doubles(long offset) {
        return new DoublePointer(at(offset));
    }

    /** The 32-bit integers from byte {@code offset}. */
    public IntPointer ints(long offset) {
        return new IntPointer(at(offset));
    }

    /** The 64-bit integers from byte {@code offset}. */
    public LongPointer longs(long offset) {
        return new LongPointer(at(offset));
    }

    /** A view of {@code length} bytes from {@code offset}, in native byte order. */
    public ByteBuffer buffer(long offset, int length) {
        return new BytePointer(new Address(address + checked(offset, length)))
                .capacity(length)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    private long checked(long offset, long length) {
        if (closed) {
            throw new IllegalStateException("this memory of " + bytes + " bytes is closed");
        }
        if (offset < 0 || length < 0 || length > bytes - offset) {
            throw new IndexOutOfBoundsException("offset=" + offset + " length=" + length + " bytes=" + bytes);
        }
        return offset;
    }

    /** Gives the memory back. Closing again does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release.run();
            BYTES_IN_USE.addAndGet(-bytes);
        }
    }

    /** A pointer to memory that somebody else owns: JavaCPP neither counts nor frees it. */
    private static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }
}
