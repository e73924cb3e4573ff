package io.github.afterimage.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/** Lines of measurements, printed as they come and kept for a file; and how each of them is measured. */
final class Measurements {
    static final int REPEATS = 9;

    private final List<String> lines = new ArrayList<>();

    void line(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values).stripTrailing();
        System.out.println(line);
        lines.add(line);
    }

    void write(Path file) throws IOException {
        Files.write(file, lines);
    }

    static double median(int repeats, DoubleSupplier millis) {
        double[] all = new double[repeats];
        for (int i = 0; i < repeats; i++) {
            all[i] = millis.getAsDouble();
        }
        Arrays.sort(all);
        return all[repeats / 2];
    }

    /** Returns the time that the device takes for queued work, in milliseconds. */
    static double timed(CudaStream stream, Stopwatch watch, Runnable work) {
        watch.start(stream);
        work.run();
        watch.stop(stream);
        return watch.millis();
    }

    /** Returns the time that the caller takes, in milliseconds. */
    static double timed(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }
}
