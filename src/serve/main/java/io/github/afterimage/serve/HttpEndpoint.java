package io.github.afterimage.serve;

import io.github.afterimage.serve.http.ActiveRequests;
import io.github.afterimage.serve.http.Guard;
import io.github.afterimage.serve.http.ProblemHandler;
import io.github.afterimage.serve.http.RequestBodies;
import io.github.afterimage.serve.http.RequestIds;
import io.github.afterimage.serve.http.RequestTimeouts;
import io.github.afterimage.serve.protocol.AccessLog;
import io.github.afterimage.serve.protocol.TraceContext;
import io.github.afterimage.serve.work.ResponseTimeouts;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.CustomRequestLog;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Answers HTTP requests on a port, within the limits and with the guard that the options set.
 *
 * <p>Threads: thread-safe. Lifetime: answers from {@link #start} until {@link #close}.
 */
final class HttpEndpoint implements AutoCloseable {
    /** A few threads suffice, because none of them waits. */
    private static final int MAX_THREADS = 32;

    /** Requests of a connection of HTTP/2 that run at once; each may hold a body. */
    private static final int STREAMS = 100;

    /** Connections that the system accepts before the server does, as for gRPC. */
    private static final int ACCEPT_QUEUE = 4_096;

    /** When all connections are taken, those without traffic end after this time. */
    private static final long FULL_IDLE_MILLIS = 1_000;

    /**
     * A line of the access log: address of the client, method, path, status, bytes, milliseconds, id, and trace or "-"; no body and
     * no query.
     */
    private static final String ACCESS =
            "%{client}a %m %U %s %O %{ms}T %{" + AccessLog.ID + "}o %{" + TraceContext.RESPONSE + "}o";

    private final ServerOptions options;
    private final Server server;
    private final ServerConnector connector;
    private final ConnectionLimit connections;
    private final ResponseTimeouts responseTimeouts;
    private final ActiveRequests running;
    private final BooleanSupplier leaving;

    /**
     * Takes the port. Requests wait there until {@link #start}.
     *
     * @param identity the certificate to show; null for HTTP in clear
     * @param paths answers the requests that pass the guard
     * @param meters sees every request that has ended
     * @param responseTimeouts watches the answers
     * @param leaving whether the server is about to end
     * @throws IOException if the address cannot be listened on; names it
     */
    HttpEndpoint(
            ServerOptions options,
            @Nullable TlsIdentity identity,
            Handler paths,
            RequestLog meters,
            ResponseTimeouts responseTimeouts,
            BooleanSupplier leaving)
            throws IOException {
        this.options = options;
        this.responseTimeouts = responseTimeouts;
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS);
        threads.setName("afterimage-http");
        threads.setDaemon(true);
        server = new Server(threads);
        connector = connector(identity);
        server.addConnector(connector);
        connections = new ConnectionLimit(ConnectionLimit.within(options.maxConnections), connector);
        connections.setEndPointIdleTimeout(FULL_IDLE_MILLIS);
        server.addBean(connections);
        this.leaving = leaving;
        running = new ActiveRequests(new RequestIds(crossOrigin(limited(guarded(paths)))), leaving);
        server.setHandler(running);
        server.setErrorHandler(new ProblemHandler());
        server.setRequestLog(
                options.accessLog
                        ? new RequestLog.Collection(running, meters, new CustomRequestLog(AccessLog::write, ACCESS))
                        : new RequestLog.Collection(running, meters));
        server.setStopTimeout(options.forRequests().toMillis());
        try {
            connector.open();
        } catch (IOException | RuntimeException e) {
            close();
            throw refused(e);
        }
    }

    /**
     * Begins to answer.
     *
     * @throws IOException if the address cannot be listened on; names it
     */
    void start() throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            throw refused(e);
        }
    }

    private IOException refused(Exception failure) {
        return new IOException(
                options.address(options.port) + " cannot be listened on: " + failure.getMessage()
                        + "; choose another port or address",
                failure);
    }

    private ServerConnector connector(@Nullable TlsIdentity identity) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.addCustomizer((request, headers) -> requireOneReading(request));
        if (options.trustsForwarded) {
            http.addCustomizer(new ForwardedRequestCustomizer());
        }
        HttpConnectionFactory one = new HttpConnectionFactory(http);
        ServerConnector made;
        if (identity != null) {
            ALPNServerConnectionFactory choice = new ALPNServerConnectionFactory("h2", "http/1.1");
            choice.setDefaultProtocol(one.getProtocol());
            made = new ServerConnector(
                    server, identity.http(), choice, streams(new HTTP2ServerConnectionFactory(http)), one);
        } else {
            made = new ServerConnector(server, one, streams(new KnownFromTheStart(http)));
        }
        made.setHost(options.host);
        made.setPort(options.port);
        made.setAcceptQueueSize(ACCEPT_QUEUE);
        made.setIdleTimeout(options.idle.toMillis());
        return made;
    }

    /** Refuses a request whose end another server on the way may see elsewhere. */
    private static Request requireOneReading(Request request) {
        String coding = String.join(", ", request.getHeaders().getValuesList(HttpHeader.TRANSFER_ENCODING));
        boolean first = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0;
        if (!coding.isEmpty() && (first || !coding.equalsIgnoreCase(HttpHeaderValue.CHUNKED.asString()))) {
            throw new HttpException.RuntimeException(
                    HttpStatus.BAD_REQUEST_400,
                    "Transfer-Encoding " + coding + ": expected chunked alone, in HTTP/1.1");
        }
        return request;
    }

    private static HTTP2ServerConnectionFactory streams(HTTP2ServerConnectionFactory factory) {
        factory.setMaxConcurrentStreams(STREAMS);
        return factory;
    }

    /** HTTP/2 in clear for clients that begin with it. A request of HTTP/1.1 that asks for it would lose its body. */
    private static final class KnownFromTheStart extends HTTP2CServerConnectionFactory {
        KnownFromTheStart(HttpConfiguration http) {
            super(http);
        }

        @Override
        public @Nullable Connection upgradeConnection(
                Connector connector, EndPoint endPoint, MetaData.Request request, HttpFields.Mutable response) {
            return HttpMethod.PRI.is(request.getMethod())
                    ? super.upgradeConnection(connector, endPoint, request, response)
                    : null;
        }
    }

    private Handler guarded(Handler handler) {
        return new Guard(
                handler, options.token, options.guardsReads, options.host, options.isLoopback(), options.allowedHosts);
    }

    private Handler crossOrigin(Handler handler) {
        if (options.origins.isEmpty()) {
            return handler;
        }
        CrossOriginHandler shared = new CrossOriginHandler();
        shared.setAllowedOriginPatterns(options.origins.stream()
                .map(origin -> origin.equals("*") ? origin : Pattern.quote(origin))
                .collect(Collectors.toSet()));
        shared.setAllowedMethods(Set.of("GET", "HEAD", "POST", "PUT", "DELETE"));
        shared.setAllowedHeaders(Set.of(
                "Accept",
                "Authorization",
                "Content-Encoding",
                "Content-Type",
                "Idempotency-Key",
                RequestBodies.JSON_LENGTH,
                AccessLog.ID,
                TraceContext.PARENT));
        shared.setExposedHeaders(Set.of("Retry-After", RequestBodies.JSON_LENGTH, AccessLog.ID, TraceContext.RESPONSE));
        shared.setAllowCredentials(false);
        shared.setHandler(handler);
        return shared;
    }

    /** Limits come before the guard, so that guesses of the token are limited too. */
    private Handler limited(Handler handler) {
        RequestTimeouts requests = new RequestTimeouts(handler, options.idle, options.minRate, responseTimeouts);
        connector.addBean(requests, false);
        return options.maxRate == 0 ? requests : Guard.limited(requests, options.maxRate);
    }

    /** Returns the limit, which gRPC shares. */
    ConnectionLimit connections() {
        return connections;
    }

    /** Returns the port that it listens on. */
    int port() {
        return connector.getLocalPort();
    }

    /** Refuses new requests, waits for those that run as long as the options say, and ends those that take longer. */
    @Override
    public void close() {
        try {
            if (!leaving.getAsBoolean()) {
                CompletableFuture<Void> unused = running.shutdown(); // refuses requests from here on
                if (running.count() == 0) {
                    // Otherwise the server waits a second for clients that keep a connection for later.
                    connector.getConnectedEndPoints().forEach(EndPoint::close);
                }
            }
            server.stop();
        } catch (Exception e) {
            System.getLogger(HttpEndpoint.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            e instanceof TimeoutException
                                    ? "requests were cut off, because they took longer than the time for them at the end, "
                                            + options.forRequests().toMillis() + " ms"
                                    : "the server did not stop in order: " + e);
        } finally {
            connector.close(); // one that was never started has its port still
        }
    }

    @Override
    public String toString() {
        return "HttpEndpoint[" + server.getURI() + "]";
    }
}
