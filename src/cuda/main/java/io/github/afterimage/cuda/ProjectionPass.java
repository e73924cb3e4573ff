package io.github.afterimage.cuda;

import io.github.afterimage.cuda.CallerMemory.Use;
import io.github.afterimage.keys.UnitRows;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Projects rows on the device, block by block: the host scales them to unit norm directly into pinned memory, cuBLAS
 * multiplies. Several callers share the rows of a call; one normalises while the device copies and multiplies for others.
 */
final class ProjectionPass {
    /** The place where rows are reduced. */
    enum Place {
        /** The device, unless the processor is faster. */
        AUTO,
        DEVICE,
        PROCESSOR
    }

    /** Below this number of products the processor is faster: they take some 20 µs, as long as a copy, a launch and a wait. */
    private static final long FEW_PRODUCTS = 1L << 20;
    /** Maximum tasks: keys leave memory for the workspaces of so many callers, see {@link DeviceBudget}. */
    private static final int MAX_TASKS = 4;
    /** Minimum bytes of a task: fewer are normalised faster than handed over to another thread. */
    private static final int TASK_BYTES = 4 << 20;
    /** Maximum bytes of the rows, or of the results, of a block: some ms of copying, because a pass stops between blocks. */
    private static final int BLOCK_BYTES = 32 << 20;

    private final CudaCaller caller;
    private final DeviceMatrix matrix;

    ProjectionPass(CudaCaller caller, DeviceMatrix matrix) {
        this.caller = caller;
        this.matrix = matrix;
    }

    /**
     * Returns the number of callers that share the rows of a call; 0 if the processor reduces them.
     *
     * @param rows number of rows
     * @param threads maximum number of callers
     */
    static int tasks(int inputDim, int outputDim, int rows, int threads) {
        Place place = CudaProperties.projectionPlace();
        if (place == Place.PROCESSOR || place == Place.AUTO && (long) inputDim * outputDim * rows < FEW_PRODUCTS) {
            return 0;
        }
        int rowsOfTask = Math.max(1, TASK_BYTES / Float.BYTES / inputDim);
        return Math.max(1, Math.min(rows / rowsOfTask, Math.min(threads, MAX_TASKS)));
    }

    /** Maximum rows of a block. */
    static int blockRows(int inputDim, int outputDim) {
        return Math.max(1, BLOCK_BYTES / Float.BYTES / Math.max(inputDim, outputDim));
    }

    void run(FloatBuffer source, int first, int count, FloatBuffer target, Runnable checkCancelled) {
        long address = matrix.address(caller.cuda, caller.compute, caller.memory);
        int step = blockRows(matrix.layout().dim(), matrix.rows());
        for (int done = 0; done < count; done += step) {
            checkCancelled.run();
            block(address, source, first + done, Math.min(step, count - done), target);
        }
    }

    private void block(long address, FloatBuffer source, int first, int count, FloatBuffer target) {
        CallerMemory memory = caller.memory;
        int inputDim = matrix.layout().dim();
        int outputDim = matrix.rows();
        long sourceBytes = (long) count * inputDim * Float.BYTES;
        long targetBytes = (long) count * outputDim * Float.BYTES;
        memory.beginStaging(sourceBytes + targetBytes, 2);
        long unreduced = memory.device(Use.UNREDUCED, sourceBytes).at(0);
        long reduced = memory.device(Use.REDUCED, targetBytes).at(0);
        memory.upload(
                unreduced, sourceBytes, bytes -> UnitRows.copy(source, first, count, inputDim, bytes.asFloatBuffer()));
        caller.gemm.project(matrix, address, unreduced, count, reduced);
        ByteBuffer result = memory.download(Use.REDUCED, targetBytes);
        caller.compute.synchronize();
        target.slice(target.position() + first * outputDim, count * outputDim).put(result.asFloatBuffer());
    }
}
