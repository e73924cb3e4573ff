package io.github.afterimage.serve;

import io.github.afterimage.serve.work.HeapBudget;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Options of an {@link InferenceServer}; override only what you need. They keep its memory and time bounded whatever clients send. The
 * line and the headers of a request may take 8 KiB together, which is Jetty's default and holds every request of the protocol.
 *
 * <pre>{@code
 * ServerOptions options = new ServerOptions().port(8443).maxBody(16 << 20).token(Path.of("token"));
 * }</pre>
 *
 * <p>Not thread-safe. A server reads its options when it starts.
 */
public final class ServerOptions {
    private static final int MAX_PORT = 65535;
    /** A token of 16 characters that were drawn at random, 6 bits each, is out of reach of guesses. */
    private static final int MIN_TOKEN = 16;

    String host = "127.0.0.1"; // a server that others may reach is a decision
    int port = 8080;
    OptionalInt grpcPort = OptionalInt.empty();
    int maxBody = 64 << 20; // 100 images of 224 x 224 pixels as float32
    long maxAnswer = 64 << 20;
    long maxWork = HeapBudget.ofHeap();
    int maxConnections = 10_000; // they take about 100 MB together (ManyConnectionsTest)
    int maxRate; // none, because clients behind a proxy have one address
    int minRate = 10_000; // every telephone network reaches it
    Duration idle = Duration.ofSeconds(30);
    Optional<String> token = Optional.empty();
    boolean guardsReads;
    Optional<Path> certificate = Optional.empty();
    Optional<Path> key = Optional.empty();
    Optional<Path> clients = Optional.empty();
    Duration certificateInterval = Duration.ofSeconds(2);
    Set<String> origins = Set.of();
    Set<String> allowedHosts = Set.of();
    boolean trustsForwarded;
    int decoders = Runtime.getRuntime().availableProcessors();
    boolean accessLog; // none, because a proxy in front of the server has one
    Duration lameDuck = Duration.ZERO; // a machine on which nobody balances loads
    Duration drain = Duration.ofSeconds(25); // Kubernetes kills a process after 30 s
    /** Work waits so long for memory, and a server whose threads end nothing for so long is not ready. */
    Duration patience = Duration.ofSeconds(5);

