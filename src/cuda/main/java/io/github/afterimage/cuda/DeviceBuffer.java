package io.github.afterimage.cuda;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.cuda.DeviceBudget.Purpose;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.MemoryKind;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/**
 * A block of device memory, counted in {@link MemoryUse} and in the device's budget until it is closed.
 *
 * <p>Lifetime: the owner closes it when the device does not use it any more.
 */
final class DeviceBuffer extends Cuda.Held {
    private final Cuda cuda;
    private final long address;
    private final long bytes;
    private final Purpose purpose;

    private DeviceBuffer(Cuda cuda, long address, long bytes, Purpose purpose) {
        super(cuda);
        this.cuda = cuda;
        this.address = address;
        this.bytes = bytes;
        this.purpose = purpose;
    }

    /**
     * Allocates memory for a workspace.
     *
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if the limit or the device refuses it
     */
    static DeviceBuffer allocate(Cuda cuda, long bytes) {
        return allocate(cuda, Purpose.WORKSPACE, bytes);
    }

    /** Allocates memory likewise. */
    static DeviceBuffer allocate(Cuda cuda, Purpose purpose, long bytes) {
        cuda.budget().take(purpose, bytes);
        MemoryLedger.reserve(MemoryKind.DEVICE, bytes);
        return Resources.guarded(() -> giveBack(cuda, purpose, bytes), () -> {
            long[] address = new long[1];
            try (Cuda.Entered entered = cuda.enter()) {
                CudaException.checkAllocation(
                        cudart.cuMemAlloc(address, bytes), "cuMemAlloc", MemoryKind.DEVICE, bytes);
                return cuda.hold(new DeviceBuffer(cuda, address[0], bytes, purpose));
            }
        });
    }

    private static void giveBack(Cuda cuda, Purpose purpose, long bytes) {
        MemoryLedger.release(MemoryKind.DEVICE, bytes);
        cuda.budget().giveBack(purpose, bytes);
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
        giveBack(cuda, purpose, bytes);
    }
}
