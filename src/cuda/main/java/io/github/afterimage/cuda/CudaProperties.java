package io.github.afterimage.cuda;

import io.github.afterimage.MemoryUse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The system properties of this engine. They are read at each use, so that one process can compare several values. */
final class CudaProperties {
    static final String MEMORY_LIMIT = "afterimage.cuda.memoryLimit";
    static final String KEY_LIMIT = "afterimage.cuda.keyLimit";
    static final String PATH = "afterimage.cuda.path";
    static final String REDUCE = "afterimage.cuda.reduce";
    static final String PIN_MAPPED = "afterimage.cuda.pinMapped";
    static final String DEVICE = "afterimage.cuda.device";

    private CudaProperties() {}

    /** @throws IllegalArgumentException if a property has an invalid value; names the valid ones */
    static void check() {
        memoryLimit(0);
        keyLimit();
        pinMapped();
        classSumsMethod();
        projectionPlace();
        device();
    }

    /** Maximum device memory of this process, in bytes; by default 90 % of the free memory. */
    static long memoryLimit(long freeBytes) {
        String value = System.getProperty(MEMORY_LIMIT);
        return value == null ? freeBytes / 10 * 9 : Math.min(freeBytes, MemoryUse.parse("-D" + MEMORY_LIMIT, value));
    }

    /** Maximum device memory for keys, in bytes; keys beyond it are streamed. */
    static long keyLimit() {
        String value = System.getProperty(KEY_LIMIT);
        return value == null ? Long.MAX_VALUE : MemoryUse.parse("-D" + KEY_LIMIT, value);
    }

    /** True pins mapped keys that are streamed, as far as the system has memory for them. */
    static boolean pinMapped() {
        String value = System.getProperty(PIN_MAPPED, "false");
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException("-D" + PIN_MAPPED + "=" + value + ": expected true or false");
        }
        return value.equals("true");
    }

    static ClassSumsMethod classSumsMethod() {
        return choice(PATH, ClassSumsMethod.values());
    }

    static ProjectionPass.Place projectionPlace() {
        return choice(REDUCE, ProjectionPass.Place.values());
    }

    /** Returns the value that the property names in lower case; by default the first. */
    private static <E extends Enum<E>> E choice(String property, E[] values) {
        List<String> names = Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
        String name = System.getProperty(property, names.get(0));
        int place = names.indexOf(name);
        if (place < 0) {
            int last = names.size() - 1;
            throw new IllegalArgumentException("-D" + property + "=" + name + ": expected "
                    + names.subList(0, last).stream().collect(Collectors.joining(", ")) + " or " + names.get(last));
        }
        return values[place];
    }

    /** Number of the GPU, counted from 0. */
    static int device() {
        String value = System.getProperty(DEVICE, "0");
        if (!value.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("-D" + DEVICE + "=" + value + ": expected a number from 0 on");
        }
        return Integer.parseInt(value);
    }
}
