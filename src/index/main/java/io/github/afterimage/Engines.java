package io.github.afterimage;

import io.github.afterimage.engine.BlasEngine;
import io.github.afterimage.engine.EngineProvider;
import io.github.afterimage.engine.FusedEngine;
import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.engine.KeyEngine;
import io.github.afterimage.engine.ReferenceEngine;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.OpenBlas;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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
 * <p>Guarantees: on float32 keys of up to 16,384 numbers, {@code fused} agrees with {@code reference} within |Δp| ≤ 1e-6 at θ = 10, the
 * other engines within 2e-6, and all within 2e-5 at θ = 90. Each gives the same bits when the same call is repeated with the same
 * number of threads.
 */
public final class Engines {
    /** The name of the engine that {@link #auto} chooses. */
    public static final String AUTO = "auto";

    /**
     * The system property that names the first engine which {@link #auto} tries, {@code fused} if it is absent. The GPU has to be
     * asked for with {@code cuda}, because no GPU has been measured yet.
     */
    public static final String PROPERTY = "afterimage.engine";

    private static final String CUDA = "cuda";
    private static final String FUSED = "fused";
    private static final String BLAS = "blas";
    private static final String REFERENCE = "reference";

    /** Fastest first. */
    private static final List<String> NAMES = List.of(CUDA, FUSED, BLAS, REFERENCE);

    private static final System.Logger LOG = System.getLogger(Engines.class.getName());

    private static final @Nullable EngineProvider OF_CUDA;
    private static final @Nullable String MISSING_FOR_CUDA;

    static {
        EngineProvider provider = null;
        String missing = null;
        try {
            // Not the class loader of the thread, because a device belongs to the classes that use it.
            provider = ServiceLoader.load(EngineProvider.class, Engines.class.getClassLoader())
                    .findFirst()
                    .orElse(null);
            missing = provider == null
                    ? "the module afterimage-cuda is missing; add io.github.afterimage:afterimage-cuda"
                    : NativeLibrary.available() ? provider.problem() : NativeLibrary.problem();
        } catch (ServiceConfigurationError | LinkageError e) {
            missing = "the module afterimage-cuda does not load: " + e.getMessage();
        }
        OF_CUDA = provider;
        MISSING_FOR_CUDA = missing;
    }

    private static final Choice OF_KERNELS = fused();

    /** Reasons why {@link #auto} took a slower engine; each is logged once. */
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    private Engines() {}

    /**
     * An engine of this release, or the reason why this machine cannot use it.
     *
     * @param engine null if it cannot be used
     * @param problem one line; null if it can be used
     */
    public record Choice(
            String name, @Nullable Engine engine, @Nullable String problem) {}

    /**
     * Returns every engine of this release, fastest first. The first call compares the GPU, if there is one, with {@code
     * reference}.
     */
    public static List<Choice> all() {
        return NAMES.stream().map(Engines::choice).toList();
    }

    /** Returns the engines that this machine can use, fastest first; never empty. */
    public static List<Engine> available() {
        return all().stream()
                .flatMap(choice -> Stream.ofNullable(choice.engine()))
                .toList();
    }

    /**
     * Number of engines that {@link #auto} would rather take, and that cannot be used although this machine has the hardware for them, or that
     * have failed since.
     */
    public static int fallbacks() {
        return missed().size();
    }

    private static List<Choice> missed() {
        return candidates()
                .takeWhile(choice -> choice.engine() == null)
                .filter(Engines::expected)
                .toList();
    }

    /** Returns the engines that {@link #auto} may take, the first one first. Libraries of those that nobody reads are not loaded. */
    private static Stream<Choice> candidates() {
        String first = System.getProperty(PROPERTY, FUSED);
        if (!NAMES.contains(first)) {
            throw new IllegalArgumentException(
                    PROPERTY + " \"" + first + "\": expected the name of an engine, cuda, fused, blas or reference");
        }
        return NAMES.stream().skip(NAMES.indexOf(first)).map(Engines::choice);
    }

    /** Returns false for the GPU engine on a machine without an NVIDIA driver, or without the engine's module. */
    private static boolean expected(Choice choice) {
        return !choice.name().equals(CUDA) || OF_CUDA != null && NativeLibrary.available() && OF_CUDA.devicePresent();
    }

    /**
     * Returns the fastest engine on this machine's processor, or the one that {@value #PROPERTY} names. If that one cannot be used,
     * the next one takes its place. Should its device fail for good, an index that it was chosen for goes on with the next engine.
     *
     * @throws IllegalArgumentException if the property names no engine
     */
    public static Engine auto() {
        Engine fastest = candidates()
                .flatMap(choice -> Stream.ofNullable(choice.engine()))
                .findFirst()
                .orElseThrow();
        for (Choice choice : missed()) {
            if (LOGGED.add(choice.problem())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "engine " + choice.name() + " cannot be used, the slower " + fastest.name()
                                + " takes its place: " + choice.problem());
            }
        }
        return KeyEngine.of(fastest).ofAuto();
    }

    /** Returns an engine, or {@link #auto} for null. */
    static Engine orAuto(@Nullable Engine engine) {
        return engine == null ? auto() : engine;
    }

    /**
     * Returns the engine of a name, or {@link #auto} for {@value #AUTO}.
     *
     * @throws IllegalArgumentException if there is none of that name, or this machine cannot use it; gives the reason
     */
    public static Engine named(String name) {
        if (name.equals(AUTO)) {
            return auto();
        }
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("engine \"" + name + "\": expected auto, " + String.join(", ", NAMES));
        }
        Choice choice = choice(name);
        if (choice.engine() == null) {
            throw new IllegalArgumentException("engine \"" + name + "\" cannot be used here: " + choice.problem());
        }
        return choice.engine();
    }

    private static Choice choice(String name) {
        return switch (name) {
            case CUDA -> cuda();
            case FUSED -> OF_KERNELS;
            case BLAS -> new Choice(BLAS, OpenBlas.problem() == null ? BlasEngine.INSTANCE : null, OpenBlas.problem());
            default -> new Choice(REFERENCE, ReferenceEngine.INSTANCE, null);
        };
    }

    private static Choice cuda() {
        if (OF_CUDA == null || MISSING_FOR_CUDA != null) {
            return new Choice(CUDA, null, MISSING_FOR_CUDA);
        }
        String failure = OF_CUDA.failure();
        return new Choice(CUDA, failure == null ? OF_CUDA.engine() : null, failure);
    }

    private static Choice fused() {
        if (!NativeLibrary.available()) {
            return new Choice(FUSED, null, NativeLibrary.problem());
        }
        try {
            InstructionSet.useNamed();
            return new Choice(FUSED, FusedEngine.INSTANCE, null);
        } catch (IllegalArgumentException e) {
            return new Choice(FUSED, null, e.getMessage());
        }
    }
}
