package io.github.afterimage.model.network;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a network is run. Immutable; each {@code with} method gives a changed copy.
 *
 * <p>Defaults: no preprocessing, the output found by itself, as many threads as processors, batches of at most
 * {@value #DEFAULT_BATCH} images, as many calls at once as processors, {@value #DEFAULT_TIME_LIMIT} s for each image of a run
 * or what {@link #TIME_LIMIT_PROPERTY} says, on the device that {@link NetworkDevice#PROPERTY} names.
 */
public final class NetworkSettings {
    /** The system property with the time limit where settings say nothing: whole seconds for each image of a run. */
    public static final String TIME_LIMIT_PROPERTY = "afterimage.network.timeLimit";

    static final int DEFAULT_BATCH = 32; // throughput is flat from 16 to 64 and falls beyond 128
    static final int DEFAULT_TIME_LIMIT = 60; // large classifiers take some seconds for an image on one core

    private static final int MAXIMUM_THREADS = 1024;
    private static final int MAXIMUM_BATCH = 1 << 16;
    private static final Duration MAXIMUM_TIME_LIMIT = Duration.ofDays(1);

    private static final NetworkSettings DEFAULTS = new NetworkSettings(
            Preprocessing.NONE,
            null,
            Runtime.getRuntime().availableProcessors(),
            DEFAULT_BATCH,
            Runtime.getRuntime().availableProcessors(),
            NetworkDevice.CPU,
            Duration.ofSeconds(DEFAULT_TIME_LIMIT));

    private final Preprocessing preprocessing;
    private final String output; // null: found by itself
    private final int threads;
    private final int batch;
    private final int concurrency;
    private final NetworkDevice device;
    private final Duration timeLimit;

    private NetworkSettings(
            Preprocessing preprocessing,
            String output,
            int threads,
            int batch,
            int concurrency,
            NetworkDevice device,
            Duration timeLimit) {
        this.preprocessing = Objects.requireNonNull(preprocessing, "preprocessing");
        this.output = output;
        this.threads = require("threads", threads, MAXIMUM_THREADS);
        this.batch = require("batch", batch, MAXIMUM_BATCH);
        this.concurrency = require("concurrency", concurrency, MAXIMUM_THREADS);
        this.device = Objects.requireNonNull(device, "device");
        if (timeLimit.isNegative() || timeLimit.isZero() || timeLimit.compareTo(MAXIMUM_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException(
                    "time limit " + timeLimit + " for an image: expected more than 0 s, and at most a day");
        }
        this.timeLimit = timeLimit;
    }

    private static int require(String name, int value, int maximum) {
        if (value < 1 || value > maximum) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + maximum);
        }
        return value;
    }

    /** {@return the defaults} */
    public static NetworkSettings defaults() {
        return DEFAULTS.withDevice(NetworkDevice.named(System.getProperty(NetworkDevice.PROPERTY, "cpu")))
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

    /**
     * Sets the preprocessing.
     *
     * @param value what is done to an image before the network sees it
     * @return a changed copy
     */
    public NetworkSettings withPreprocessing(Preprocessing value) {
        return new NetworkSettings(value, output, threads, batch, concurrency, device, timeLimit);
    }

    /**
     * Names the class scores, where the network's outputs do not tell.
     *
     * @param value the tensor that holds them
     * @return a changed copy
     */
    public NetworkSettings withOutput(String value) {
        return new NetworkSettings(
                preprocessing, Objects.requireNonNull(value, "output"), threads, batch, concurrency, device, timeLimit);
    }

    /**
     * Sets the threads of ONNX Runtime inside one run.
     *
     * @param value 1 to 1024
     * @return a changed copy
     */
    public NetworkSettings withThreads(int value) {
        return new NetworkSettings(preprocessing, output, value, batch, concurrency, device, timeLimit);
    }

    /**
     * Sets the most images in one run; longer calls are cut. With 1, the network is only ever run on single images.
     *
     * @param value 1 to 65536
     * @return a changed copy
     */
    public NetworkSettings withBatch(int value) {
        return new NetworkSettings(preprocessing, output, threads, value, concurrency, device, timeLimit);
    }

    /**
     * Sets the most calls that run at once, each with its own buffers; further callers wait.
     *
     * @param value 1 to 1024
     * @return a changed copy
     */
    public NetworkSettings withConcurrency(int value) {
        return new NetworkSettings(preprocessing, output, threads, batch, value, device, timeLimit);
    }

    /**
     * Sets where the network runs.
     *
     * @param value the device
     * @return a changed copy
     */
    public NetworkSettings withDevice(NetworkDevice value) {
        return new NetworkSettings(preprocessing, output, threads, batch, concurrency, value, timeLimit);
    }

    /**
     * Sets how long a run may take for each of its images. A run that takes longer is stopped before the next node of the
     * graph, so that a loop without an end does not hold the caller for ever.
     *
     * @param value more than 0 s, at most a day
     * @return a changed copy
     */
    public NetworkSettings withTimeLimit(Duration value) {
        return new NetworkSettings(preprocessing, output, threads, batch, concurrency, device, value);
    }

    /** {@return what is done to an image before the network sees it} */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** {@return the tensor that holds the class scores; empty if it is found by itself} */
    public Optional<String> output() {
        return Optional.ofNullable(output);
    }

    /** {@return threads of ONNX Runtime inside one run} */
    public int threads() {
        return threads;
    }

    /** {@return the most images in one run} */
    public int batch() {
        return batch;
    }

    /** {@return the most calls that run at once} */
    public int concurrency() {
        return concurrency;
    }

    /** {@return where the network runs} */
    public NetworkDevice device() {
        return device;
    }

    /** {@return how long a run may take for each of its images} */
    public Duration timeLimit() {
        return timeLimit;
    }

    @Override
    public String toString() {
        return "NetworkSettings[" + (output == null ? "" : "output " + output + ", ")
                + (preprocessing.equals(Preprocessing.NONE) ? "" : "preprocessing " + preprocessing + ", ")
                + "threads " + threads + ", batch " + batch + ", concurrency " + concurrency + ", device " + device
                + "]";
    }
}
