package io.github.afterimage.serve;

import io.github.afterimage.serve.work.HeapBudget;
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
 * @param maxAnswer maximum bytes of an answer; a request for more is refused before it is computed
 * @param maxWork maximum bytes of the Java heap that requests, decoded images and answers take together; more wait, and are refused
 *     with status 503 after 5 s
 * @param maxConnections maximum number of open connections, those of HTTP and gRPC together; never more than the process may have
 *     descriptors. More over HTTP wait until one is closed, which happens after 1 s without traffic; more over gRPC are closed
 * @param maxRate maximum requests per second of a client's address; more are refused with status 429; 0 for no limit
 * @param minRate minimum bytes per second of a body, beside the time {@code idle}
 * @param idle time after which a connection without traffic is closed, and which the headers of a request may take to arrive
 */
public record Limits(
        int maxBody, long maxAnswer, long maxWork, int maxConnections, int maxRate, int minRate, Duration idle) {
    private static final int DEFAULT_BODY = 64 << 20;
    private static final long DEFAULT_ANSWER = 64 << 20;
    private static final int DEFAULT_CONNECTIONS = 10_000;
    private static final int DEFAULT_MIN_RATE = 10_000;
    private static final Duration DEFAULT_IDLE = Duration.ofSeconds(30);

    /** @throws IllegalArgumentException if a value is out of range */
    public Limits {
        positive("maxBody", maxBody);
        positive("maxAnswer", maxAnswer);
        positive("maxWork", maxWork);
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
     * Makes the default limits: bodies of 64 MiB, which is 100 images of 224 x 224 pixels as float32, and answers of as many; three
     * quarters of the maximum heap for work, at least 64 MiB less than the heap; 10,000 connections, which
     * take about 100 MB together ({@code ManyConnectionsTest}); no limit of the rate, because clients behind a proxy have one
     * address; 10,000 bytes per second, which every telephone network reaches; and 30 s for idle connections.
     */
    public Limits() {
        this(DEFAULT_BODY, DEFAULT_ANSWER, HeapBudget.ofHeap(), DEFAULT_CONNECTIONS, 0, DEFAULT_MIN_RATE, DEFAULT_IDLE);
    }

    /** Returns limits with another maximum of the bytes of a body. */
    public Limits maxBody(int value) {
        return new Limits(value, maxAnswer, maxWork, maxConnections, maxRate, minRate, idle);
    }

    /** Returns limits with another maximum of the bytes of an answer. */
    public Limits maxAnswer(long value) {
        return new Limits(maxBody, value, maxWork, maxConnections, maxRate, minRate, idle);
    }

    /** Returns limits with another maximum of the bytes of all work. */
    public Limits maxWork(long value) {
        return new Limits(maxBody, maxAnswer, value, maxConnections, maxRate, minRate, idle);
    }

    /** Returns limits with another maximum of open connections. */
    public Limits maxConnections(int value) {
        return new Limits(maxBody, maxAnswer, maxWork, value, maxRate, minRate, idle);
    }

    /** Returns limits with another maximum of requests per second of a client's address; 0 for none. */
    public Limits maxRate(int value) {
        return new Limits(maxBody, maxAnswer, maxWork, maxConnections, value, minRate, idle);
    }

    /** Returns limits with another minimum of bytes per second. */
    public Limits minRate(int value) {
        return new Limits(maxBody, maxAnswer, maxWork, maxConnections, maxRate, value, idle);
    }

    /** Returns limits with another time for idle connections. */
    public Limits idle(Duration value) {
        return new Limits(maxBody, maxAnswer, maxWork, maxConnections, maxRate, minRate, value);
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
    }
}
