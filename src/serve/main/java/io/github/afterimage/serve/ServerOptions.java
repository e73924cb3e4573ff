package io.github.afterimage.serve;

import java.time.Duration;
import java.util.Set;

/**
 * Options of an {@link InferenceServer}; override only what you need. Immutable.
 *
 * <pre>{@code
 * ServerOptions options = new ServerOptions().port(8080).limits(new Limits().maxBody(16 << 20));
 * }</pre>
 *
 * @param address the address to listen on
 * @param limits on what clients may send
 * @param credentials the token of clients and the certificate of the server
 * @param origins of other servers whose pages may read answers, such as {@code https://example.org}; {@code *} for all
 * @param decoders threads that read requests and decode images
 * @param accessLog true to log each request in one line at level INFO of the logger {@code io.github.afterimage.serve.access}
 * @param drain time that running requests, and the save of changed indexes, have when the server is closed
 */
public record ServerOptions(
        Address address,
        Limits limits,
        Credentials credentials,
        Set<String> origins,
        int decoders,
        boolean accessLog,
        Duration drain) {
    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(25);

    /** @throws IllegalArgumentException if a value is out of range */
    public ServerOptions {
        origins = Set.copyOf(origins);
        for (String origin : origins) {
            if (!origin.matches("\\*|https?://[^/\\s]+")) {
                throw new IllegalArgumentException(
                        "origin " + origin + ": expected such as https://example.org, without a path, or * for all");
            }
        }
        if (decoders <= 0) {
            throw new IllegalArgumentException("decoders " + decoders + ": expected a positive number");
        }
        if (drain.isNegative()) {
            throw new IllegalArgumentException("drain " + drain.toSeconds() + " s: expected 0 or more");
        }
    }

    /**
     * Makes the default options: those of {@link Address}, {@link Limits} and {@link Credentials}; no other origins; as many decoders as
     * processors; no access log, because a proxy in front of the server has one; and 25 s for running requests at the end,
     * because Kubernetes kills a process after 30 s.
     */
    public ServerOptions() {
        this(
                new Address(),
                new Limits(),
                new Credentials(),
                Set.of(),
                Runtime.getRuntime().availableProcessors(),
                false,
                DEFAULT_DRAIN);
    }

    /** Returns options with another host. */
    public ServerOptions host(String value) {
        return address(address.host(value));
    }

    /** Returns options with another port; 0 for a free one. */
    public ServerOptions port(int value) {
        return address(address.port(value));
    }

    /** Returns options with another address to listen on. */
    public ServerOptions address(Address value) {
        return new ServerOptions(value, limits, credentials, origins, decoders, accessLog, drain);
    }

    /** Returns options with other limits. */
    public ServerOptions limits(Limits value) {
        return new ServerOptions(address, value, credentials, origins, decoders, accessLog, drain);
    }

    /** Returns options with another token or certificate. */
    public ServerOptions credentials(Credentials value) {
        return new ServerOptions(address, limits, value, origins, decoders, accessLog, drain);
    }

    /** Returns options with other origins whose pages may read answers. */
    public ServerOptions origins(Set<String> value) {
        return new ServerOptions(address, limits, credentials, value, decoders, accessLog, drain);
    }

    /** Returns options with another number of threads that decode. */
    public ServerOptions decoders(int value) {
        return new ServerOptions(address, limits, credentials, origins, value, accessLog, drain);
    }

    /** Returns options with or without the access log. */
    public ServerOptions accessLog(boolean value) {
        return new ServerOptions(address, limits, credentials, origins, decoders, value, drain);
    }

    /** Returns options with another time for running requests at the end. */
    public ServerOptions drain(Duration value) {
        return new ServerOptions(address, limits, credentials, origins, decoders, accessLog, value);
    }
}
