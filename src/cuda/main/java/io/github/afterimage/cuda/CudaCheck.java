package io.github.afterimage.cuda;

import io.github.afterimage.engine.CheckProblem;
import io.github.afterimage.engine.KeyEngine;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.settings.ElementType;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The check that the engine {@code cuda} passes before its first use in a process: it answers a {@linkplain CheckProblem small
 * problem} with both ways to class sums, from keys on the device and from keys that are streamed, and is compared with {@code
 * reference}.
 *
 * <p>Threads: thread-safe. The first caller runs the check, and the others wait.
 */
final class CudaCheck {
    /** Of a first use on the card that gpu-check runs on; longer is no failure, but is said. */
    private static final long EXPECTED_MILLIS = 1000;

    private static @Nullable Result known;

    private CudaCheck() {}

    /**
     * The result of the check.
     *
     * @param problem one line with the figures, or the error; null if the engine may be used
     * @param summary the greatest difference and the time, in a few words
     */
    record Result(@Nullable String problem, String summary) {}

    /** Returns the result; the first call opens the device. */
    static synchronized Result result() {
        if (known != null) {
            return known;
        }
        try {
            known = run();
            return known;
        } catch (NotEnoughMemoryException e) {
            // There may be memory later.
            return failed(e);
        }
    }

    private static Result failed(Throwable failure) {
        String message =
                String.valueOf(failure.getMessage()).lines().findFirst().orElse(failure.toString());
        return new Result("the check against reference fails: " + message, "not checked");
    }

    /** Tiles are small, so that the problem has several, and greater than a block of the fused kernel. */
    private static Map<String, KeyEngine> paths(ElementType type) {
        Map<String, KeyEngine> paths = new LinkedHashMap<>();
        paths.put("path gemm", engine(ClassSumsMethod.GEMM, 3 * TilePlan.UNIT, false));
        if (ClassSumsMethod.fusable(type)) {
            paths.put("path fused", engine(ClassSumsMethod.FUSED, 3 * TilePlan.UNIT, false));
        }
        paths.put("streamed", engine(ClassSumsMethod.GEMM, TilePlan.UNIT, true));
        return paths;
    }

    private static KeyEngine engine(ClassSumsMethod method, int maxTileRows, boolean streams) {
        return CudaEngine.ofCheck(new CudaCaller.Way(method, maxTileRows, streams));
    }

    /** Runs the check, whether it is known or not. */
    static Result run() {
        try {
            // Creating the context is no part of the check's time.
            Cuda.open();
            long start = System.nanoTime();
            double difference = CheckProblem.difference(CudaCheck::paths);
            long millis = (System.nanoTime() - start) / 1_000_000;
            return new Result(
                    null,
                    String.format(
                            Locale.ROOT,
                            "differs from reference by at most %.1e in %d ms%s",
                            difference,
                            millis,
                            millis > EXPECTED_MILLIS ? " (expected " + EXPECTED_MILLIS + ")" : ""));
        } catch (NotEnoughMemoryException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            return failed(e);
        }
    }
}
