package io.github.afterimage.cuda;

import static io.github.afterimage.cuda.CudaException.check;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/**
 * A moment in the work of a stream.
 *
 * <p>Threads: one at a time, which has {@linkplain Cuda#enter entered} the device.
 */
final class CudaEvent extends Cuda.Held {
    private final CUevent_st event = new CUevent_st();

    CudaEvent(Cuda cuda) {
        super(cuda);
        check(cudart.cuEventCreate(event, cudart.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    }

    CUevent_st handle() {
        return event;
    }

    /** Waits until the device reaches the event; does not wait if it was never recorded. */
    void await() {
        check(cudart.cuEventSynchronize(event), "cuEventSynchronize");
    }

    @Override
    void free() {
        check(cudart.cuEventDestroy(event), "cuEventDestroy");
    }
}
