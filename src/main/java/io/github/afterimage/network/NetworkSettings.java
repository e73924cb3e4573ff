package io.github.afterimage.network;

import java.util.Objects;
import java.util.Optional;

/**
 * How a network is run. Immutable; each {@code with} method gives a changed copy.
 *
 * <p>Defaults: no preprocessing, the output found by itself, as many threads as processors, batches of at most
 * {@value #DEFAULT_BATCH} images, as many calls at once as processors, on the device that {@link NetworkDevice#PROPERTY} names.
 */
public final class NetworkSettings {
    static final int DEFAULT_BATCH = 32; // throughput is flat from 16 to 64 and falls beyond 128

    private static final int MAXIMUM_THREADS = 1024;
    private static final int MAXIMUM_BATCH = 1 << 16;

    private static final NetworkSettings DEFAULTS = new NetworkSettings(
            Preprocessing.NONE,
            null,
            Runtime.getRuntime().availableProcessors(),
            DEFAULT_BATCH,
            Runtime.getRuntime().availableProcessors(),
            NetworkDevice.CPU);

    private final Preprocessing preprocessing;
    private final String output; // null: found by itself
    private final int threads;
    private final int batch;
    private final int concurrency;
    private final NetworkDevice device;

    private NetworkSettings(
            Preprocessing preprocessing, String output, int threads, int batch, int concurrency, NetworkDevice device) {
        this.preprocessing = Objects.requireNonNull(preprocessing, "preprocessing");
        this.output = output;
        this.threads = require("threads", threads, MAXIMUM_THREADS);
        this.batch = require("batch", batch, MAXIMUM_BATCH);
        this.concurrency = require("concurrency", concurrency, MAXIMUM_THREADS);
        this.device = Objects.requireNonNull(device, "device");
    }

    private static int require(String name, int value, int maximum) {
        if (value < 1 || value > maximum) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + maximum);
        }
        return value;
    }

    /** {@return the defaults} */
    public static NetworkSettings defaults() {
        return DEFAULTS.withDevice(NetworkDevice.named(System.getProperty(NetworkDevice.PROPERTY, "cpu")));
    }

    /**
     * Sets the preprocessing.
     *
     * @param value what is done to an image before the network sees it
     * @return a changed copy
     */
    public NetworkSettings withPreprocessing(Preprocessing value) {
        return new NetworkSettings(value, output, threads, batch, concurrency, device);
    }

    /**
     * Names the class scores, where the network's outputs do not tell.
     *
     * @param value the tensor that holds them
     * @return a changed copy
     */
    public NetworkSettings withOutput(String value) {
        return new NetworkSettings(
                preprocessing, Objects.requireNonNull(value, "output"), threads, batch, concurrency, device);
    }

    /**
     * Sets the threads of ONNX Runtime inside one run.
     *
     * @param value 1 to 1024
     * @return a changed copy
     */
    public NetworkSettings withThreads(int value) {
        return new NetworkSettings(preprocessing, output, value, batch, concurrency, device);
    }

    /**
     * Sets the most images in one run; longer calls are cut. With 1, the network is only ever run on single images.
     *
     * @param value 1 to 65536
     * @return a changed copy
     */
    public NetworkSettings withBatch(int value) {
        return new NetworkSettings(preprocessing, output, threads, value, concurrency, device);
    }

    /**
     * Sets the most calls that run at once, each with its own buffers; further callers wait.
     *
     * @param value 1 to 1024
     * @return a changed copy
     */
    public NetworkSettings withConcurrency(int value) {
        return new NetworkSettings(preprocessing, output, threads, batch, value, device);
    }

    /**
     * Sets where the network runs.
     *
     * @param value the device
     * @return a changed copy
     */
    public NetworkSettings withDevice(NetworkDevice value) {
        return new NetworkSettings(preprocessing, output, threads, batch, concurrency, value);
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

    @Override
    public String toString() {
        return "NetworkSettings[" + (output == null ? "" : "output " + output + ", ")
                + (preprocessing.equals(Preprocessing.NONE) ? "" : "preprocessing " + preprocessing + ", ")
                + "threads " + threads + ", batch " + batch + ", concurrency " + concurrency + ", device " + device
                + "]";
    }
}