    /**
     * Sets the interface of this machine to listen on; 127.0.0.1 by default, which only this machine reaches.
     *
     * @param value name or IP address; {@code 0.0.0.0} for all interfaces
     * @throws IllegalArgumentException if it is empty
     */
    public ServerOptions host(String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException("the host is empty: expected a name or an IP address");
        }
        host = value;
        return this;
    }

    /**
     * Sets the port; 8080 by default, 0 for a free one.
     *
     * @throws IllegalArgumentException if it is not in 0..65535
     */
    public ServerOptions port(int value) {
        port = requirePort("port", value);
        return this;
    }

    /**
     * Sets a port for gRPC, 0 for a free one; without it, the server does not speak gRPC.
     *
     * @throws IllegalArgumentException if it is not in 0..65535
     */
    public ServerOptions grpcPort(int value) {
        grpcPort = OptionalInt.of(requirePort("grpcPort", value));
        return this;
    }

    private static int requirePort(String name, int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException(name + " " + port + ": expected 0 to " + MAX_PORT);
        }
        return port;
    }

    /** Sets the maximum bytes of the body of a request; 64 MiB by default. */
    public ServerOptions maxBody(int value) {
        maxBody = (int) positive("maxBody", value);
        return this;
    }

    /** Sets the maximum bytes of an answer, 64 MiB by default; a request for more is refused before it is computed. */
    public ServerOptions maxAnswer(long value) {
        maxAnswer = positive("maxAnswer", value);
        return this;
    }

    /**
     * Sets the maximum bytes of the Java heap that requests, decoded images and answers take together; more wait, and are refused with
     * status 503 after 5 s. By default three quarters of the maximum heap, at least 64 MiB less than the heap.
     */
    public ServerOptions maxWork(long value) {
        maxWork = positive("maxWork", value);
        return this;
    }

    /**
     * Sets the maximum number of open connections, those of HTTP and gRPC together; 10,000 by default, and never more than the process
     * may have descriptors. More over HTTP wait until one is closed, which happens after 1 s without traffic; more over gRPC are closed.
     */
    public ServerOptions maxConnections(int value) {
        maxConnections = (int) positive("maxConnections", value);
        return this;
    }

    /**
     * Sets the maximum requests per second of a client's address; more are refused with status 429. 0, the default, for no limit.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public ServerOptions maxRate(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("maxRate " + value + ": expected 0 for no limit, or a positive number");
        }
        maxRate = value;
        return this;
    }

    /** Sets the minimum bytes per second at which a body arrives, and an answer is read, beside the time {@link #idle}; 10,000 by default. */
    public ServerOptions minRate(int value) {
        minRate = (int) positive("minRate", value);
        return this;
    }

    private static long positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
        return value;
    }

    /**
     * Sets the time after which a connection without traffic is closed, and which the headers of a request may take to arrive; 30 s by
     * default.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public ServerOptions idle(Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("idle " + value.toSeconds() + " s: expected a positive time");
        }
        idle = value;
        return this;
    }

    /**
     * Sets the token that clients send as {@code Authorization: Bearer TOKEN} with calls that change keys.
     *
     * @throws IllegalArgumentException if it is shorter than 16 characters, or has others than visible ASCII
     */
    public ServerOptions token(String value) {
        if (value.length() < MIN_TOKEN || !value.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new IllegalArgumentException("the token has " + value.length() + " characters: expected at least "
                    + MIN_TOKEN + ", all of them visible ASCII; make one with openssl rand -hex 32");
        }
        token = Optional.of(value);
        return this;
    }

    /**
     * Sets the token to that in a file, which holds nothing else; white space around it is ignored.
     *
     * @throws IOException if the file cannot be read
     */
    public ServerOptions token(Path file) throws IOException {
        try {
            return token(Files.readString(file, StandardCharsets.US_ASCII).strip());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " holds bytes that are not ASCII: expected a token", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Demands the token of all other calls too, but those of health, of the page and of the OpenAPI document.
     *
     * @throws IllegalArgumentException if there is no token
     */
    public ServerOptions guardReads() {
        if (token.isEmpty()) {
            throw new IllegalArgumentException("reads are to need a token, and there is none: give a token");
        }
        guardsReads = true;
        return this;
    }

    /**
     * Sets a certificate; without one, the server speaks HTTP in clear.
     *
     * @param certificate PEM file: the certificate of the server, then those of its issuers
     * @param key PEM file: the private key in PKCS #8, not encrypted
     */
    public ServerOptions tls(Path certificate, Path key) {
        this.certificate = Optional.of(certificate);
        this.key = Optional.of(key);
        return this;
    }

    /**
     * Demands a certificate of clients, over gRPC as well. Probes need one too.
     *
     * @param file PEM file: the certificates of clients, or of those who issue them
     * @throws IllegalStateException if there is no certificate of the server
     */
    public ServerOptions clients(Path file) {
        if (certificate.isEmpty()) {
            throw new IllegalStateException(
                    "clients show certificates to a server that has one: give the certificate of the server first");
        }
        clients = Optional.of(file);
        return this;
    }

    /**
     * Sets the origins of other servers whose pages may read answers, such as {@code https://example.org}; {@code *} for all.
     *
     * @throws IllegalArgumentException if one is no origin
     */
    public ServerOptions origins(Set<String> value) {
        for (String origin : value) {
            if (!origin.matches("\\*|https?://[^/\\s]+")) {
                throw new IllegalArgumentException(
                        "origin " + origin + ": expected such as https://example.org, without a path, or * for all");
            }
        }
        origins = Set.copyOf(value);
        return this;
    }

    /**
     * Sets the names of hosts, beside those of this machine, by which requests may reach a server on a loopback address without a token,
     * such as that which a proxy sends. Changes that come by these names need a token.
     *
     * @throws IllegalArgumentException if one is no name
     */
    public ServerOptions allowedHosts(Set<String> value) {
        for (String name : value) {
            if (!name.matches("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]")) {
                throw new IllegalArgumentException(
                        "host " + name + ": expected a name such as models.example.org, without a port");
            }
        }
        allowedHosts =
                value.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        return this;
    }

    /**
     * Takes the address of the client, the host and the scheme from the headers {@code Forwarded} and {@code X-Forwarded-*}; only for a
     * server that nobody reaches but by a proxy that sets them. gRPC takes the address from {@code X-Forwarded-For}.
     */
    public ServerOptions trustForwarded() {
        trustsForwarded = true;
        return this;
    }

    /**
     * Sets the time before the {@link #drain} in which a server that is closed still answers, says that it is not ready, and ends the
     * connections of HTTP/1.1 with their next answer, so that a proxy sends requests elsewhere; none by default.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public ServerOptions lameDuck(Duration value) {
        lameDuck = notNegative("lameDuck", value);
        return this;
    }

    private static Duration notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " " + value.toSeconds() + " s: expected 0 or more");
        }
        return value;
    }

    /** Sets the number of threads that read requests and decode images; as many as processors by default. */
    public ServerOptions decoders(int value) {
        decoders = (int) positive("decoders", value);
        return this;
    }

    /** Sets whether each request is logged, in one line at level INFO of the logger {@code io.github.afterimage.serve.access}. */
    public ServerOptions accessLog(boolean value) {
        accessLog = value;
        return this;
    }

    /**
     * Sets the time that running requests, and the save of changed indexes, have together when the server is closed; 25 s by default. The
     * save has at least a fifth of it.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public ServerOptions drain(Duration value) {
        drain = notNegative("drain", value);
        return this;
    }

    /** Returns the time that running requests have when the server is closed. */
    Duration forRequests() {
        return drain.multipliedBy(4).dividedBy(5);
    }

    /** Returns whether only this machine reaches the address. */
    boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Returns the host with a port, as URLs have them. */
    String address(int listening) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + listening;
    }

    /** Hides the token. */
    @Override
    public String toString() {
        return "ServerOptions[" + address(port) + ", " + (token.isPresent() ? "a token" : "no token") + ", "
                + certificate.map(Path::toString).orElse("no certificate") + "]";
    }
}
