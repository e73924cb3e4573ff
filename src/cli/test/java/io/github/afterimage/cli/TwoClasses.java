package io.github.afterimage.cli;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A problem small enough for paper: two keys along the axes, one class each. At θ = ln 3 a query along an axis has
 * p_mem = 3/4 for the class of that axis.
 */
final class TwoClasses {
    static final double THETA = Math.log(3);

    private TwoClasses() {}

    /** Keys (1, 0) of class 0 and (0, 1) of class 1, given with other lengths. */
    static String keys(Path folder) throws IOException {
        return NpzFile.features(folder.resolve("keys.npz"), new float[] {5, 0, 0, 0.1f}, 0, 1);
    }

    static Path index(Path folder) throws IOException {
        Path file = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", keys(folder), file);
        return file;
    }

    /**
     * Five examples, all of class 0. With λ = 1/2 and θ = ln 3:
     *
     * <pre>
     * query   p_net(0)  p_mem(0)  p(0)   network  mixed  cache
     * (1, 0)  0.9       0.75      0.825  right    right  right
     * (1, 0)  0.4       0.75      0.575  wrong    right  right   corrected
     * (0, 1)  0.6       0.25      0.425  right    wrong  wrong   broken
     * (0, 1)  0.9       0.25      0.575  right    right  wrong
     * (0, 1)  0.3       0.25      0.275  wrong    wrong  wrong
     * </pre>
     */
    static String examples(Path folder) throws IOException {
        return NpzFile.features(
                folder.resolve("examples.npz"),
                new float[] {1, 0, 2, 0, 0, 1, 0, 3, 0, 1},
                new float[] {.9f, .1f, .4f, .6f, .6f, .4f, .9f, .1f, .3f, .7f},
                0,
                0,
                0,
                0,
                0);
    }
}
