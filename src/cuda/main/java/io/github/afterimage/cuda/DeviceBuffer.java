package io.github.afterimage.cuda;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.Resources;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A block of device memory, counted in {@link MemoryUse} and in the device's budget until it is closed.
 *
 * <p>Lifetime: the owner closes it when the device does not use it any more.
 */
final class DeviceBuffer extends Cuda.Held {
    private final Cuda cuda;
    private final long address;
    private final long bytes;
    private final boolean forKeys;

    private DeviceBuffer(Cuda cuda, long address, long bytes, boolean forKeys) {
        super(cuda);
        this.cuda = cuda;
        this.address = address;
        this.bytes = bytes;
        this.forKeys = forKeys;
    }

    /**
     * Allocates memory for a workspace.
     *
     * @throws io.github.afterimage.NotEnoughMemoryException if the limit or the device refuses it
     */
    static DeviceBuffer allocate(Cuda cuda, long bytes) {
        cuda.budget().takeWorkspace(bytes);
        return allocateTaken(cuda, bytes, false);
    }

    /**
     * Allocates memory for a matrix that all callers share.
     *
     * @throws io.github.afterimage.NotEnoughMemoryException if the limit or the device refuses it
     */
    static DeviceBuffer allocateForMatrix(Cuda cuda, long bytes) {
        cuda.budget().takeMatrix(bytes);
        return allocateTaken(cuda, bytes, false);
    }

    /** Allocates memory for keys; returns null if there is none. */
    static @Nullable DeviceBuffer allocateForKeys(Cuda cuda, long bytes) {
        if (!cuda.budget().tryKeys(bytes, CudaProperties.keyLimit())) {
            return null;
        }
        try {
            return allocateTaken(cuda, bytes, true);
        } catch (NotEnoughMemoryException e) {
            // Another process holds memory that the budget assumed to be free.
            return null;
        }
    }

    private static DeviceBuffer allocateTaken(Cuda cuda, long bytes, boolean forKeys) {
        MemoryLedger.reserve(MemoryKind.DEVICE, bytes);
        return Resources.guarded(() -> giveBack(cuda, bytes, forKeys), () -> {
            long[] address = new long[1];
            try (Cuda.Entered entered = cuda.enter()) {
                CudaException.checkAllocation(
                        cudart.cuMemAlloc(address, bytes), "cuMemAlloc", MemoryKind.DEVICE, bytes);
                return cuda.hold(new DeviceBuffer(cuda, address[0], bytes, forKeys));
            }
        });
    }

    private static void giveBack(Cuda cuda, long bytes, boolean forKeys) {
        MemoryLedger.release(MemoryKind.DEVICE, bytes);
        if (forKeys) {
            cuda.budget().giveBackKeys(bytes);
        } else {
            cuda.budget().giveBack(bytes);
        }
    }

    long bytes() {
        return bytes;
    }

    /** Returns the device address of a byte. */
    long at(long offset) {
        if (offset < 0 || offset > bytes) {
            throw new IndexOutOfBoundsException("offset=" + offset + " bytes=" + bytes);
        }
        return address + offset;
    }

    Pointer pointer(long offset) {
        return new DevicePointer(at(offset));
    }

    @Override
    void free() {
        CudaException.check(cudart.cuMemFree(address), "cuMemFree");
    }

    @Override
    void giveBack() {
        giveBack(cuda, bytes, forKeys);
    }
}
