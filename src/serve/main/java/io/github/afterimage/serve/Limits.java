package io.github.afterimage.serve;

import java.time.Duration;

/**
 * Limits of a server that keep its memory and time bounded whatever clients send. The line and the headers of a request may take
 * 8 KiB together, which is Jetty's default and holds every request of the protocol.
 *
 * <pre>{@code
 * Limits limits = new Limits().maxBody(16 << 20).maxRate(100);
 * }</pre>
 *
 * @param maxBody maximum bytes of the body of a request
 * @param maxConnections maximum number of open connections; more wait until one is closed, which happens after 1 s without
 *     traffic
 * @param maxRate maximum requests per second of a client's address; more are refused with status 429; 0 for no limit
 * @param minRate minimum bytes per second of a body, beside the time {@code idle}
 * @param idle time after which a connection without traffic is closed, and which the headers of a request may take to arrive
 */
public record Limits(int maxBody, int maxConnections, int maxRate, int minRate, Duration idle) {
    private static final int DEFAULT_BODY = 64 << 20;
    private static final int DEFAULT_CONNECTIONS = 10_000;
    private static final int DEFAULT_MIN_RATE = 10_000;
    private static final Duration DEFAULT_IDLE = Duration.ofSeconds(30);

    /** @throws IllegalArgumentException if a value is out of range */
    public Limits {
        positive("maxBody", maxBody);
        positive("maxConnections", maxConnections);
        positive("minRate", minRate);
        if (idle.isNegative() || idle.isZero()) {
            throw new IllegalArgumentException("idle " + idle.toSeconds() + " s: expected a positive time");
        }
        if (maxRate < 0) {
            throw new IllegalArgumentException(
                    "maxRate " + maxRate + ": expected 0 for no limit, or a positive number");
        }
    }

    /**
     * Makes the default limits: bodies of 64 MiB, which is 100 images of 224 x 224 pixels as float32; 10,000 connections, which
     * take about 100 MB together ({@code ManyConnectionsTest}); no limit of the rate, because clients behind a proxy have one
     * address; 10,000 bytes per second, which every telephone network reaches; and 30 s for idle connections.
     */
    public Limits() {
        this(DEFAULT_BODY, DEFAULT_CONNECTIONS, 0, DEFAULT_MIN_RATE, DEFAULT_IDLE);
    }

    /** Returns limits with another maximum of the bytes of a body. */
    public Limits maxBody(int value) {
        return new Limits(value, maxConnections, maxRate, minRate, idle);
    }

    /** Returns limits with another maximum of open connections. */
    public Limits maxConnections(int value) {
        return new Limits(maxBody, value, maxRate, minRate, idle);
    }

    /** Returns limits with another maximum of requests per second of a client's address; 0 for none. */
    public Limits maxRate(int value) {
        return new Limits(maxBody, maxConnections, value, minRate, idle);
    }

    /** Returns limits with another minimum of bytes per second. */
    public Limits minRate(int value) {
        return new Limits(maxBody, maxConnections, maxRate, value, idle);
    }

    /** Returns limits with another time for idle connections. */
    public Limits idle(Duration value) {
        return new Limits(maxBody, maxConnections, maxRate, minRate, value);
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
    }
}
