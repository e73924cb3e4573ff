package io.github.afterimage.model.network;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Settings for running a network. Immutable: each {@code with} method returns a changed copy.
 *
 * <p>Defaults: no preprocessing; the network finds its output; all of its classes and no spare ones; as many threads, and as many
 * calls at once, as there are processors; batches of at most {@value #DEFAULT_BATCH} images; a time limit of {@value
 * #DEFAULT_TIME_LIMIT} s for each image of a run, or {@link #TIME_LIMIT_PROPERTY}; the device of {@link NetworkDevice#PROPERTY}.
 */
public final class NetworkSettings {
    /** The system property with the default time limit: whole seconds for each image of a run. */
    public static final String TIME_LIMIT_PROPERTY = "afterimage.network.timeLimit";

    static final int DEFAULT_BATCH = 32; // throughput is flat from 16 to 64 and falls beyond 128
    static final int DEFAULT_TIME_LIMIT = 60; // large classifiers take some seconds for an image on one core

    private static final int MAX_THREADS = 1024;
    private static final int MAX_BATCH = 1 << 16;
    private static final Duration MAX_TIME_LIMIT = Duration.ofDays(1);

    // Assigned before an object leaves this class, and never again.
    private Preprocessing preprocessing = Preprocessing.NONE;
    private @Nullable String output; // null: the network finds it
    private int threads = Runtime.getRuntime().availableProcessors();
    private int batch = DEFAULT_BATCH;
    private int concurrency = threads;
    private NetworkDevice device = NetworkDevice.CPU;
    private List<Integer> classes = List.of(); // empty: all
    private int spareClasses;
    private Duration timeLimit = Duration.ofSeconds(DEFAULT_TIME_LIMIT);

    private NetworkSettings() {}

    private NetworkSettings changed(Consumer<NetworkSettings> change) {
        NetworkSettings copy = new NetworkSettings();
        copy.preprocessing = preprocessing;
        copy.output = output;
        copy.threads = threads;
        copy.batch = batch;
        copy.concurrency = concurrency;
        copy.device = device;
        copy.classes = classes;
        copy.spareClasses = spareClasses;
        copy.timeLimit = timeLimit;
        change.accept(copy);
        return copy;
    }

    private static int require(String name, int value, int maximum) {
        if (value < 1 || value > maximum) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + maximum);
        }
        return value;
    }

    /**
     * Returns the defaults.
     *
     * @throws IllegalArgumentException if one of the two system properties has a bad value
     */
    public static NetworkSettings defaults() {
        return new NetworkSettings()
                .withDevice(NetworkDevice.named(System.getProperty(NetworkDevice.PROPERTY, "cpu")))
                .withTimeLimit(Duration.ofSeconds(seconds()));
    }

    private static int seconds() {
        String text = System.getProperty(TIME_LIMIT_PROPERTY, String.valueOf(DEFAULT_TIME_LIMIT));
        if (!text.matches("[1-9][0-9]{0,4}")) {
            throw new IllegalArgumentException(
                    "-D" + TIME_LIMIT_PROPERTY + "=" + text + ": expected whole seconds, 1 to 86400");
        }
        return Integer.parseInt(text);
    }

    /** Sets the preprocessing of images. */
    public NetworkSettings withPreprocessing(Preprocessing value) {
        Objects.requireNonNull(value, "preprocessing");
        return changed(copy -> copy.preprocessing = value);
    }

    /** Names the tensor with the class scores, for a network that has several candidates. */
    public NetworkSettings withOutput(String value) {
        Objects.requireNonNull(value, "output");
        return changed(copy -> copy.output = value);
    }

    /** Sets the number of threads of ONNX Runtime in one run, 1 to 1024. */
    public NetworkSettings withThreads(int value) {
        return changed(copy -> copy.threads = require("threads", value, MAX_THREADS));
    }

    /** Sets the maximum number of images in one run, 1 to 65536. Longer calls are split; 1 runs every image alone. */
    public NetworkSettings withBatch(int value) {
        return changed(copy -> copy.batch = require("batch", value, MAX_BATCH));
    }

    /** Sets the maximum number of calls that run at once, 1 to 1024, each with its own buffers. Further callers wait. */
    public NetworkSettings withConcurrency(int value) {
        return changed(copy -> copy.concurrency = require("concurrency", value, MAX_THREADS));
    }

    /** Sets the device that runs the network. */
    public NetworkSettings withDevice(NetworkDevice value) {
        Objects.requireNonNull(value, "device");
        return changed(copy -> copy.device = value);
    }

    /**
     * Sets the time limit of a run, for each of its images: more than 0 s and at most a day. A run that exceeds it is stopped
     * before the next node of the graph, even in an endless loop.
     */
    public NetworkSettings withTimeLimit(Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(MAX_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException(
                    "time limit " + value + " for an image: expected more than 0 s, and at most a day");
        }
        return changed(copy -> copy.timeLimit = value);
    }

    /**
     * Restricts the network to some of its classes, in an order of the caller's. The probabilities of these classes are divided
     * by their sum, which is a softmax over their logits.
     *
     * @param outputs for each class its position among the network's, from 0 on; empty for all of them in their order
     * @throws IllegalArgumentException if one is negative or occurs twice; {@link Network#open} refuses those that are too great
     */
    public NetworkSettings withClasses(List<Integer> outputs) {
        Set<Integer> seen = new HashSet<>();
        for (int output : outputs) {
            if (output < 0) {
                throw new IllegalArgumentException("output " + output + " of the network: expected 0 or more");
            }
            if (!seen.add(output)) {
                throw new IllegalArgumentException("output " + output + " of the network is given to class "
                        + outputs.indexOf(output) + " and to class " + outputs.lastIndexOf(output)
                        + ": expected another one for each class");
            }
        }
        return changed(copy -> copy.classes = List.copyOf(outputs));
    }

    /**
     * Sets a number of classes that an index has beyond those of the network. The network gives each of them the probability 0.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public NetworkSettings withSpareClasses(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("spare classes " + value + ": expected 0 or more");
        }
        return changed(copy -> copy.spareClasses = value);
    }

    /** {@return the preprocessing of images} */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** {@return the tensor with the class scores; empty if the network finds it} */
    public Optional<String> output() {
        return Optional.ofNullable(output);
    }

    /** {@return threads of ONNX Runtime in one run} */
    public int threads() {
        return threads;
    }

    /** {@return the maximum number of images in one run} */
    public int batch() {
        return batch;
    }

    /** {@return the maximum number of calls that run at once} */
    public int concurrency() {
        return concurrency;
    }

    /** {@return the device that runs the network} */
    public NetworkDevice device() {
        return device;
    }

    /** {@return the positions of the classes among the network's; empty for all of them} */
    public List<Integer> classes() {
        return classes;
    }

    /** {@return the number of classes beyond those of the network} */
    public int spareClasses() {
        return spareClasses;
    }

    /** {@return the time limit of a run, for each of its images} */
    public Duration timeLimit() {
        return timeLimit;
    }

    @Override
    public String toString() {
        return "NetworkSettings[" + (output == null ? "" : "output " + output + ", ")
                + (preprocessing.equals(Preprocessing.NONE) ? "" : "preprocessing " + preprocessing + ", ")
                + "threads " + threads + ", batch " + batch + ", concurrency " + concurrency + ", device " + device
                + (classes.isEmpty() ? "" : ", classes " + classes)
                + (spareClasses == 0 ? "" : ", spare classes " + spareClasses)
                + "]";
    }
}
