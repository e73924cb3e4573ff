package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.store.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/**
 * The instruction set that the native kernels use: the best one that the processor has, or the one that the system
 * property {@value #PROPERTY} names.
 *
 * <p>Threads: thread-safe, but {@link #use} is for while no query runs.
 */
public final class InstructionSet {
    /** Names an instruction set, for measurements and to rule one out. */
    public static final String PROPERTY = "afterimage.instructions";

    private static volatile boolean chosen;

    private InstructionSet() {}

    /** The name of the one in use, or that the first query will use; requires the native library. */
    public static String current() {
        String named = System.getProperty(PROPERTY);
        return !chosen && supported().contains(named) ? named : name(Native.afterimage_tier());
    }

    /** The names of those that this processor runs, slowest first; empty without the native library. */
    public static List<String> supported() {
        List<String> names = new ArrayList<>();
        for (int tier = 0; NativeLibrary.available() && tier <= Native.afterimage_best_tier(); tier++) {
            names.add(name(tier));
        }
        return names;
    }

    /**
     * Uses an instruction set from now on, in the whole process.
     *
     * @throws IllegalArgumentException if this processor has none of that name
     */
    public static void use(String name) {
        int tier = supported().indexOf(name);
        if (tier < 0 || Native.afterimage_use_tier(tier) != Native.AFTERIMAGE_OK) {
            throw new IllegalArgumentException(
                    "instruction set \"" + name + "\": expected one that this processor runs: " + supported());
        }
        chosen = true;
    }

    /**
     * Uses the one that the system property names, if it is set and {@link #use} chose none.
     *
     * @throws IllegalArgumentException if this processor has none of that name
     */
    public static void useNamed() {
        String name = System.getProperty(PROPERTY);
        if (name == null || chosen) {
            return;
        }
        try {
            use(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-D" + PROPERTY + ": " + e.getMessage(), e);
        }
    }

    private static String name(int tier) {
        BytePointer name = Native.afterimage_tier_name(tier);
        return name.getString();
    }
}
