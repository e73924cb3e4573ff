package io.github.afterimage.cuda;

import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.MemoryKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A block of pinned host memory, which the device copies from and to by itself; counted until it is closed. */
final class PinnedBuffer extends Cuda.Held {
    private final Pointer memory;
    private final long bytes;

    private PinnedBuffer(Cuda cuda, Pointer memory, long bytes) {
        super(cuda);
        this.memory = memory;
        this.bytes = bytes;
    }

    /** @throws io.github.afterimage.failure.NotEnoughMemoryException if the limit or the system refuses it */
    static PinnedBuffer allocate(Cuda cuda, long bytes) {
        MemoryLedger.reserve(MemoryKind.PINNED, bytes);
        return Resources.guarded(() -> MemoryLedger.release(MemoryKind.PINNED, bytes), () -> {
            Pointer memory = new Pointer();
            try (Cuda.Entered entered = cuda.enter()) {
                CudaException.checkAllocation(
                        cudart.cuMemHostAlloc(memory, bytes, 0), "cuMemHostAlloc", MemoryKind.PINNED, bytes);
                return cuda.hold(new PinnedBuffer(cuda, memory, bytes));
            }
        });
    }

    long bytes() {
        return bytes;
    }

    Pointer at(long offset) {
        if (offset < 0 || offset > bytes) {
            throw new IndexOutOfBoundsException("offset=" + offset + " bytes=" + bytes);
        }
        return new DevicePointer(memory.address() + offset);
    }

    /** Returns a view of {@code length} bytes from {@code offset}, in native byte order. */
    ByteBuffer buffer(long offset, long length) {
        if (length < 0 || length > bytes - offset) {
            throw new IndexOutOfBoundsException("offset=" + offset + " length=" + length + " bytes=" + bytes);
        }
        return new BytePointer(at(offset))
                .capacity(Math.toIntExact(length))
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    @Override
    void free() {
        CudaException.check(cudart.cuMemFreeHost(memory), "cuMemFreeHost");
    }

    @Override
    void giveBack() {
        MemoryLedger.release(MemoryKind.PINNED, bytes);
    }
}
