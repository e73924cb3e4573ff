package io.github.afterimage.serve;

import java.time.Duration;

/**
 * Options of an {@link InferenceServer}; override only what you need. Immutable.
 *
 * <pre>{@code
 * ServerOptions options = new ServerOptions().port(8080).maxBody(16 << 20);
 * }</pre>
 *
 * @param host the address to listen on
 * @param port 0 for a free port
 * @param maxBody maximum bytes of a request
 * @param decoders threads that read requests and decode images
 * @param idle time after which a connection without traffic is closed
 * @param drain time that running requests have when the server is closed
 */
public record ServerOptions(String host, int port, int maxBody, int decoders, Duration idle, Duration drain) {
    private static final int DEFAULT_PORT = 8080;
    private static final int DEFAULT_BODY = 64 << 20;
    private static final int MAX_PORT = 65535;
    private static final Duration DEFAULT_TIME = Duration.ofSeconds(30);

    /** @throws IllegalArgumentException if a value is out of range */
    public ServerOptions {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + ": expected 0 to " + MAX_PORT);
        }
        positive("maxBody", maxBody);
        positive("decoders", decoders);
        positive("idle", idle.toMillis());
        if (drain.isNegative()) {
            throw new IllegalArgumentException("drain " + drain + ": expected a duration that is not negative");
        }
    }

    /**
     * Makes the default options: port 8080 of this machine only, because a server that others may reach is a decision; requests of
     * at most 64 MiB, which is 100 images of 224 x 224 pixels as float32; as many decoders as processors; 30 s for idle
     * connections, and for running requests at the end.
     */
    public ServerOptions() {
        this(
                "127.0.0.1",
                DEFAULT_PORT,
                DEFAULT_BODY,
                Runtime.getRuntime().availableProcessors(),
                DEFAULT_TIME,
                DEFAULT_TIME);
    }

    /** Returns options with another address to listen on. */
    public ServerOptions host(String value) {
        return new ServerOptions(value, port, maxBody, decoders, idle, drain);
    }

    /** Returns options with another port; 0 for a free one. */
    public ServerOptions port(int value) {
        return new ServerOptions(host, value, maxBody, decoders, idle, drain);
    }

    /** Returns options with another limit for the bytes of a request. */
    public ServerOptions maxBody(int value) {
        return new ServerOptions(host, port, value, decoders, idle, drain);
    }

    /** Returns options with another number of threads that decode. */
    public ServerOptions decoders(int value) {
        return new ServerOptions(host, port, maxBody, value, idle, drain);
    }

    /** Returns options with another time for idle connections. */
    public ServerOptions idle(Duration value) {
        return new ServerOptions(host, port, maxBody, decoders, value, drain);
    }

    /** Returns options with another time for running requests at the end. */
    public ServerOptions drain(Duration value) {
        return new ServerOptions(host, port, maxBody, decoders, idle, value);
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
    }
}
