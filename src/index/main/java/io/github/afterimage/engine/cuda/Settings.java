package io.github.afterimage.engine.cuda;

import io.github.afterimage.MemoryUse;
import java.util.Locale;

/** The system properties of this engine, read when they are needed so that a process can compare them. */
final class Settings {
    static final String MEMORY_LIMIT = "afterimage.cuda.memoryLimit";
    static final String KEY_LIMIT = "afterimage.cuda.keyLimit";
    static final String TF32 = "afterimage.cuda.tf32";
    static final String PATH = "afterimage.cuda.path";
    static final String REDUCE = "afterimage.cuda.reduce";
    static final String DEVICE = "afterimage.cuda.device";

    private Settings() {}

    /** @throws IllegalArgumentException if one of them is wrong; says what was expected */
    static void check() {
        memoryLimit(0);
        keyLimit();
        tf32();
        path();
        reduce();
        device();
    }

    /** The most device memory to use, in bytes. */
    static long memoryLimit(long freeBytes) {
        String setting = System.getProperty(MEMORY_LIMIT);
        return setting == null
                ? freeBytes / 10 * 9
                : Math.min(freeBytes, MemoryUse.parse("-D" + MEMORY_LIMIT, setting));
    }

    /** The most of it that keys may take, in bytes; keys beyond it are streamed. */
    static long keyLimit() {
        String setting = System.getProperty(KEY_LIMIT);
        return setting == null ? Long.MAX_VALUE : MemoryUse.parse("-D" + KEY_LIMIT, setting);
    }

    /** Whether float32 products may round their factors to 10 bits. */
    static boolean tf32() {
        String setting = System.getProperty(TF32, "false");
        if (!setting.equals("true") && !setting.equals("false")) {
            throw new IllegalArgumentException("-D" + TF32 + "=" + setting + ": expected true or false");
        }
        return setting.equals("true");
    }

    static Path path() {
        String setting = System.getProperty(PATH, "auto");
        for (Path path : Path.values()) {
            if (path.name().toLowerCase(Locale.ROOT).equals(setting)) {
                return path;
            }
        }
        throw new IllegalArgumentException("-D" + PATH + "=" + setting + ": expected auto, gemm or fused");
    }

    /** Where rows are reduced. */
    static ProjectionPass.Place reduce() {
        String setting = System.getProperty(REDUCE, "auto");
        for (ProjectionPass.Place place : ProjectionPass.Place.values()) {
            if (place.name().toLowerCase(Locale.ROOT).equals(setting)) {
                return place;
            }
        }
        throw new IllegalArgumentException("-D" + REDUCE + "=" + setting + ": expected auto, device or processor");
    }

    static int device() {
        String setting = System.getProperty(DEVICE, "0");
        if (!setting.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("-D" + DEVICE + "=" + setting + ": expected a number from 0 on");
        }
        return Integer.parseInt(setting);
    }
}
