package io.github.afterimage.cuda;

import static io.github.afterimage.cuda.CudaException.check;

import io.github.afterimage.platform.Resources;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.cudart.CUDA_MEMCPY2D_v2;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * A queue of work on the device; everything but {@link #synchronize} returns before the work is done.
 *
 * <p>Threads: one at a time, which has {@linkplain Cuda#enter entered} the device.
 */
final class CudaStream extends Cuda.Held {
    private static final int MAX_ARGUMENT_BYTES = 256;

    private final Cuda cuda;
    private final CUstream_st stream = new CUstream_st();
    private final BytePointer argumentBytes = new BytePointer(MAX_ARGUMENT_BYTES);
    private final ByteBuffer arguments = argumentBytes.asByteBuffer().order(ByteOrder.nativeOrder());
    private final PointerPointer<Pointer> parameters = new PointerPointer<Pointer>(1).put(0, argumentBytes);

    CudaStream(Cuda cuda) {
        super(cuda);
        this.cuda = cuda;
        check(cudart.cuStreamCreate(stream, cudart.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    }

    CUstream_st handle() {
        return stream;
    }

    void copyIn(long device, Pointer host, long bytes) {
        if (bytes > 0) {
            check(cudart.cuMemcpyHtoDAsync(device, host, bytes, stream), "cuMemcpyHtoDAsync");
        }
    }

    void copyOut(Pointer host, long device, long bytes) {
        if (bytes > 0) {
            check(cudart.cuMemcpyDtoHAsync(host, device, bytes, stream), "cuMemcpyDtoHAsync");
        }
    }

    /** Copies contiguous rows to rows that are {@code layout.pitchBytes()} apart. */
    void copyRowsIn(long device, Pointer host, long rows, RowLayout layout) {
        if (layout.rowBytes() == layout.pitchBytes()) {
            copyIn(device, host, rows * layout.rowBytes());
        } else if (rows > 0) {
            try (CUDA_MEMCPY2D_v2 copy = new CUDA_MEMCPY2D_v2()) {
                Pointer.memset(copy, 0, copy.sizeof());
                copy.srcMemoryType(cudart.CU_MEMORYTYPE_HOST)
                        .srcHost(host)
                        .srcPitch(layout.rowBytes())
                        .dstMemoryType(cudart.CU_MEMORYTYPE_DEVICE)
                        .dstDevice(device)
                        .dstPitch(layout.pitchBytes())
                        .WidthInBytes(layout.rowBytes())
                        .Height(rows);
                check(cudart.cuMemcpy2DAsync(copy, stream), "cuMemcpy2DAsync");
            }
        }
    }

    void fill(long device, byte value, long bytes) {
        if (bytes > 0) {
            check(cudart.cuMemsetD8Async(device, value, bytes, stream), "cuMemsetD8Async");
        }
    }

    void fillInts(long device, int value, long count) {
        if (count > 0) {
            check(cudart.cuMemsetD32Async(device, value, count, stream), "cuMemsetD32Async");
        }
    }

    /** Returns the empty buffer for the members of the next launch's argument, in order. */
    ByteBuffer arguments() {
        return arguments.clear();
    }

    /** Launches a kernel with the {@link #arguments} written before. */
    void launch(Kernel kernel, int gridX, int gridY, int gridZ) {
        int written = (arguments.position() + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        if (written != kernel.argumentBytes) {
            throw new IllegalStateException(
                    kernel + ": " + written + " bytes of arguments, expected " + kernel.argumentBytes);
        }
        check(
                cudart.cuLaunchKernel(
                        cuda.function(kernel),
                        gridX,
                        gridY,
                        gridZ,
                        kernel.threads,
                        1,
                        1,
                        kernel.sharedBytes,
                        stream,
                        parameters,
                        null),
                "cuLaunchKernel " + kernel.symbol());
    }

    void record(CudaEvent event) {
        check(cudart.cuEventRecord(event.handle(), stream), "cuEventRecord");
    }

    /** Makes later work wait for the event; does nothing if it was never recorded. */
    void waitFor(CudaEvent event) {
        check(cudart.cuStreamWaitEvent(stream, event.handle(), 0), "cuStreamWaitEvent");
    }

    /** Waits for all queued work. */
    void synchronize() {
        check(cudart.cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    @Override
    void free() {
        check(cudart.cuStreamDestroy(stream), "cuStreamDestroy");
    }

    @Override
    void giveBack() {
        Resources.closeAll(parameters, argumentBytes);
    }
}
