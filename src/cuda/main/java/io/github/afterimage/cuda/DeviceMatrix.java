package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import java.nio.FloatBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The matrix {@code (rows, columns)} of a projection on the device, float32, from the first use on. A Gaussian matrix is made
 * there from its seed, any other is copied.
 *
 * <p>Threads: thread-safe. Lifetime: the owner closes it, when no call uses it any more.
 */
public final class DeviceMatrix implements AutoCloseable {
    /** Maximum second extent of a grid of {@code cuLaunchKernel}. */
    private static final int MAX_ROWS = 65535;
    /** Bytes of a copy: small, because the pinned memory is used only once. */
    private static final int STEP_BYTES = 4 << 20;

    private final int rows;
    private final float scale;
    private final RowLayout layout;
    private final OptionalLong gaussianSeed;
    private final RowSource source;
    private @Nullable DeviceBuffer entries;

    /** Supplies rows of a matrix in host memory. */
    public interface RowSource {
        /** Fills {@code values} with the entries of row {@code row}. */
        void fill(int row, float[] values);
    }

    /** @param gaussianSeed seed of a Gaussian matrix, see native/cuda/gaussian_rows.cu; {@code source} is unused then */
    public DeviceMatrix(int columns, int rows, float scale, OptionalLong gaussianSeed, RowSource source) {
        this.rows = rows;
        this.scale = scale;
        this.gaussianSeed = gaussianSeed;
        this.source = source;
        layout = RowLayout.of(ElementType.FLOAT32, columns);
    }

    /** The factor that products are multiplied by. */
    float scale() {
        return scale;
    }

    int rows() {
        return rows;
    }

    RowLayout layout() {
        return layout;
    }

    /**
     * Returns the device address of the matrix. The first caller makes it and waits for it.
     *
     * @throws io.github.afterimage.NotEnoughMemoryException if the device has no memory for it
     */
    synchronized long address(Cuda cuda, CudaStream stream, CallerMemory memory) {
        if (entries == null) {
            DeviceBuffer made = DeviceBuffer.allocateForMatrix(cuda, layout.bytes(rows));
            try {
                if (gaussianSeed.isPresent()) {
                    make(made, stream, gaussianSeed.getAsLong());
                } else {
                    copy(made, stream, memory);
                }
                stream.synchronize();
            } catch (RuntimeException | Error e) {
                made.close();
                throw e;
            }
            entries = made;
        }
        return entries.at(0);
    }

    private void make(DeviceBuffer target, CudaStream stream, long seed) {
        Kernel kernel = Kernel.GAUSSIAN_ROWS;
        int blocks = (layout.pitch() / 4 + kernel.threads - 1) / kernel.threads;
        for (int first = 0; first < rows; first += MAX_ROWS) {
            stream.arguments()
                    .putLong(target.at(layout.bytes(first)))
                    .putLong(seed)
                    .putLong(layout.pitch())
                    .putInt(first)
                    .putInt(layout.dim());
            stream.launch(kernel, blocks, Math.min(MAX_ROWS, rows - first), 1);
        }
    }

    private void copy(DeviceBuffer target, CudaStream stream, CallerMemory memory) {
        float[] values = new float[layout.pitch()];
        float[] row = new float[layout.dim()];
        int step = (int) Math.max(1, Math.min(rows, STEP_BYTES / layout.pitchBytes()));
        for (int first = 0; first < rows; first += step) {
            int count = Math.min(step, rows - first);
            int start = first;
            memory.beginStaging(layout.bytes(count), 1);
            memory.upload(target.at(layout.bytes(first)), layout.bytes(count), bytes -> {
                FloatBuffer floats = bytes.asFloatBuffer();
                for (int i = 0; i < count; i++) {
                    source.fill(start + i, row);
                    System.arraycopy(row, 0, values, 0, row.length);
                    floats.put(values);
                }
            });
            // The next step writes to the same pinned memory.
            stream.synchronize();
        }
    }

    @Override
    public synchronized void close() {
        if (entries != null) {
            entries.close();
            entries = null;
        }
    }
}
