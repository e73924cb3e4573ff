package io.github.afterimage.cuda;

import io.github.afterimage.platform.Resources;

/** Measures the time of a stream between two events, with the clock of the device. */
final class Stopwatch {
    private final CudaEvent begin;
    private final CudaEvent end;

    /** @param resources receives the events, which its owner closes */
    Stopwatch(Cuda cuda, Resources resources) {
        begin = resources.add(new CudaEvent(cuda, true));
        end = resources.add(new CudaEvent(cuda, true));
    }

    public void start(CudaStream stream) {
        stream.record(begin);
    }

    public void stop(CudaStream stream) {
        stream.record(end);
    }

    /** Waits for the end and returns the milliseconds. */
    double millis() {
        end.await();
        return end.millisSince(begin);
    }
}
