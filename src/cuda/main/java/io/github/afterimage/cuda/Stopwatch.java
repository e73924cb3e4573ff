package io.github.afterimage.cuda;

import io.github.afterimage.platform.Resources;

/** Measures the time of a stream between two events, with the clock of the device. */
final class Stopwatch implements AutoCloseable {
    private final Resources resources = new Resources();
    private final CudaEvent begin;
    private final CudaEvent end;

    Stopwatch(Cuda cuda) {
        try {
            begin = resources.add(new CudaEvent(cuda, true));
            end = resources.add(new CudaEvent(cuda, true));
        } catch (RuntimeException | Error e) {
            resources.close();
            throw e;
        }
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

    @Override
    public void close() {
        resources.close();
    }
}
