package io.github.afterimage.cuda;

import io.github.afterimage.cuda.DeviceBudget.Purpose;
import io.github.afterimage.engine.Projection;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The matrix {@code (rows, columns)} of a projection on the device, float32, from the first use on. A Gaussian matrix is made
 * there from its seed, any other is copied.
 *
 * <p>Threads: thread-safe. Lifetime: the owner closes it, when no call uses it any more.
 */
final class DeviceMatrix implements AutoCloseable {
    /** Maximum second extent of a grid of {@code cuLaunchKernel}. */
    private static final int MAX_ROWS = 65535;
    /** Bytes of a copy: small, because the pinned memory is used only once. */
    private static final int STEP_BYTES = 4 << 20;

    private final Projection projection;
    private final int rows;
    private final RowLayout layout;
    private @Nullable DeviceBuffer entries;

    DeviceMatrix(Projection projection) {
        this.projection = projection;
        rows = projection.outputDim();
        layout = RowLayout.of(ElementType.FLOAT32, projection.inputDim());
    }

    /** The factor that products are multiplied by. */
    float scale() {
        return projection.entries().scale();
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
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if the device has no memory for it
     */
    synchronized long address(Cuda cuda, CudaStream stream, CallerMemory memory) {
        if (entries == null) {
            entries = Resources.filled(DeviceBuffer.allocate(cuda, Purpose.MATRIX, layout.bytes(rows)), made -> {
                OptionalLong seed = projection.entries().gaussianSeed();
                if (seed.isPresent()) {
                    make(made, stream, seed.getAsLong());
                } else {
                    copy(made, stream, memory);
                }
                stream.synchronize();
            });
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
                    projection.entries().fill(start + i, row);
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
