package io.github.afterimage.platform;

import io.github.afterimage.binding.Native;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A block of native memory with one owner: either allocated memory, aligned to 64 bytes and zeroed except by {@link
 * #reuseScratch}, or a file mapped read-only.
 *
 * <p>Guarantees: a block of 2 MiB or more asks the system for huge pages. {@link MemoryLedger} counts every byte until
 * {@link #close}; closing again does nothing.
 *
 * <p>Threads: accesses to the contents need the same care as accesses to a shared array. The owner must not close a block
 * that another thread uses; {@code CacheIndex} ensures this for its callers.
 *
 * <p>Lifetime: pointers and buffers to a block are valid until it is closed. They do not keep it alive.
 */
public final class NativeMemory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    /** Logarithm of the bytes of a view, through which single numbers are read; a ByteBuffer can hold almost twice that. */
    private static final int VIEW_SHIFT = 30;

    /** Bytes of a huge page. */
    public static final long HUGE_PAGE = 2L << 20;
    /** The system error ENOENT. */
    private static final int NO_SUCH_FILE = 2;

    /** Runs before each allocation. Tests set it to make an allocation fail. */
    static volatile Runnable beforeAllocation = () -> {};

    private final MemoryKind kind;
    private final long address;
    private final long bytes;
    private final Runnable release;
    /** Holds the contents if JavaCPP cannot be loaded, so that no native code needs an address; null otherwise. */
    private @Nullable ByteBuffer contents;

    private final LeakTracker.@Nullable Trace trace;
    private volatile ByteBuffer @Nullable [] views;
    private boolean closed;

    private NativeMemory(MemoryKind kind, long address, long bytes, Runnable release) {
        this.kind = kind;
        this.address = address;
        this.bytes = bytes;
        this.release = release;
        trace = LeakTracker.track(this, bytes);
    }

    private NativeMemory(SpareMemory block) {
        this(MemoryKind.HOST, block.address(), block.bytes(), block);
        views = block.views();
    }

    /**
     * Allocates zeroed memory for keys and other lasting data; it cannot use the bytes set aside for queries.
     *
     * @throws IllegalArgumentException if {@code bytes} is not positive
     * @throws NotEnoughMemoryException if the limit less the bytes set aside would be exceeded, or if the system refuses
     */
    public static NativeMemory allocate(long bytes) {
        return allocate(
                bytes,
                () -> MemoryLedger.reserve(MemoryKind.HOST, bytes),
                () -> MemoryLedger.release(MemoryKind.HOST, bytes));
    }

    /**
     * Allocates zeroed memory for the duration of a query; it can use the bytes set aside for queries.
     *
     * @throws IllegalArgumentException if {@code bytes} is not positive
     * @throws NotEnoughMemoryException if the limit would be exceeded, or if the system refuses
     */
    public static NativeMemory allocateScratch(long bytes) {
        return allocate(bytes, () -> MemoryLedger.reserveScratch(bytes), () -> MemoryLedger.releaseScratch(bytes));
    }

    /**
     * Allocates memory like {@link #allocateScratch}, with undefined contents: it may be that of an earlier query.
     *
     * @return a block of at least {@code bytes}
     */
    public static NativeMemory reuseScratch(long bytes) {
        return reuse(bytes, false);
    }

    /**
     * Allocates zeroed memory like {@link #allocateScratch}; it may be that of an earlier query.
     *
     * @return a block of at least {@code bytes}
     */
    public static NativeMemory reuseZeroed(long bytes) {
        return reuse(bytes, true);
    }

    private static NativeMemory reuse(long bytes, boolean zeroed) {
        if (bytes <= 0 || !NativeLibrary.available()) {
            return allocateScratch(bytes);
        }
        long rounded = SpareMemory.rounded(bytes);
        beforeAllocation.run();
        MemoryLedger.reserveScratch(rounded);
        SpareMemory spare = SpareMemory.take(rounded);
        SpareMemory block = spare == null ? newBlock(rounded) : spare;
        try {
            NativeMemory memory = new NativeMemory(block);
            if (zeroed && spare != null) {
                Pointer.memset(memory.at(0), 0, rounded);
            }
            return memory;
        } catch (RuntimeException | Error e) { // the heap is full
            block.run();
            throw e;
        }
    }

    /** Returns a zeroed block whose bytes are counted already; they are not if it is refused. */
    private static SpareMemory newBlock(long bytes) {
        return Resources.guarded(() -> MemoryLedger.releaseScratch(bytes), () -> {
            long address = address(bytes);
            return Resources.guarded(
                    () -> SpareMemory.free(address, bytes),
                    () -> new SpareMemory(
                            address, bytes, views(bytes, (offset, length) -> view(address, offset, length))));
        });
    }

    /** Returns the bytes that {@link #reuseScratch} takes for a request. */
    public static long reusedBytes(long bytes) {
        return SpareMemory.rounded(bytes);
    }

    /** Releases the memory that {@link #reuseScratch} keeps between queries. */
    public static void releaseSpare() {
        SpareMemory.release();
    }

    /**
     * Allocates zeroed memory that the caller has claimed with {@link MemoryLedger#claim}. The claim must outlast the block.
     *
     * @throws NotEnoughMemoryException if the system refuses
     */
    public static NativeMemory allocateClaimed(long bytes) {
        return allocate(
                bytes,
                () -> MemoryLedger.count(MemoryKind.HOST, bytes),
                () -> MemoryLedger.count(MemoryKind.HOST, -bytes));
    }

    private static NativeMemory allocate(long bytes, Runnable count, Runnable discount) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes " + bytes + ": expected a positive number");
        }
        beforeAllocation.run();
        count.run();
        return Resources.guarded(discount::run, () -> {
            if (JavaCpp.problem() != null) {
                return allocateBuffer(bytes, discount);
            }
            return NativeLibrary.available() ? allocateNative(bytes, discount) : allocatePortable(bytes, discount);
        });
    }

    private static NativeMemory allocateNative(long bytes, Runnable discount) {
        long address = address(bytes);
        return new NativeMemory(MemoryKind.HOST, address, bytes, () -> {
            Native.afterimage_release(address, bytes);
            discount.run();
        });
    }

    /** Returns the address of zeroed memory from the system. */
    private static long address(long bytes) {
        long[] address = new long[1];
        if (Native.afterimage_allocate(bytes, address) != Native.AFTERIMAGE_OK) {
            SpareMemory.release();
            if (Native.afterimage_allocate(bytes, address) != Native.AFTERIMAGE_OK) {
                throw refused(bytes);
            }
        }
        return address[0];
    }

    private static NativeMemory allocatePortable(long bytes, Runnable discount) {
        Pointer block = Pointer.calloc(1, Math.addExact(bytes, ALIGNMENT));
        if (block == null || block.isNull()) {
            throw refused(bytes);
        }
        long aligned = (block.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return new NativeMemory(MemoryKind.HOST, aligned, bytes, () -> {
            Pointer.free(block);
            discount.run();
        });
    }

    private static NativeMemory allocateBuffer(long bytes, Runnable discount) {
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(bytes + " bytes in one piece: expected at most " + Integer.MAX_VALUE
                    + ", because " + JavaCpp.problem());
        }
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) bytes);
            NativeMemory memory = new NativeMemory(MemoryKind.HOST, 0, bytes, discount);
            memory.contents = buffer;
            return memory;
        } catch (OutOfMemoryError e) {
            throw refused(bytes);
        }
    }

    /**
     * Maps a whole file. Nobody may shorten the file while it is mapped.
     *
     * @return the block, or null if the file is empty
     * @throws NoSuchFileException if the file does not exist
     */
    public static @Nullable NativeMemory map(Path file) throws IOException {
        beforeAllocation.run();
        long[] bytes = new long[1];
        long[] address = new long[1];
        int[] error = new int[1];
        if (Native.afterimage_map(file.toAbsolutePath().toString(), bytes, address, error) != Native.AFTERIMAGE_OK) {
            if (error[0] == NO_SUCH_FILE) {
                throw new NoSuchFileException(file.toString());
            }
            throw new IOException(file + ": cannot be mapped (system error " + error[0] + ")");
        }
        if (bytes[0] == 0) {
            return null;
        }
        MemoryLedger.reserve(MemoryKind.MAPPED, bytes[0]);
        return new NativeMemory(MemoryKind.MAPPED, address[0], bytes[0], () -> {
            Native.afterimage_unmap(address[0], bytes[0]);
            MemoryLedger.release(MemoryKind.MAPPED, bytes[0]);
        });
    }

    private static NotEnoughMemoryException refused(long bytes) {
        return MemoryLedger.refusedBySystem(bytes);
    }

    /** Returns the kind of this memory. */
    public MemoryKind kind() {
        return kind;
    }

    /** Returns the bytes of this block. */
    public long bytes() {
        return bytes;
    }

    /** Returns a pointer to byte {@code offset}. */
    public Pointer at(long offset) {
        return new Address(address + checked(offset, 0));
    }

    /** Returns a pointer to the floats from byte {@code offset} on. */
    public FloatPointer floats(long offset) {
        return new FloatPointer(at(offset));
    }

    /** Returns a pointer to the doubles from byte {@code offset} on. */
    public DoublePointer doubles(long offset) {
        return new DoublePointer(at(offset));
    }

    /** Returns a pointer to the 32-bit integers from byte {@code offset} on. */
    public IntPointer ints(long offset) {
        return new IntPointer(at(offset));
    }

    /** Returns a pointer to the 64-bit integers from byte {@code offset} on. */
    public LongPointer longs(long offset) {
        return new LongPointer(at(offset));
    }

    /** Returns a view of {@code length} bytes from {@code offset} on, in native byte order. */
    public ByteBuffer buffer(long offset, int length) {
        ByteBuffer view = view(offset, length);
        int start = (int) (offset & (1L << VIEW_SHIFT) - 1);
        ByteBuffer buffer = length <= view.capacity() - start ? view.slice(start, length) : newView(offset, length);
        return buffer.order(ByteOrder.nativeOrder());
    }

    private ByteBuffer newView(long offset, int length) {
        return contents != null ? contents.slice((int) offset, length) : view(address, offset, length);
    }

    private static ByteBuffer view(long address, long offset, int length) {
        return new BytePointer(new Address(address + offset)).capacity(length).asByteBuffer();
    }

    private interface View {
        ByteBuffer of(long offset, int length);
    }

    /** Returns the views through which single numbers are read. */
    private static ByteBuffer[] views(long bytes, View view) {
        ByteBuffer[] all = new ByteBuffer[(int) ((bytes - 1 >> VIEW_SHIFT) + 1)];
        for (int i = 0; i < all.length; i++) {
            long start = (long) i << VIEW_SHIFT;
            all[i] = view.of(start, (int) Math.min(Integer.MAX_VALUE, bytes - start))
                    .order(ByteOrder.nativeOrder());
        }
        return all;
    }

    /** Reads the 32-bit integer at byte {@code offset}, a multiple of 4. */
    public int getInt(long offset) {
        return view(offset, Integer.BYTES).getInt((int) (offset & (1L << VIEW_SHIFT) - 1));
    }

    /** Reads the 64-bit integer at byte {@code offset}, a multiple of 8. */
    public long getLong(long offset) {
        return view(offset, Long.BYTES).getLong((int) (offset & (1L << VIEW_SHIFT) - 1));
    }

    /** Writes the 32-bit integer at byte {@code offset}, a multiple of 4. */
    public void putInt(long offset, int value) {
        view(offset, Integer.BYTES).putInt((int) (offset & (1L << VIEW_SHIFT) - 1), value);
    }

    /** Writes the 64-bit integer at byte {@code offset}, a multiple of 8; a reader sees the old value or the new one. */
    public void putLong(long offset, long value) {
        view(offset, Long.BYTES).putLong((int) (offset & (1L << VIEW_SHIFT) - 1), value);
    }

    /** Reads the float at byte {@code offset}, a multiple of 4. */
    public float getFloat(long offset) {
        return Float.intBitsToFloat(getInt(offset));
    }

    /** Writes the float at byte {@code offset}, a multiple of 4. */
    public void putFloat(long offset, float value) {
        putInt(offset, Float.floatToRawIntBits(value));
    }

    /** Copies {@code length} bytes from byte {@code from} of this block to byte {@code to} of the target. */
    public void copyTo(NativeMemory target, long from, long to, long length) {
        if (contents != null) {
            target.buffer(to, (int) length).put(buffer(from, (int) length));
        } else {
            Pointer.memcpy(target.at(to), at(from), length);
        }
    }

    private ByteBuffer view(long offset, int length) {
        checked(offset, length);
        ByteBuffer[] all = views;
        if (all == null) {
            all = views(bytes, this::newView);
            views = all;
        }
        return all[(int) (offset >> VIEW_SHIFT)];
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

    /** Returns the memory to the system, or keeps it for {@link #reuseScratch}. Closing again does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release.run();
            contents = null;
            views = null;
            if (trace != null) {
                trace.closed();
            }
        }
    }

    /** A pointer to memory that JavaCPP does not own: it neither counts nor frees it. */
    private static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }
}
