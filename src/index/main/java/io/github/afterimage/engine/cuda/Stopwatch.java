package io.github.afterimage.engine.cuda;

import static io.github.afterimage.engine.cuda.CudaException.check;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/** Measures the time of a stream between two events, with the clock of the device. */
final class Stopwatch implements AutoCloseable {
    private final CUevent_st begin = new CUevent_st();
    private final CUevent_st end = new CUevent_st();

    Stopwatch() {
        check(cudart.cuEventCreate(begin, cudart.CU_EVENT_DEFAULT), "cuEventCreate");
        check(cudart.cuEventCreate(end, cudart.CU_EVENT_DEFAULT), "cuEventCreate");
    }

    public void start(CudaStream stream) {
        stream.record(begin);
    }

    public void stop(CudaStream stream) {
        stream.record(end);
    }

    /** Waits for the end and returns the milliseconds. */
    double millis() {
        CudaStream.await(end);
        float[] millis = new float[1];
        check(cudart.cuEventElapsedTime(millis, begin, end), "cuEventElapsedTime");
        return millis[0];
    }

    @Override
    public void close() {
        CudaStream.destroy(begin);
        CudaStream.destroy(end);
    }
}
