package io.github.afterimage.cli.service;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.serve.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The address, the credentials and the limits of a server. */
public final class ServerParameters {
    @Option(
            names = "--host",
            paramLabel = "HOST",
            description =
                    "The address to listen on; 127.0.0.1 by default, which only this machine reaches. Whoever reaches the"
                            + " address may send requests; calls that change keys then need a token.")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port to listen on; 8080 by default; 0 for a free one.")
    private int port = 8080;

    @Option(
            names = "--grpc-port",
            paramLabel = "PORT",
            description = "A port for gRPC; 0 for a free one. None by default.")
    private @Nullable Integer grpcPort;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file that holds a token of at least 16 characters, such as openssl rand -hex 32 makes. Calls that change"
                            + " keys then need the header Authorization: Bearer TOKEN. Without it, such calls are refused,"
                            + " unless only this machine reaches the address and no page of another server asks.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--token-for-reads",
            description =
                    "All other calls need the token too, over gRPC as well; not those of health, and not the page itself.")
    private boolean guardsReads;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description =
                    "Serve HTTPS with the certificates in this PEM file: that of the server, then those of its issuers. Needs"
                            + " --tls-key.")
    private @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "PEM file with the private key of the certificate, in PKCS #8 without a password.")
    private @Nullable Path key;

    @Option(
            names = "--tls-clients",
            paramLabel = "FILE",
            description =
                    "Answer only clients that show a certificate in this PEM file, or one that a certificate in it has issued;"
                            + " over gRPC as well. Needs --tls-certificate.")
    private @Nullable Path clients;

    @Option(
            names = "--cors",
            paramLabel = "ORIGIN",
            description =
                    "Let pages of this origin, such as https://example.org, read answers; * for all, and the option may be"
                            + " repeated. None by default. Changes from such pages need the token.")
    private List<String> origins = List.of();

    @Option(
            names = "--allowed-hosts",
            paramLabel = "NAME",
            description =
                    "A name of a host, beside localhost, by which a server without a token may be read on 127.0.0.1, such as that"
                            + " which a proxy sends; the option may be repeated. Changes by it need a token.")
    private List<String> allowedHosts = List.of();

    @Option(
            names = "--trust-forwarded",
            description =
                    "Take the address of clients, the host and the scheme from Forwarded or X-Forwarded-*. Only for a server that"
                            + " nobody reaches but by a proxy that sets them.")
    private boolean trustsForwarded;

    @Option(names = "--max-body", paramLabel = "BYTES", description = "Maximum bytes of a request; 64m by default.")
    private String maxBody = "64m";

    @Option(
            names = "--max-answer",
            paramLabel = "BYTES",
            description =
                    "Maximum bytes of an answer; 64m by default. A request for more is refused before it is computed.")
    private String maxAnswer = "64m";

    @Option(
            names = "--max-work",
            paramLabel = "BYTES",
            description =
                    "Maximum bytes of the Java heap for requests, decoded images and answers together; more wait, and are refused"
                            + " with status 503 after 5 seconds. By default the heap (-Xmx) less a quarter, at least 64m less.")
    private @Nullable String maxWork;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description =
                    "Maximum number of open connections of HTTP and gRPC together; 10000 by default, and never more than the"
                            + " process may have descriptors. More wait until one is closed; over gRPC they are closed.")
    private int maxConnections = 10_000;

    @Option(
            names = "--max-rate",
            paramLabel = "N",
            description =
                    "Maximum requests per second of a client's address; more are refused with status 429. 0 by default, for no"
                            + " limit.")
    private int maxRate;

    @Option(
            names = "--min-rate",
            paramLabel = "BYTES",
            description =
                    "Minimum bytes per second at which a request arrives and an answer is read, beside the time --idle; 10000 by"
                            + " default. Slower ones are cut off.")
    private int minRate = 10_000;

    @Option(
            names = "--idle",
            paramLabel = "SECONDS",
            description =
                    "Seconds after which a connection without traffic is closed, and which the headers of a request may take;"
                            + " 30 by default.")
    private long idle = 30;

    @Option(
            names = "--decoders",
            paramLabel = "N",
            description =
                    "Number of threads that read requests and decode images, and of those that decode images of some"
                            + " megapixels beside them; one for each processor by default.")
    private int decoders = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--lame-duck",
            paramLabel = "SECONDS",
            description =
                    "Seconds in which a server that is to end is not ready and still answers, so that a balancer of loads sends"
                            + " requests elsewhere; before --drain; 0 by default.")
    private long lameDuck;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description =
                    "Seconds that running requests, and then the save of changed indexes, have at the end; 25 by default,"
                            + " because Kubernetes kills a process after 30.")
    private long drain = 25;

    @Option(
            names = "--access-log",
            description =
                    "Log a line for each request: address of the client, method, path, status, bytes, milliseconds and id.")
    private boolean accessLog;

    /** @throws IOException if the file of the token cannot be read */
    public ServerOptions options() throws IOException {
        ServerOptions options = new ServerOptions()
                .host(host)
                .port(port)
                .maxBody((int) Math.min(Integer.MAX_VALUE, MemoryUse.parse("--max-body", maxBody)))
                .maxAnswer(MemoryUse.parse("--max-answer", maxAnswer))
                .maxConnections(maxConnections)
                .maxRate(maxRate)
                .minRate(minRate)
                .idle(Duration.ofSeconds(idle))
                .origins(Set.copyOf(origins))
                .decoders(decoders)
                .accessLog(accessLog)
                .allowedHosts(Set.copyOf(allowedHosts))
                .lameDuck(Duration.ofSeconds(lameDuck))
                .drain(Duration.ofSeconds(drain));
        if (trustsForwarded) {
            options.trustForwarded();
        }
        if (grpcPort != null) {
            options.grpcPort(grpcPort);
        }
        if (maxWork != null) {
            options.maxWork(MemoryUse.parse("--max-work", maxWork));
        }
        if (guardsReads && tokenFile == null) {
            throw new IllegalArgumentException("--token-for-reads needs a token: give --token-file too");
        }
        if (tokenFile != null) {
            options.token(tokenFile);
        }
        if (clients != null && certificate == null) {
            throw new IllegalArgumentException(
                    "--tls-clients needs the certificate of the server: give --tls-certificate and --tls-key too");
        }
        if (certificate == null ? key != null : key == null) {
            throw new IllegalArgumentException("--tls-certificate and --tls-key belong together: give both or none");
        }
        if (certificate != null && key != null) {
            options.tls(certificate, key);
        }
        if (clients != null) {
            options.clients(clients);
        }
        return guardsReads ? options.guardReads() : options;
    }
}
