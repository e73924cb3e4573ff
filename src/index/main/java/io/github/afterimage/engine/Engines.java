package io.github.afterimage.engine;

import io.github.afterimage.engine.cuda.CudaSupport;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.OpenBlas;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The engines of this machine.
 *
 * <pre>{@code
 * for (Engine engine : Engines.available()) {
 *     System.out.println(engine.name() + ": " + engine.description());
 * }
 * }</pre>
 *
 * <p>Guarantees: engines agree with {@code reference} within |Δp| ≤ 1e-6 at θ = 10 and 2e-5 at θ = 90 on float32 keys, and
 * each gives the same bits when the same call is repeated with the same number of threads.
 */
public final class Engines {
    /** The name of the fastest engine available. */
    public static final String AUTO = "auto";

    private static final String CUDA = "cuda";

    private static final System.Logger LOG = System.getLogger(Engines.class.getName());

    /** Fastest first. */
    private static final List<Choice> CHOICES =
            List.of(cuda(), fused(), blas(), new Choice("reference", ReferenceEngine.INSTANCE, null));

    static {
        CHOICES.stream()
                .takeWhile(choice -> choice.engine() == null)
                .filter(Engines::expected)
                .forEach(choice -> LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "engine " + choice.name() + " cannot be used, " + auto().name() + " takes its place: "
                                + choice.problem()));
    }

    private Engines() {}

    /**
     * An engine of this release, or the reason why this machine cannot use it.
     *
     * @param engine null if it cannot be used
     * @param problem one line; null if it can be used
     */
    public record Choice(
            String name, @Nullable Engine engine, @Nullable String problem) {}

    /** Returns every engine of this release, fastest first. */
    public static List<Choice> all() {
        return CHOICES;
    }

    /** Returns the engines that this machine can use, fastest first; never empty. */
    public static List<Engine> available() {
        List<Engine> available = new ArrayList<>();
        for (Choice choice : CHOICES) {
            if (choice.engine() != null) {
                available.add(choice.engine());
            }
        }
        return available;
    }

    /** Number of engines faster than {@link #auto} that cannot be used although this machine has the hardware for them. */
    public static int fallbacks() {
        return (int) CHOICES.stream()
                .takeWhile(choice -> choice.engine() == null)
                .filter(Engines::expected)
                .count();
    }

    /** Returns false for the GPU engine on a machine without an NVIDIA driver. */
    private static boolean expected(Choice choice) {
        return !choice.name().equals(CUDA) || NativeLibrary.available() && CudaSupport.driverPresent();
    }

    /** Returns the fastest engine that this machine can use. */
    public static Engine auto() {
        return available().get(0);
    }

    /**
     * Returns the engine of a name, or the fastest for {@value #AUTO}.
     *
     * @throws IllegalArgumentException if there is none of that name, or this machine cannot use it; gives the reason
     */
    public static Engine named(String name) {
        if (name.equals(AUTO)) {
            return auto();
        }
        Optional<Choice> chosen =
                CHOICES.stream().filter(choice -> choice.name().equals(name)).findFirst();
        if (chosen.isEmpty()) {
            String names = CHOICES.stream().map(Choice::name).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("engine \"" + name + "\": expected auto, " + names);
        }
        if (chosen.get().engine() == null) {
            throw new IllegalArgumentException("engine \"" + name + "\" cannot be used here: "
                    + chosen.get().problem());
        }
        return chosen.get().engine();
    }

    private static Choice cuda() {
        String problem = NativeLibrary.available() ? CudaSupport.problem() : NativeLibrary.problem();
        return new Choice(CUDA, problem == null ? CudaEngine.INSTANCE : null, problem);
    }

    private static Choice fused() {
        if (!NativeLibrary.available()) {
            return new Choice("fused", null, NativeLibrary.problem());
        }
        try {
            InstructionSet.useNamed();
            return new Choice("fused", FusedEngine.INSTANCE, null);
        } catch (IllegalArgumentException e) {
            return new Choice("fused", null, e.getMessage());
        }
    }

    private static Choice blas() {
        return new Choice("blas", OpenBlas.problem() == null ? new BlasEngine() : null, OpenBlas.problem());
    }
}
