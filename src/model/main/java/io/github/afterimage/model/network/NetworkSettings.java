package io.github.afterimage.model.network;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Settings for running a network; each {@code with} method returns a changed copy.
 *
 * @param preprocessing of images; none by default
 * @param output the tensor with the class scores; empty, the default, if the network finds it
 * @param threads of ONNX Runtime in one run, 1 to 1024; as many as there are processors by default
 * @param batch maximum images in one run, 1 to 65536; {@value #DEFAULT_BATCH} by default. Longer calls are split; 1 runs every image alone
 * @param concurrency maximum calls that run at once, 1 to 1024, each with its own buffers; as many as there are processors by default.
 *     Further callers wait
 * @param device that runs the network; that of {@link NetworkDevice#PROPERTY} by default
 * @param classes for each class its position among the network's, from 0 on; empty, the default, for all of them in their order. The
 *     probabilities of these classes are divided by their sum, which is a softmax over their logits
 * @param spareClasses number of classes that an index has beyond those of the network, none by default; each gets the probability 0
 * @param views of an image that the network sees: 1, the default, the image; 2, also its mirror image
 * @param timeLimit of a run, for each of its images: more than 0 s and at most a day; {@value #DEFAULT_TIME_LIMIT} s by default, or
 *     {@link #TIME_LIMIT_PROPERTY}. A run that exceeds it is stopped before the next node of the graph, even in an endless loop
 */
public record NetworkSettings(
        Preprocessing preprocessing,
        Optional<String> output,
        int threads,
        int batch,
        int concurrency,
        NetworkDevice device,
        List<Integer> classes,
        int spareClasses,
        int views,
        Duration timeLimit) {
    /** The system property with the default time limit: whole seconds for each image of a run. */
    public static final String TIME_LIMIT_PROPERTY = "afterimage.network.timeLimit";

    static final int DEFAULT_BATCH = 32; // throughput is flat from 16 to 64 and falls beyond 128
    static final int DEFAULT_TIME_LIMIT = 60; // large classifiers take some seconds for an image on one core
    private static final int MOST_VIEWS = 2;
    private static final int MAX_THREADS = 1024;
    private static final int MAX_BATCH = 1 << 16;
    private static final Duration MAX_TIME_LIMIT = Duration.ofDays(1);

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException if a number or the time is out of range, or a position of a class is negative or occurs twice;
     *     {@link Network#open} refuses positions that are too great
     */
    public NetworkSettings {
        Objects.requireNonNull(preprocessing, "preprocessing");
        Objects.requireNonNull(output, "output");
        Objects.requireNonNull(device, "device");
        require("threads", threads, MAX_THREADS);
        require("batch", batch, MAX_BATCH);
        require("concurrency", concurrency, MAX_THREADS);
        if (timeLimit.isNegative() || timeLimit.isZero() || timeLimit.compareTo(MAX_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException(
                    "time limit " + timeLimit + " for an image: expected more than 0 s, and at most a day");
        }
        Set<Integer> seen = new HashSet<>();
        for (int position : classes) {
            if (position < 0) {
                throw new IllegalArgumentException("output " + position + " of the network: expected 0 or more");
            }
            if (!seen.add(position)) {
                throw new IllegalArgumentException("output " + position + " of the network is given to class "
                        + classes.indexOf(position) + " and to class " + classes.lastIndexOf(position)
                        + ": expected another one for each class");
            }
        }
        require("views", views, MOST_VIEWS);
        if (spareClasses < 0) {
            throw new IllegalArgumentException("spare classes " + spareClasses + ": expected 0 or more");
        }
        classes = List.copyOf(classes);
    }

    private static void require(String name, int value, int maximum) {
        if (value < 1 || value > maximum) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + maximum);
        }
    }

    /**
     * Returns the defaults.
     *
     * @throws IllegalArgumentException if one of the two system properties has a bad value
     */
    public static NetworkSettings defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new NetworkSettings(
                Preprocessing.NONE,
                Optional.empty(),
                processors,
                DEFAULT_BATCH,
                processors,
                NetworkDevice.named(System.getProperty(NetworkDevice.PROPERTY, "cpu")),
                List.of(),
                0,
                1,
                Duration.ofSeconds(seconds()));
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
        return new NetworkSettings(
                value, output, threads, batch, concurrency, device, classes, spareClasses, views, timeLimit);
    }

    /** Names the tensor with the class scores, for a network that has several candidates. */
    public NetworkSettings withOutput(String value) {
        return new NetworkSettings(
                preprocessing,
                Optional.of(value),
                threads,
                batch,
                concurrency,
                device,
                classes,
                spareClasses,
                views,
                timeLimit);
    }

    /** Sets the number of threads of ONNX Runtime in one run. */
    public NetworkSettings withThreads(int value) {
        return new NetworkSettings(
                preprocessing, output, value, batch, concurrency, device, classes, spareClasses, views, timeLimit);
    }

    /** Sets the maximum number of images in one run. */
    public NetworkSettings withBatch(int value) {
        return new NetworkSettings(
                preprocessing, output, threads, value, concurrency, device, classes, spareClasses, views, timeLimit);
    }

    /** Sets the maximum number of calls that run at once. */
    public NetworkSettings withConcurrency(int value) {
        return new NetworkSettings(
                preprocessing, output, threads, batch, value, device, classes, spareClasses, views, timeLimit);
    }

    /** Sets the device that runs the network. */
    public NetworkSettings withDevice(NetworkDevice value) {
        return new NetworkSettings(
                preprocessing, output, threads, batch, concurrency, value, classes, spareClasses, views, timeLimit);
    }

    /** Restricts the network to some of its classes, in an order of the caller's. */
    public NetworkSettings withClasses(List<Integer> value) {
        return new NetworkSettings(
                preprocessing, output, threads, batch, concurrency, device, value, spareClasses, views, timeLimit);
    }

    /** Sets a number of classes beyond those of the network. */
    public NetworkSettings withSpareClasses(int value) {
        return new NetworkSettings(
                preprocessing, output, threads, batch, concurrency, device, classes, value, views, timeLimit);
    }

    /** Sets the number of views of an image. */
    public NetworkSettings withViews(int value) {
        return new NetworkSettings(
                preprocessing, output, threads, batch, concurrency, device, classes, spareClasses, value, timeLimit);
    }

    /** Sets the time limit of a run, for each of its images. */
    public NetworkSettings withTimeLimit(Duration value) {
        return new NetworkSettings(
                preprocessing, output, threads, batch, concurrency, device, classes, spareClasses, views, value);
    }

    @Override
    public String toString() {
        return "NetworkSettings[" + output.map(name -> "output " + name + ", ").orElse("")
                + (preprocessing.equals(Preprocessing.NONE) ? "" : "preprocessing " + preprocessing + ", ")
                + "threads " + threads + ", batch " + batch + ", concurrency " + concurrency + ", device " + device
                + (classes.isEmpty() ? "" : ", classes " + classes)
                + (views == 1 ? "" : ", views " + views)
                + (spareClasses == 0 ? "" : ", spare classes " + spareClasses)
                + "]";
    }
}
